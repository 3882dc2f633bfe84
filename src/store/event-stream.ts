import { sql } from "kysely";
import { EVENT_COLUMNS, readFinalSequence } from "./deliveries.js";
import type { Db } from "./open-store.js";
import type { EventRow } from "./projection.js";

/**
 * How far a reader of the events has come. `sequence` is the contract's; `epoch` counts the reorganisations that took events back, since
 * after one the same sequences may be other events. Both count the events of one domain: give a position out with the domain, and take
 * it back with the same only.
 */
export interface StreamPosition {
  epoch: bigint;
  sequence: bigint;
}

/** What comes next for a reader: first `removed` is to be undone, newest first, then `events` follow. */
export interface StreamPage {
  removed: EventRow[];
  events: EventRow[];
  next: StreamPosition;
  /**
   * Set where the reader knows of a reorganisation that this store has forgotten (it was restored from an older copy): whatever the
   * reader has seen after this sequence is void, and comes again.
   */
  resetTo: bigint | undefined;
}

/** Reads on from a position, at most `limit` events, all as of one moment. */
export async function readStream(db: Db, after: StreamPosition, limit: number): Promise<StreamPage> {
  return await db
    .transaction()
    .setIsolationLevel("repeatable read")
    .setAccessMode("read only")
    .execute(async (transaction) => {
      const { epoch, floor } = await readRollbacks(transaction, after.epoch);
      const resetTo = after.epoch > epoch ? least(after.sequence, await readFinalSequence(transaction)) : undefined;
      const isRolledBack = floor !== null && after.sequence >= floor;
      const removed = isRolledBack ? await readRemoved(transaction, after, floor) : [];
      const base = resetTo ?? (isRolledBack ? floor - 1n : after.sequence);
      const { rows: events } = await sql<EventRow>`
        select ${EVENT_COLUMNS} from events e where e.sequence > ${base} order by e.sequence limit ${limit}`.execute(transaction);
      return { removed, events, next: { epoch, sequence: events.at(-1)?.sequence ?? base }, resetTo };
    });
}

/** The newest epoch, and the first sequence that was taken back since an earlier one. */
async function readRollbacks(db: Db, since: bigint): Promise<{ epoch: bigint; floor: bigint | null }> {
  const { rows } = await sql<{ epoch: bigint | null; floor: bigint | null }>`
    select max(epoch) as epoch, min(first_sequence) filter (where epoch > ${since}) as floor from rollbacks`.execute(db);
  return { epoch: rows[0]?.epoch ?? 0n, floor: rows[0]?.floor ?? null };
}

/** Of a sequence that was taken back more than once since, the reader has seen the first. */
async function readRemoved(db: Db, after: StreamPosition, floor: bigint): Promise<EventRow[]> {
  const { rows } = await sql<EventRow>`
    select distinct on (e.sequence) ${EVENT_COLUMNS} from removed_events e
    where e.epoch > ${after.epoch} and e.sequence between ${floor} and ${after.sequence}
    order by e.sequence desc, e.epoch`.execute(db);
  return rows;
}

/** Takes the events after a sequence back, and remembers them for those who have read them. Returns the ids of their transfers. */
export async function removeEvents(transaction: Db, after: bigint): Promise<string[]> {
  const { rows } = await sql<{ first: bigint | null; last: bigint | null }>`
    select min(sequence) as first, max(sequence) as last from events where sequence > ${after}`.execute(transaction);
  const { first, last } = rows[0] ?? {};
  if (first === undefined || first === null) return [];
  const columns = sql`sequence, type, transfer_id, state, payer_bank, payee_bank, block_number, block_hash, block_time, log_index,
    transaction_hash, started_block, observed_at, data`;
  const removed = await sql<{ transfer_id: string }>`
    with rollback as (
      insert into rollbacks (first_sequence, last_sequence) values (${first}, ${last}) returning epoch
    ), gone as (
      delete from events where sequence > ${after} returning *
    )
    insert into removed_events (epoch, ${columns}) select rollback.epoch, ${columns} from gone, rollback
    returning transfer_id`.execute(transaction);
  return [...new Set(removed.rows.map((row) => row.transfer_id))];
}

/** Makes every event void, because another chain's come in their place. What they were is not kept. */
export async function voidEvents(transaction: Db): Promise<void> {
  await sql`insert into rollbacks (first_sequence, last_sequence)
    select 1, max(sequence) from events having max(sequence) is not null`.execute(transaction);
  await sql`truncate events, removed_events`.execute(transaction);
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
