import type { ChainEvent } from "../../chain/contracts/chain-event.js";
import type { RefusalRow } from "../../store/events/refusals.js";
import { beginFunctions } from "../../store/functions/begin-functions.js";
import type { Lease } from "../../store/lease.js";
import type { Db } from "../../store/schema.js";
import { type Cursor, type EventRow, type TransferRow, writeProjection } from "../../store/transfers/projection.js";
import { eventRow, foldEvent, refusalRow } from "./apply-event.js";
import type { OpenTransfers } from "./open-transfer-cache.js";
import type { Page } from "./read-block-range.js";

/**
 * Writes a page: blocks, events, projection and cursor, all or nothing, and only while the lease is held. With the page that catches up
 * with the chain (`catchesUp`), functions begin: one that began later by itself would miss what comes in between.
 * @param of.after The contract's count before the page.
 * @returns the events as they were written: refusals are no events of a transfer, and are not among them.
 */
export async function writePage(
  { db, byKey = db, lease, open }: { db: Db; byKey?: Db | undefined; lease: Lease; open: OpenTransfers },
  { page, cursor, after, catchesUp }: { page: Page; cursor: Cursor; after: bigint; catchesUp: boolean },
): Promise<EventRow[]> {
  const { events, refusals, transfers } = await project(open, page);
  const sequenceOf = sequencesByBlock(page, after);
  const blocks = [...page.headers.values()].map((header) => ({
    number: header.number,
    hash: header.hash,
    parentHash: header.parentHash,
    time: blockTime(header.timestamp),
    sequence: sequenceOf(header.number),
  }));
  const written = { blocks, events, refusals, transfers, cursor, after };
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
async function project(
  open: OpenTransfers,
  page: Page,
): Promise<{ events: EventRow[]; refusals: RefusalRow[]; transfers: TransferRow[] }> {
  const transfers = await open.before(page.events);
  const events: EventRow[] = [];
  const refusals: RefusalRow[] = [];
  const changed = new Set<string>();
  for (const event of page.events) {
    const { transferId: id } = event;
    const time = blockTime(page.headers.get(event.blockNumber)?.timestamp ?? page.last.timestamp);
    const before = transfers.get(id);
    if (event.refusal !== undefined) {
      // An id that the chain does not know is nobody's transfer: a stranger could make up any number of them.
      if (before !== undefined) refusals.push(refusalRow(event, event.refusal, time));
      continue;
    }
    const transfer = foldEvent(before, event, time);
    if (transfer !== undefined) transfers.set(id, transfer);
    changed.add(id);
    events.push(eventRow(event, transfer, time));
  }
  return { events, refusals, transfers: [...transfers.values()].filter(({ id }) => changed.has(id)) };
}

/** The contract's count after each block of a page; `undefined` for a block before the page. */
function sequencesByBlock({ events, last, headers }: Page, after: bigint): (number: number) => bigint | undefined {
  const counts = new Map<number, bigint>();
  let count = after;
  let next = 0;
  for (const number of [...headers.keys()].sort((a, b) => a - b)) {
    for (; next < events.length && (events[next] as ChainEvent).blockNumber <= number; next += 1) {
      count = (events[next] as ChainEvent).sequence;
    }
    counts.set(number, count);
  }
  return (number) => (number <= last.number ? counts.get(number) : undefined);
}

function blockTime(seconds: number): Date {
  return new Date(seconds * 1000);
}
