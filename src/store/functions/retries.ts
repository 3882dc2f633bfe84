import { sql } from "kysely";
import type { FunctionSecrets, SealedSecret } from "../../domain/function-secrets.js";
import type { RetryPolicy } from "../../domain/function-settings.js";

import { heldLease, type Lease, leaseLost } from "../lease.js";
import type { Db } from "../schema.js";
import { storableText } from "../storable-text.js";
import type { EventRow } from "../transfers/projection.js";

/** Who is woken, by what, and where. A bank that is null stands for every bank. */
export interface FunctionRow {
  name: string;
  url: string;
  /** A Standard Webhooks secret (`whsec_` and base64), sealed. */
  secret: SealedSecret;
  /** CloudEvents types. */
  types: string[];
  payerBank: string | null;
  payeeBank: string | null;
  /** Events in one request. */
  batchSize: number;
  /** Requests at once. */
  concurrency: number;
  /** The principal that registered it; the deployment itself without one. */
  owner?: string | null;
  /** Only events of this principal's transfers; everybody's without one. */
  ofPrincipal?: string | null;
  /** Only events of transfers in this currency, by its ISO 4217 number. */
  currency?: number | null;
  /** The watcher's own without one. */
  retry?: RetryPolicy | null;
  /** A secret that signs too, while it is being replaced. */
  previousSecret?: SealedSecret | null;
}

/** A function without its secrets: who is woken, by what, and where. */
export type Subscription = Omit<FunctionRow, "secret" | "previousSecret">;

/** A function as its deployment names it: with the secret itself. */
export type ConfiguredFunction = Subscription & { secret: string };

/** Makes the registry hold the deployment's functions with these settings; positions stay. One of the same name is the deployment's from now on. */
export async function upsertFunctions(db: Db, secrets: FunctionSecrets, functions: readonly ConfiguredFunction[]): Promise<void> {
  for (const fn of functions) {
    const settings = {
      url: fn.url,
      secret: secrets.seal({ name: fn.name }, fn.secret),
      types: fn.types,
      payer_bank: fn.payerBank,
      payee_bank: fn.payeeBank,
      batch_size: fn.batchSize,
      concurrency: fn.concurrency,
      owner: null,
      of_principal: null,
      currency: null,
      retry: null,
      previous_secret: null,
      previous_secret_until: null,
    };
    await db
      .insertInto("functions")
      .values({ name: fn.name, ...settings, position: null, disabled_reason: null })
      .onConflict((conflict) => conflict.column("name").doUpdateSet(settings))
      .execute();
  }
}

/** The functions that are not disabled, and where each stands. */
export async function readFunctions(db: Db): Promise<(FunctionRow & { position: bigint | null })[]> {
  const rows = await db
    .selectFrom("functions")
    .selectAll()
    .select(sql<boolean>`coalesce(previous_secret_until > now(), false)`.as("overlaps"))
    .where("disabled_reason", "is", null)
    .orderBy("name")
    .execute();
  return rows.map((row) => ({
    name: row.name,
    url: row.url,
    secret: row.secret,
    types: row.types,
    payerBank: row.payer_bank,
    payeeBank: row.payee_bank,
    batchSize: row.batch_size,
    concurrency: row.concurrency,
    owner: row.owner,
    ofPrincipal: row.of_principal,
    currency: row.currency,
    retry: row.retry,
    previousSecret: row.overlaps ? row.previous_secret : null,
    position: row.position,
  }));
}

/** An event's columns as an {@link EventRow}, of a table by the name of `e`. */
export const EVENT_COLUMNS = sql<EventRow>`
  e.sequence, e.type, e.transfer_id as "transferId", e.state, e.payer_bank as "payerBank", e.payee_bank as "payeeBank",
  e.block_number::float8 as "blockNumber", e.block_hash as "blockHash", e.block_time as "blockTime", e.log_index as "logIndex",
  e.transaction_hash as "transactionHash", e.started_block::float8 as "startedBlock", e.data`;

/** Which of the events `e` are for a function. */
export function matches({ types, payerBank, payeeBank, ofPrincipal = null, currency = null }: Subscription) {
  const conditions = [sql`e.type = any(${types})`];
  if (payerBank !== null) conditions.push(sql`e.payer_bank = ${payerBank}`);
  if (payeeBank !== null) conditions.push(sql`e.payee_bank = ${payeeBank}`);
  if (currency !== null) {
    conditions.push(sql`exists (select from transfers c where c.id = e.transfer_id and c.currency = ${currency})`);
  }
  if (ofPrincipal !== null) {
    conditions.push(sql`exists (select from journal j where j.transfer_id = e.transfer_id and j.principal = ${ofPrincipal})`);
  }
  return sql<boolean>`(${sql.join(conditions, sql` and `)})`;
}

const FINAL_SEQUENCE = sql<{ sequence: bigint | null }>`
  select case when c.final_block >= c.block_number then c.sequence
    else (select e.sequence from events e where e.block_number <= c.final_block order by e.sequence desc limit 1) end as sequence
  from cursor c`;

/** The newest sequence that may be acted upon. */
export async function readFinalSequence(db: Db): Promise<bigint> {
  const { rows } = await FINAL_SEQUENCE.execute(db);
  return rows[0]?.sequence ?? 0n;
}

/** An event, and whether a delivery of its transfer waits, so that it must wait behind it. */
export type NewEvent = EventRow & { blocked: boolean };

/**
 * The newest sequence that may be acted upon, and the function's events after a position up to it, in order, at most `limit`; all as of
 * one moment.
 */
export async function readNewEvents(
  db: Db,
  fn: Subscription,
  { after, limit }: { after: bigint; limit: number },
): Promise<{ final: bigint; events: NewEvent[] }> {
  const { rows } = await sql<{ final: bigint | null } & (NewEvent | { sequence: null })>`
    select f.sequence as final, n.* from (${FINAL_SEQUENCE}) f left join lateral (
      select ${EVENT_COLUMNS}, exists (
        select from retries r where r.function = ${fn.name} and r.status = 'waiting' and r.transfer_id = e.transfer_id) as blocked
      from events e where e.sequence > ${after} and e.sequence <= f.sequence and ${matches(fn)}
      order by e.sequence limit ${limit}) n on true
    order by n.sequence`.execute(db);
  const events = rows.flatMap(({ final: _, ...event }) => (event.sequence === null ? [] : [event]));
  return { final: rows[0]?.final ?? 0n, events };
}

/** A delivery that waits for its next try. */
export interface DueRetry {
  event: EventRow;
  attempts: number;
}

/** The first that waits of each transfer, leaving out transfers that are under way. */
function isNext(fn: Subscription, except: readonly string[]) {
  return sql<boolean>`r.function = ${fn.name} and r.status = 'waiting' and r.transfer_id <> all(${except}::text[])
    and not exists (select 1 from retries p where p.function = r.function and p.transfer_id = r.transfer_id
      and p.status = 'waiting' and p.sequence < r.sequence)`;
}

/** What is due, in order; of each transfer only the first that waits. `except`: transfers that are under way. */
export async function readDueRetries(db: Db, fn: Subscription, limit: number, except: readonly string[]): Promise<DueRetry[]> {
  const { rows } = await sql<EventRow & { attempts: number }>`
    select ${EVENT_COLUMNS}, r.attempts from retries r join events e on e.sequence = r.sequence
    where ${isNext(fn, except)} and r.next_attempt_at <= now()
    order by r.sequence limit ${limit}`.execute(db);
  return rows.map(({ attempts, ...event }) => ({ event, attempts }));
}

/** Milliseconds until the next retry is due; `undefined` while none waits. `except`: transfers that are under way. */
export async function readNextRetryDelayMs(db: Db, fn: Subscription, except: readonly string[]): Promise<number | undefined> {
  const { rows } = await sql<{ delay: number | null }>`
    select (extract(epoch from min(r.next_attempt_at) - now()) * 1000)::float8 as delay from retries r
    where ${isNext(fn, except)}`.execute(db);
  return rows[0]?.delay ?? undefined;
}

/** What a delivery left behind: parked until `delayMs` from now, or dead. */
export interface Parked {
  sequence: bigint;
  transferId: string;
  attempts: number;
  delayMs: number;
  status: "waiting" | "dead";
  error: string | null;
}

/**
 * Has PostgreSQL count what is parked. By itself it does so once a minute: until then it takes the table for as good as empty, and compares
 * each parked delivery with each.
 */
export async function countParked(db: Db): Promise<void> {
  await sql`analyze retries`.execute(db);
}

// Locks the function's row against its removal, so that what is parked for it refers to something; no row where it is gone.
function present(fn: Subscription) {
  return sql`(select name from functions where name = ${fn.name} for key share)`;
}

/** Parks deliveries; a row that is there gets the newer count and error. Nothing is parked for a function that was removed meanwhile. */
export async function parkDeliveries(db: Db, fn: Subscription, parked: readonly Parked[]): Promise<void> {
  if (parked.length === 0) return;
  const column = <K extends keyof Parked>(key: K) => parked.map((row) => row[key]);
  await sql`
    with f as ${present(fn)}
    insert into retries as r (function, sequence, transfer_id, attempts, next_attempt_at, status, last_error, given_up_at)
    select f.name, p.sequence, p.transfer_id, p.attempts, now() + p.delay * interval '1 millisecond', p.status, p.error,
      case p.status when 'dead' then now() end
    from f, unnest(${column("sequence")}::bigint[], ${column("transferId")}::text[], ${column("attempts")}::integer[],
      ${column("delayMs")}::float8[], ${column("status")}::text[], ${parked.map(({ error }) => (error === null ? null : storableText(error)))}::text[])
      as p (sequence, transfer_id, attempts, delay, status, error)
    on conflict (function, sequence) do update set attempts = greatest(r.attempts, excluded.attempts),
      next_attempt_at = excluded.next_attempt_at, status = excluded.status, given_up_at = excluded.given_up_at,
      last_error = coalesce(excluded.last_error, r.last_error)`.execute(db);
}

/**
 * Forgets what was parked of deliveries that have succeeded, and moves the function's position on: never back, so that several may be
 * written at once. Under the lease, and in one statement.
 * @throws AppError `lease-lost`, having written nothing.
 */
export async function settleDeliveries(
  db: Db,
  lease: Lease,
  fn: Subscription,
  { unparked, position }: { unparked: readonly bigint[]; position: bigint | undefined },
): Promise<void> {
  const { rows } = await sql<{ held: boolean }>`
    with held as (${heldLease(lease)}),
    forgotten as (delete from retries
      where function = ${fn.name} and sequence = any(${unparked}::bigint[]) and exists (select from held)),
    moved as (update functions set position = greatest(position, ${position ?? null}::bigint)
      where name = ${fn.name} and ${position !== undefined} and exists (select from held))
    select exists (select from held) as held`.execute(db);
  if (rows[0]?.held !== true) throw leaseLost(lease);
}

/** Moves a function's position on; never back. */
export async function writePosition(db: Db, fn: Subscription, position: bigint): Promise<void> {
  await sql`update functions set position = greatest(position, ${position}) where name = ${fn.name}`.execute(db);
}

/** Takes a function out of service, on its own word (HTTP 410). */
export async function disableFunction(db: Db, fn: Subscription, reason: string): Promise<void> {
  await db.updateTable("functions").set({ disabled_reason: reason }).where("name", "=", fn.name).execute();
}

/** The event of each open transfer that brought it into its state. */
export const OPEN_TRANSFERS = sql`
  select l.* from transfers t cross join lateral (
    select * from events n where n.transfer_id = t.id and n.state is not null order by n.sequence desc limit 1) l
  where t.state in ('STARTED', 'PENDING', 'REVERSING')`;

/**
 * Parks the last event of every open transfer that has been in its state for longer than `olderThanMs` (0: of every one), unless it
 * waits or is dead already. By this store's clock: the chain's may be ahead, or far behind. This wakes functions for open transfers after a rebuild,
 * and finds what was forgotten later on.
 */
export async function parkOpenTransfers(db: Db, fn: Subscription, through: bigint, olderThanMs: number): Promise<number> {
  const { numAffectedRows } = await sql`
    with f as ${present(fn)}
    insert into retries (function, sequence, transfer_id, attempts, next_attempt_at, status)
    select f.name, e.sequence, e.transfer_id, 0, now(), 'waiting'
    from f, (${OPEN_TRANSFERS}) e
    where (${olderThanMs}::float8 = 0 or e.observed_at < now() - ${olderThanMs}::float8 * interval '1 millisecond')
      and e.sequence <= ${through} and ${matches(fn)}
    on conflict do nothing`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
