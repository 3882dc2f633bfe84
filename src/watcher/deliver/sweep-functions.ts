import { pause } from "../../domain/task-group.js";
import { reviveDeadLetters } from "../../store/functions/dead-letters.js";
import { type FunctionRow, parkOpenTransfers } from "../../store/functions/retries.js";
import { assertLease } from "../../store/lease.js";
import type { DeliveryDeps } from "./deliver-function.js";
import type { PositionedFunction } from "./supervise-functions.js";

/** Looks for transfers that stay open although no function is about to be told of them, until the signal aborts. */
export async function sweep(
  delivery: DeliveryDeps,
  running: ReadonlyMap<string, PositionedFunction>,
  sweepAfterMs: number,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pause(sweepAfterMs / 2, signal);
    if (signal.aborted) return;
    for (const fn of [...running.values()]) {
      const { found, revived } = await sweepFunction(delivery, fn, sweepAfterMs);
      delivery.onParked(found);
      if (found > 0) delivery.logger.warn({ fn: fn.name, found }, "transfers stayed open for too long; delivering again");
      if (revived > 0) delivery.logger.warn({ fn: fn.name, revived }, "dead letters of open transfers; delivering again");
    }
    delivery.wake.notify();
  }
}

/**
 * Parks what has been open for too long and does not wait: it covers a function that answered without acting. Revives dead letters of open
 * transfers: it covers a function that was away, or refused, for longer than all tries.
 */
async function sweepFunction(
  deps: DeliveryDeps,
  fn: FunctionRow & { position: bigint },
  olderThanMs: number,
): Promise<{ found: number; revived: number }> {
  return await deps.db.transaction().execute(async (transaction) => {
    await assertLease(transaction, deps.lease);
    const revived = await reviveDeadLetters(transaction, fn, olderThanMs);
    // What lies after the position is still to come by itself.
    return { found: await parkOpenTransfers(transaction, fn, fn.position, olderThanMs), revived };
  });
}
