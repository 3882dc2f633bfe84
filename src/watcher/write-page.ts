import { beginFunctions } from "../store/begin-functions.js";
import type { Lease } from "../store/lease.js";
import type { Db } from "../store/open-store.js";
import { type Cursor, type EventRow, type TransferRow, writeProjection } from "../store/projection.js";
import { eventRow, foldEvent } from "./fold-event.js";
import type { OpenTransfers } from "./open-transfers.js";
import type { Page } from "./read-page.js";

/**
 * Writes a page: blocks, events, projection and cursor, all or nothing, and only while the lease is held. With the page that catches up
 * with the chain (`catchesUp`), functions begin: one that began later by itself would miss what comes in between.
 * @returns the events as they were written.
 */
export async function writePage(
  { db, byKey = db, lease, open }: { db: Db; byKey?: Db | undefined; lease: Lease; open: OpenTransfers },
  { page, cursor, catchesUp }: { page: Page; cursor: Cursor; catchesUp: boolean },
): Promise<EventRow[]> {
  const { events, transfers } = await project(open, page);
  const blocks = [...page.headers.values()].map((header) => ({
    number: header.number,
    hash: header.hash,
    parentHash: header.parentHash,
    time: blockTime(header.timestamp),
  }));
  const written = { blocks, events, transfers, cursor };
  if (!catchesUp) await writeProjection(byKey, lease, written);
  else {
    await db.transaction().execute(async (transaction) => {
      await writeProjection(transaction, lease, written);
      await beginFunctions(transaction);
    });
  }
  open.committed(transfers);
  return events;
}

/** What is read here nobody else changes while the lease is held; if it is not, nothing is written. */
async function project(open: OpenTransfers, page: Page): Promise<{ events: EventRow[]; transfers: TransferRow[] }> {
  const transfers = await open.before(page.events);
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
