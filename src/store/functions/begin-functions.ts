import type { Db } from "../schema.js";
import { parkOpenTransfers, readFinalSequence, readFunctions, type Subscription, writePosition } from "./retries.js";

/** Lets a function begin with what comes after the newest final event, woken once for every transfer that is open. Returns where, and how many. */
export async function beginFunction(transaction: Db, fn: Subscription): Promise<{ position: bigint; open: number }> {
  const position = await readFinalSequence(transaction);
  const open = await parkOpenTransfers(transaction, fn, position, 0);
  await writePosition(transaction, fn, position);
  return { position, open };
}

/** The same for every function that has not begun yet, so that whatever comes next is for all of them. */
export async function beginFunctions(transaction: Db): Promise<void> {
  for (const fn of await readFunctions(transaction)) if (fn.position === null) await beginFunction(transaction, fn);
}
