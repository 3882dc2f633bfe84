import { sql } from "kysely";
import type { Db } from "./open-store.js";

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
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        state: row.state,
        suspendedFrom: row.suspended_from,
        payerBank: row.payer_bank,
        payeeBank: row.payee_bank,
        currencyNumeric: row.currency,
        amountMinor: row.amount,
        deadlineSeconds: Number(row.deadline),
        reason: row.reason,
        startedBlock: Number(row.started_block),
        startedAt: row.started_at,
        updatedAt: row.updated_at,
        lastSequence: row.last_sequence,
      },
    ]),
  );
}

/** Writes transfers, new and changed alike, in one statement. */
export async function upsertTransferRows(db: Db, rows: readonly TransferRow[]): Promise<void> {
  if (rows.length === 0) return;
  const column = <K extends keyof TransferRow>(key: K) => rows.map((row) => row[key]);
  await sql`
    insert into transfers (id, state, suspended_from, payer_bank, payee_bank, currency, amount, deadline, reason,
      started_block, started_at, updated_at, last_sequence)
    select * from unnest(
      ${column("id")}::text[], ${column("state")}::text[], ${column("suspendedFrom")}::text[], ${column("payerBank")}::text[],
      ${column("payeeBank")}::text[], ${column("currencyNumeric")}::smallint[], ${column("amountMinor")}::bigint[],
      ${column("deadlineSeconds")}::bigint[], ${column("reason")}::text[], ${column("startedBlock")}::bigint[],
      ${column("startedAt")}::timestamptz[], ${column("updatedAt")}::timestamptz[], ${column("lastSequence")}::bigint[])
    on conflict (id) do update set
      state = excluded.state, suspended_from = excluded.suspended_from, reason = excluded.reason,
      started_block = excluded.started_block, started_at = excluded.started_at,
      updated_at = excluded.updated_at, last_sequence = excluded.last_sequence`.execute(db);
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
  if (rows.length === 0) return;
  const column = <K extends keyof EventRow>(key: K) => rows.map((row) => row[key]);
  await sql`
    insert into events (sequence, type, transfer_id, state, payer_bank, payee_bank, block_number, block_hash, block_time,
      log_index, transaction_hash, started_block, data)
    select * from unnest(
      ${column("sequence")}::bigint[], ${column("type")}::text[], ${column("transferId")}::text[], ${column("state")}::text[],
      ${column("payerBank")}::text[], ${column("payeeBank")}::text[], ${column("blockNumber")}::bigint[],
      ${column("blockHash")}::text[], ${column("blockTime")}::timestamptz[], ${column("logIndex")}::integer[],
      ${column("transactionHash")}::text[], ${column("startedBlock")}::bigint[],
      ${rows.map((row) => JSON.stringify(row.data))}::jsonb[])`.execute(db);
}

/** A block's header as the store keeps it. */
export interface BlockRow {
  number: number;
  hash: string;
  parentHash: string;
  time: Date;
}

/** Remembers headers, for telling a reorganisation later. */
export async function insertBlockRows(db: Db, rows: readonly BlockRow[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("blocks")
    .values(rows.map((row) => ({ number: row.number, hash: row.hash, parent_hash: row.parentHash, time: row.time })))
    .onConflict((conflict) =>
      conflict.column("number").doUpdateSet((eb) => ({
        hash: eb.ref("excluded.hash"),
        parent_hash: eb.ref("excluded.parent_hash"),
        time: eb.ref("excluded.time"),
      })),
    )
    .execute();
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
  const values = {
    block_number: cursor.blockNumber,
    block_hash: cursor.blockHash,
    sequence: cursor.sequence,
    final_block: cursor.finalBlock,
    caught_up: cursor.caughtUp,
  };
  await db
    .insertInto("cursor")
    .values(values)
    .onConflict((conflict) => conflict.column("one_row").doUpdateSet(values))
    .execute();
}
