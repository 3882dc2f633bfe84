import { sql } from "kysely";
import { NOTICES_CHANNEL } from "../../src/store/events/notifications.js";
import type { Db } from "../../src/store/schema.js";
import { type EventRow, insertEventRows, writeCursor } from "../../src/store/transfers/projection.js";

export const idOf = (number: number) => `0x${number.toString(16).padStart(64, "0")}`;
export const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** An event like those that the watcher writes; of every third the transfer is the same. */
export const eventOf = (sequence: number): EventRow => ({
  sequence: BigInt(sequence),
  type: sequence % 2 === 0 ? "eventmachine.transfer.pending" : "eventmachine.transfer.started",
  transferId: idOf(sequence % 3),
  state: "STARTED",
  payerBank: "FAASTHB1",
  payeeBank: sequence % 2 === 0 ? "WHSKTHB1" : "THRDTHB1",
  blockNumber: Math.ceil(sequence / 4),
  blockHash: `0xb${Math.ceil(sequence / 4)}`,
  blockTime: new Date(sequence * 1_000),
  logIndex: sequence % 4,
  transactionHash: `0xt${sequence}`,
  startedBlock: 1,
  data: { state: "STARTED", payerBank: "FAASTHB1" },
});

/** Commits the events of a range as the watcher does, all or nothing and with a notification. */
export async function commitEvents(db: Db, from: number, to: number): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await insertEventRows(transaction, range(from, to).map(eventOf));
    const blockNumber = Math.ceil(to / 4);
    await writeCursor(transaction, {
      ...{ blockNumber, blockHash: `0xb${blockNumber}`, sequence: BigInt(to), finalBlock: blockNumber, caughtUp: true },
    });
    await sql`select pg_notify(${NOTICES_CHANNEL}, '')`.execute(transaction);
  });
}
