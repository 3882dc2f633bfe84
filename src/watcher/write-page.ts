import { sql } from "kysely";
import { beginFunctions } from "../store/begin-functions.js";
import { assertLease, type Lease } from "../store/lease.js";
import { type Db, EVENTS_CHANNEL } from "../store/open-store.js";
import {
  type Cursor,
  type EventRow,
  insertBlockRows,
  insertEventRows,
  readTransferRows,
  type TransferRow,
  upsertTransferRows,
  writeCursor,
} from "../store/projection.js";
import { eventRow, foldEvent } from "./fold-event.js";
import type { Page } from "./read-page.js";

/**
 * Writes a page: blocks, events, projection and cursor, all or nothing, and only while the lease is held. With the page that catches up
 * with the chain (`catchesUp`), functions begin: one that began later by itself would miss what comes in between.
 * @returns the events as they were written.
 */
export async function writePage(
  db: Db,
  lease: Lease,
  { page, cursor, catchesUp }: { page: Page; cursor: Cursor; catchesUp: boolean },
): Promise<EventRow[]> {
  return await db.transaction().execute(async (transaction) => {
    await assertLease(transaction, lease);
    const { events, transfers } = await project(transaction, page);
    await insertBlockRows(
      transaction,
      [...page.headers.values()].map((header) => ({
        number: header.number,
        hash: header.hash,
        parentHash: header.parentHash,
        time: blockTime(header.timestamp),
      })),
    );
    await insertEventRows(transaction, events);
    await upsertTransferRows(transaction, transfers);
    await writeCursor(transaction, cursor);
    if (catchesUp) await beginFunctions(transaction);
    if (events.length > 0) await sql`select pg_notify(${EVENTS_CHANNEL}, ${String(cursor.sequence)})`.execute(transaction);
    return events;
  });
}

async function project(transaction: Db, page: Page): Promise<{ events: EventRow[]; transfers: TransferRow[] }> {
  const ids = [...new Set(page.events.map((event) => event.transferId))];
  const transfers = await readTransferRows(transaction, ids);
  const events = page.events.map((event) => {
    const time = blockTime(page.headers.get(event.blockNumber)?.timestamp ?? page.last.timestamp);
    const transfer = foldEvent(transfers.get(event.transferId), event, time);
    if (transfer !== undefined) transfers.set(event.transferId, transfer);
    return eventRow(event, transfer, time);
  });
  return { events, transfers: [...transfers.values()] };
}

function blockTime(seconds: number): Date {
  return new Date(seconds * 1000);
}
