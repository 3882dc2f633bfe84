import { sql } from "kysely";
import type { StreamedEvent, StreamPage, StreamPosition, StreamQuery } from "../../domain/stored-event.js";
import { readFinalSequence } from "../functions/retries.js";
import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";
import { readCursor } from "../transfers/projection.js";
import { LOG_COLUMNS, matchesEvent } from "./event-log.js";

// What one page looks through, so that a filter that matches little does not make a page expensive.
const LOOKED_THROUGH_MAX = 20_000n;

const STREAM_COLUMNS = sql<StreamedEvent>`${LOG_COLUMNS},
  (select j.principal from journal j where j.transfer_id = e.transfer_id) as principal`;

/** Reads on from a position, at most `limit` events, all as of one moment. */
export async function readStream(db: Db, query: StreamQuery): Promise<StreamPage> {
  const { after, limit } = query;
  return await asOfOneMoment(db, async (transaction) => {
    const { epoch, floor } = await readRollbacks(transaction, after.epoch);
    const resetTo = after.epoch > epoch ? least(after.sequence, await readFinalSequence(transaction)) : undefined;
    const isRolledBack = floor !== null && after.sequence >= floor;
    const removed = isRolledBack ? await readRemoved(transaction, query, floor) : [];
    const base = resetTo ?? (isRolledBack ? floor - 1n : after.sequence);
    const newest = await readNewest(transaction, query.finalOnly === true);
    const through = least(newest, base + LOOKED_THROUGH_MAX);
    const { rows: events } = await sql<StreamedEvent>`
      select ${STREAM_COLUMNS} from events e where e.sequence > ${base} and e.sequence <= ${through} and ${matchesEvent(query)}
      order by e.sequence limit ${limit}`.execute(transaction);
    const last = events.length === limit ? events.at(-1)?.sequence : undefined;
    const sequence = last ?? (through > base ? through : base);
    return { removed, events, next: { epoch, sequence }, more: sequence < newest, resetTo };
  });
}

/** Where a reader begins that wants only what comes from now on. */
export async function readStreamHead(db: Db, finalOnly: boolean): Promise<StreamPosition> {
  return await asOfOneMoment(db, async (transaction) => ({
    epoch: (await readRollbacks(transaction, 0n)).epoch,
    sequence: await readNewest(transaction, finalOnly),
  }));
}

function asOfOneMoment<T>(db: Db, read: (transaction: Db) => Promise<T>): Promise<T> {
  return onStore(() => db.transaction().setIsolationLevel("repeatable read").setAccessMode("read only").execute(read));
}

async function readNewest(db: Db, finalOnly: boolean): Promise<bigint> {
  return finalOnly ? await readFinalSequence(db) : ((await readCursor(db))?.sequence ?? 0n);
}

/** The newest epoch, and the first sequence that was taken back since an earlier one. */
async function readRollbacks(db: Db, since: bigint): Promise<{ epoch: bigint; floor: bigint | null }> {
  const { rows } = await sql<{ epoch: bigint | null; floor: bigint | null }>`
    select max(epoch) as epoch, min(first_sequence) filter (where epoch > ${since}) as floor from rollbacks`.execute(db);
  return { epoch: rows[0]?.epoch ?? 0n, floor: rows[0]?.floor ?? null };
}

/** Of a sequence that was taken back more than once since, the reader has seen the first. */
async function readRemoved(db: Db, query: StreamQuery, floor: bigint): Promise<StreamedEvent[]> {
  const { epoch, sequence } = query.after;
  const { rows } = await sql<StreamedEvent>`
    select ${STREAM_COLUMNS} from (
      select distinct on (sequence) * from removed_events
      where epoch > ${epoch} and sequence between ${floor} and ${sequence} order by sequence desc, epoch
    ) e where ${matchesEvent(query)} order by e.sequence desc`.execute(db);
  return rows;
}

/**
 * Takes the events and refusals after a sequence back, and remembers the events for those who have read them. The cursor still stands
 * where the events ended: a reader's position may lie behind the last event, among refusals. Returns the ids of the events' transfers.
 */
export async function removeEvents(transaction: Db, after: bigint): Promise<string[]> {
  const { rows } = await sql<{ last: bigint | null }>`
    select greatest((select sequence from cursor), (select max(sequence) from events)) as last`.execute(transaction);
  const first = after + 1n;
  const last = rows[0]?.last ?? after;
  if (last < first) return [];
  await sql`delete from refusals where sequence > ${after}`.execute(transaction);
  const columns = sql`sequence, type, transfer_id, state, payer_bank, payee_bank, block_number, block_hash, block_time, log_index,
    transaction_hash, started_block, observed_at, data, refusals_before`;
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
  await sql`truncate events, removed_events, refusals`.execute(transaction);
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
