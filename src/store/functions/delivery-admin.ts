import { sql } from "kysely";
import type { RetryPolicy } from "../../domain/function-settings.js";
import type { Db } from "../schema.js";
import { readFinalSequence } from "./retries.js";

/** Where a function's deliveries stand. Sequences are the contract's. */
export interface DeliveryStanding {
  name: string;
  url: string;
  types: string[];
  payerBank: string | null;
  payeeBank: string | null;
  batchSize: number;
  concurrency: number;
  /** Every matching event up to here was delivered, or waits, or is dead; null before the first catch-up. */
  position: bigint | null;
  /** Matching events after the position that may be delivered. */
  behind: number;
  waiting: number;
  dead: number;
  oldestWaiting: Date | null;
  disabledReason: string | null;
  lastError: string | null;
  /** The principal that registered it; null for the deployment's own. */
  owner: string | null;
  ofPrincipal: string | null;
  /** ISO 4217 number. */
  currency: number | null;
  retry: RetryPolicy | null;
  previousSecretUntil: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

/**
 * Which functions: one by name, and only what a principal may see, which is its own and the deployment's. `after`, `limit`: a page,
 * by name.
 */
export interface StandingSelection {
  name?: string;
  visibleTo?: string;
  after?: string;
  limit?: number;
}

/** Functions, those out of service among them, by name. */
export async function readStandings(
  db: Db,
  { name, visibleTo, after, limit }: StandingSelection = {},
): Promise<DeliveryStanding[]> {
  const final = await readFinalSequence(db);
  const { rows } = await sql<DeliveryStanding>`
    select f.name, f.url, f.types, f.payer_bank as "payerBank", f.payee_bank as "payeeBank",
      f.batch_size as "batchSize", f.concurrency, f.position, f.disabled_reason as "disabledReason",
      f.owner, f.of_principal as "ofPrincipal", f.currency, f.retry, f.created_at as "createdAt", f.updated_at as "updatedAt",
      case when f.previous_secret_until > now() then f.previous_secret_until end as "previousSecretUntil",
      (select count(*)::int from events e where e.sequence > coalesce(f.position, ${final}) and e.sequence <= ${final}
        and e.type = any(f.types) and (f.payer_bank is null or e.payer_bank = f.payer_bank)
        and (f.payee_bank is null or e.payee_bank = f.payee_bank)
        and (f.currency is null or exists (select from transfers t where t.id = e.transfer_id and t.currency = f.currency))
        and (f.of_principal is null or exists (
          select from journal j where j.transfer_id = e.transfer_id and j.principal = f.of_principal))) as behind,
      count(r.sequence) filter (where r.status = 'waiting')::int as waiting,
      count(r.sequence) filter (where r.status = 'dead')::int as dead,
      (select e.observed_at from retries o join events e on e.sequence = o.sequence
        where o.function = f.name and o.status = 'waiting' order by o.sequence limit 1) as "oldestWaiting",
      (select o.last_error from retries o where o.function = f.name and o.last_error is not null
        order by o.status, o.next_attempt_at desc limit 1) as "lastError"
    from functions f left join retries r on r.function = f.name
    where (${name ?? null}::text is null or f.name = ${name ?? null})
      and (${visibleTo ?? null}::text is null or f.owner is null or f.owner = ${visibleTo ?? null})
      and (${after ?? null}::text is null or f.name > ${after ?? null})
    group by f.name order by f.name limit ${limit ?? null}::bigint`.execute(db);
  return rows;
}

/** A delivery that waits for its next try, or is dead. */
export interface ParkedDelivery {
  function: string;
  sequence: bigint;
  transferId: string;
  type: string | null;
  status: "waiting" | "dead";
  attempts: number;
  nextAttemptAt: Date;
  lastError: string | null;
  /** How often the sweeper has given a dead letter its tries again. */
  revivals: number;
  /** Null while it waits. */
  givenUpAt: Date | null;
}

const PARKED_COLUMNS = sql<ParkedDelivery>`
  r.function, r.sequence, r.transfer_id as "transferId", e.type, r.status, r.attempts, r.next_attempt_at as "nextAttemptAt",
  r.last_error as "lastError", r.revivals, r.given_up_at as "givenUpAt"`;

/** Which deliveries: of one function, of one event, or all. */
export interface DeliverySelection {
  function?: string;
  sequence?: bigint;
}

function selected({ function: name, sequence }: DeliverySelection) {
  return sql<boolean>`(${name ?? null}::text is null or r.function = ${name ?? null})
    and (${sequence ?? null}::bigint is null or r.sequence = ${sequence ?? null})`;
}

/** What is parked, in order, at most `limit`; `after`: a sequence; `ofPrincipal`: only of a principal's transfers. */
export async function readParked(
  db: Db,
  selection: DeliverySelection & { status?: "waiting" | "dead"; after?: bigint; ofPrincipal?: string },
  limit: number,
): Promise<ParkedDelivery[]> {
  const { status = null, after = -1n, ofPrincipal = null } = selection;
  const { rows } = await sql<ParkedDelivery>`
    select ${PARKED_COLUMNS}
    from retries r left join events e on e.sequence = r.sequence
    where ${selected(selection)} and (${status}::text is null or r.status = ${status}) and r.sequence > ${after}
      and (${ofPrincipal}::text is null or exists (
        select from journal j where j.transfer_id = r.transfer_id and j.principal = ${ofPrincipal}))
    order by r.function, r.sequence limit ${limit}`.execute(db);
  return rows;
}

/** What is parked of a transfer's events, by event and function; `visibleTo` as in {@link StandingSelection}. */
export async function readParkedOf(
  db: Db,
  transferId: string,
  { visibleTo, after }: Pick<StandingSelection, "visibleTo"> & { after?: { sequence: bigint; function: string } },
  limit: number,
): Promise<ParkedDelivery[]> {
  const { rows } = await sql<ParkedDelivery>`
    select ${PARKED_COLUMNS}
    from events e join retries r on r.sequence = e.sequence join functions f on f.name = r.function
    where e.transfer_id = ${transferId} and (${visibleTo ?? null}::text is null or f.owner is null or f.owner = ${visibleTo ?? null})
      and (${after === undefined} or (r.sequence, r.function) > (${after?.sequence ?? null}::bigint, ${after?.function ?? null}::text))
    order by r.sequence, r.function limit ${limit}`.execute(db);
  return rows;
}

/** Gives dead letters all their tries again from now on, as if they had never been given up. Returns how many. */
export async function replayDead(db: Db, selection: DeliverySelection): Promise<number> {
  const { numAffectedRows } = await sql`
    update retries r set status = 'waiting', attempts = 0, next_attempt_at = now(), given_up_at = null, revivals = 0
    where r.status = 'dead' and ${selected(selection)}`.execute(db);
  return Number(numAffectedRows ?? 0n);
}

/** Puts a function that was taken out of service (HTTP 410) back into it. Returns whether it was out. */
export async function enableFunction(db: Db, name: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable("functions")
    .set({ disabled_reason: null })
    .where("name", "=", name)
    .where("disabled_reason", "is not", null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
