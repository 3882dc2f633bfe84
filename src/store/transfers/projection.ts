import { type RawBuilder, type Selectable, sql } from "kysely";
import { isFinal, type State } from "../../domain/transfer-state.js";
import { NOTICES_CHANNEL, writeNotice } from "../events/notifications.js";
import { type RefusalRow, refusalsInsert } from "../events/refusals.js";
import { heldLease, type Lease, leaseLost } from "../lease.js";
import type { Database, Db } from "../schema.js";

const ALWAYS = sql`true`;

/** A transfer as the projection keeps it. Dates are block times. */
export interface TransferRow {
  id: string;
  state: string;
  suspendedFrom: string | null;
  payerBank: string;
  payeeBank: string;
  currencyNumeric: number;
  amountMinor: bigint;
  deadlineSeconds: number;
  resumptions: number;
  /** keccak256 of the sealed details of its start; null for what was projected before this was kept. */
  detailsHash: string | null;
  reason: string | null;
  startedBlock: number;
  startedAt: Date;
  updatedAt: Date;
  lastSequence: bigint;
}

/** The transfers with the given ids, by id. */
export async function readTransferRows(db: Db, ids: readonly string[]): Promise<Map<string, TransferRow>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom("transfers").selectAll().where(sql<boolean>`id = any(${ids})`).execute();
  return new Map(rows.map((row) => [row.id, toTransferRow(row)]));
}

/** A row of the table `transfers`, as it is used. */
export function toTransferRow(row: Selectable<Database["transfers"]>): TransferRow {
  return {
    id: row.id,
    state: row.state,
    suspendedFrom: row.suspended_from,
    payerBank: row.payer_bank,
    payeeBank: row.payee_bank,
    currencyNumeric: row.currency,
    amountMinor: row.amount,
    deadlineSeconds: Number(row.deadline),
    resumptions: row.resumptions,
    detailsHash: row.details_hash,
    reason: row.reason,
    startedBlock: Number(row.started_block),
    startedAt: row.started_at,
    updatedAt: row.updated_at,
    lastSequence: row.last_sequence,
  };
}

/** Writes transfers, new and changed alike, in one statement. */
export async function upsertTransferRows(db: Db, rows: readonly TransferRow[]): Promise<void> {
  if (rows.length > 0) await transfersUpsert(rows, ALWAYS).execute(db);
}

function transfersUpsert(rows: readonly TransferRow[], condition: RawBuilder<unknown>): RawBuilder<unknown> {
  const column = <K extends keyof TransferRow>(key: K) => rows.map((row) => row[key]);
  return sql`
    insert into transfers (id, state, suspended_from, payer_bank, payee_bank, currency, amount, deadline, resumptions, details_hash, reason,
      started_block, started_at, updated_at, last_sequence)
    select * from unnest(
      ${column("id")}::text[], ${column("state")}::text[], ${column("suspendedFrom")}::text[], ${column("payerBank")}::text[],
      ${column("payeeBank")}::text[], ${column("currencyNumeric")}::smallint[], ${column("amountMinor")}::bigint[],
      ${column("deadlineSeconds")}::bigint[], ${column("resumptions")}::smallint[], ${column("detailsHash")}::text[],
      ${column("reason")}::text[], ${column("startedBlock")}::bigint[],
      ${column("startedAt")}::timestamptz[], ${column("updatedAt")}::timestamptz[], ${column("lastSequence")}::bigint[])
    where ${condition}
    on conflict (id) do update set
      state = excluded.state, suspended_from = excluded.suspended_from, resumptions = excluded.resumptions,
      details_hash = excluded.details_hash, reason = excluded.reason,
      started_block = excluded.started_block, started_at = excluded.started_at,
      updated_at = excluded.updated_at, last_sequence = excluded.last_sequence`;
}

/** An event as the store keeps it. `data` is what subscribers see. */
export interface EventRow {
  sequence: bigint;
  type: string;
  transferId: string;
  state: string | null;
  payerBank: string | null;
  payeeBank: string | null;
  blockNumber: number;
  blockHash: string;
  blockTime: Date;
  logIndex: number;
  transactionHash: string;
  startedBlock: number | null;
  data: Record<string, unknown>;
}

/** Appends events in one statement. */
export async function insertEventRows(db: Db, rows: readonly EventRow[]): Promise<void> {
  if (rows.length > 0) await eventsInsert(rows, ALWAYS).execute(db);
}

/** `refusals_before` counts from the newest stored event, or from `after` in a store without events. */
function eventsInsert(rows: readonly EventRow[], condition: RawBuilder<unknown>, after?: bigint): RawBuilder<unknown> {
  const newest = sql`coalesce((select max(sequence) from events), ${after ?? null}::bigint, p.sequence - 1)`;
  const column = <K extends keyof EventRow>(key: K) => rows.map((row) => row[key]);
  return sql`
    insert into events (sequence, type, transfer_id, state, payer_bank, payee_bank, block_number, block_hash, block_time,
      log_index, transaction_hash, started_block, data, refusals_before)
    select p.*, p.sequence - 1 - coalesce(lag(p.sequence) over (order by p.sequence), ${newest}) from unnest(
      ${column("sequence")}::bigint[], ${column("type")}::text[], ${column("transferId")}::text[], ${column("state")}::text[],
      ${column("payerBank")}::text[], ${column("payeeBank")}::text[], ${column("blockNumber")}::bigint[],
      ${column("blockHash")}::text[], ${column("blockTime")}::timestamptz[], ${column("logIndex")}::integer[],
      ${column("transactionHash")}::text[], ${column("startedBlock")}::bigint[],
      ${rows.map((row) => JSON.stringify(row.data))}::jsonb[])
      as p (sequence, type, transfer_id, state, payer_bank, payee_bank, block_number, block_hash, block_time, log_index,
        transaction_hash, started_block, data)
    where ${condition}`;
}

/** A block's header as the store keeps it. `sequence`: the contract's count after the block, where its events were read. */
export interface BlockRow {
  number: number;
  hash: string;
  parentHash: string;
  time: Date;
  sequence: bigint | undefined;
}

/** Remembers headers, for telling a reorganisation later. */
export async function insertBlockRows(db: Db, rows: readonly BlockRow[]): Promise<void> {
  if (rows.length > 0) await blocksUpsert(rows, ALWAYS).execute(db);
}

function blocksUpsert(rows: readonly BlockRow[], condition: RawBuilder<unknown>): RawBuilder<unknown> {
  const column = <K extends keyof BlockRow>(key: K) => rows.map((row) => row[key]);
  return sql`
    insert into blocks as b (number, hash, parent_hash, time, sequence)
    select * from unnest(${column("number")}::bigint[], ${column("hash")}::text[], ${column("parentHash")}::text[],
      ${column("time")}::timestamptz[], ${rows.map(({ sequence }) => sequence ?? null)}::bigint[])
    where ${condition}
    on conflict (number) do update set hash = excluded.hash, parent_hash = excluded.parent_hash, time = excluded.time,
      sequence = coalesce(excluded.sequence, case when b.hash = excluded.hash then b.sequence end)`;
}

/** How far the projection has come. */
export interface Cursor {
  blockNumber: number;
  blockHash: string;
  sequence: bigint;
  /** The newest block that may be acted upon; -1 while there is none. */
  finalBlock: number;
  caughtUp: boolean;
}

/** The cursor; `undefined` before the first page. */
export async function readCursor(db: Db): Promise<Cursor | undefined> {
  const row = await db.selectFrom("cursor").selectAll().executeTakeFirst();
  if (row === undefined) return undefined;
  return {
    blockNumber: Number(row.block_number),
    blockHash: row.block_hash,
    sequence: row.sequence,
    finalBlock: Number(row.final_block),
    caughtUp: row.caught_up,
  };
}

/** Sets the cursor. */
export async function writeCursor(db: Db, cursor: Cursor): Promise<void> {
  await cursorUpsert(cursor, ALWAYS).execute(db);
}

function cursorUpsert(cursor: Cursor, condition: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`
    insert into cursor (block_number, block_hash, sequence, final_block, caught_up)
    select ${cursor.blockNumber}::bigint, ${cursor.blockHash}, ${cursor.sequence}::bigint, ${cursor.finalBlock}::bigint,
      ${cursor.caughtUp}::boolean
    where ${condition}
    on conflict (one_row) do update set block_number = excluded.block_number, block_hash = excluded.block_hash,
      sequence = excluded.sequence, final_block = excluded.final_block, caught_up = excluded.caught_up`;
}

/**
 * What a page of the chain leaves in the store. `after`: the contract's count before the page.
 */
export interface ProjectedPage {
  blocks: readonly BlockRow[];
  events: readonly EventRow[];
  refusals: readonly RefusalRow[];
  transfers: readonly TransferRow[];
  cursor: Cursor;
  after: bigint;
}

/**
 * Writes a stretch of the chain in one statement: headers, events, refusals, transfers and cursor, all or nothing; and tells whoever
 * listens where there are events.
 * @throws AppError `lease-lost`, and nothing is written, where somebody else holds the lease.
 */
export async function writeProjection(db: Db, lease: Lease, page: ProjectedPage): Promise<void> {
  const isHeld = sql`exists (select from held)`;
  const ended = page.transfers.flatMap(({ id, state }) => (isFinal(state as State) ? [id] : []));
  const { rows } = await sql<{ held: boolean }>`
    with held as (${heldLease(lease)}),
    headers as (${blocksUpsert(page.blocks, isHeld)}),
    appended as (${eventsInsert(page.events, isHeld, page.after)}),
    ${page.refusals.length > 0 ? sql`refused as (${refusalsInsert(page.refusals, isHeld)}),` : sql``}
    projected as (${transfersUpsert(page.transfers, isHeld)}),
    moved as (${cursorUpsert(page.cursor, isHeld)})
    select ${isHeld} as held,
      (select pg_notify(${NOTICES_CHANNEL}, ${writeNotice({ about: "events", ended })}) from held
        where ${page.events.length > 0})`.execute(db);
  if (rows[0]?.held !== true) throw leaseLost(lease);
}
