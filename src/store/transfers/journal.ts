import { type RawBuilder, sql } from "kysely";
import { coalesce } from "../../domain/coalesce.js";
import type { JournalEntry } from "../../domain/transfer-record.js";
import { START_REFUSALS, type StartRefusal } from "../../domain/transfer-state.js";
import { NOTICES_CHANNEL, writeNotice } from "../events/notifications.js";
import { onStore } from "../open-store.js";
import { type ReplicaSession, sessionHasEnded } from "../replica-session.js";
import type { Db } from "../schema.js";

// A replica that accepted a start brings it to the chain itself; after this long another may, by the database's clock. Once the replica's
// session has ended, another may at once. Both may send it: the contract takes a start once.
const LEASE_SECONDS = 30;
// Nobody waits for it: the chain says so itself.
const SETTLE_WINDOW_MS = 250;
// What one replica takes over at once.
const TAKE_OVER_LIMIT = 500;

/**
 * The journal of accepted starts of one domain.
 * @param byKey The store's connections for statements by key.
 * @param session Tells the other replicas that this one lives.
 */
export function createJournal(db: Db, domain: string, byKey = db, session?: Pick<ReplicaSession, "id">) {
  const sessionId = () => session?.id() ?? null;
  // Many calls at once make one statement, and one commit.
  const insert = coalesce((entries: readonly JournalEntry[]) => onStore(() => insertRows(byKey, domain, entries, sessionId())));
  const settleStarted = coalesce(async (transferIds: readonly string[]) => {
    // Not `status = 'accepted'`: PostgreSQL would go through the index of all those, and of those that were it lately.
    await onStore(() =>
      sql`update journal set status = 'started'
        where transfer_id = any(${transferIds}) and status is not distinct from 'accepted'`.execute(byKey),
    );
    return transferIds;
  }, SETTLE_WINDOW_MS);

  /** Takes over accepted starts whose replica is gone or slow, the longest abandoned first. */
  async function takeOver(): Promise<JournalEntry[]> {
    // In the order of the index that finds them: PostgreSQL skips what it has once seen to be settled.
    const { rows } = await onStore(() =>
      sql<Parameters<typeof toJournalEntry>[0]>`
        update journal set lease_until = now() + ${LEASE_SECONDS} * interval '1 second', session = ${sessionId()}::integer
        where transfer_id in (
          select transfer_id from journal where status = 'accepted' and domain = ${domain} and (lease_until < now() or ${sessionHasEnded("session")})
          order by lease_until limit ${TAKE_OVER_LIMIT} for update skip locked)
        returning transfer_id, request_hash, principal, payer_bank, payee_bank, currency, amount, deadline, details, field_hashes, accepted_at,
          status, refusal`.execute(byKey),
    );
    return rows.map(toJournalEntry);
  }

  /** Records what became of a start, and tells whoever waits for it. */
  async function settle(
    transferId: string,
    result: { status: "started" } | { status: "refused"; refusal: StartRefusal },
  ): Promise<void> {
    if (result.status === "started") {
      await settleStarted(transferId);
      return;
    }
    await refuse(transferId, result.refusal, sql<boolean>`true`);
  }

  /**
   * Records that a start is refused that no node has taken from this replica. Says whether it is refused now: a replica that has
   * taken the start over may have sent it.
   */
  async function settleUnsent(transferId: string, refusal: StartRefusal): Promise<boolean> {
    const isOurs = sql<boolean>`session is not distinct from ${sessionId()}::integer and lease_until > now()`;
    return (await refuse(transferId, refusal, isOurs)) > 0n;
  }

  async function refuse(transferId: string, refusal: StartRefusal, condition: RawBuilder<boolean>): Promise<bigint> {
    const { numUpdatedRows } = await onStore(() =>
      db
        .updateTable("journal")
        .set({ status: "refused", refusal })
        .where("transfer_id", "=", transferId)
        .where("status", "=", "accepted")
        .where(condition)
        .executeTakeFirst(),
    );
    await onStore(() => sql`select pg_notify(${NOTICES_CHANNEL}, ${writeNotice({ about: "refusals" })})`.execute(db));
    return numUpdatedRows;
  }

  return {
    /**
     * Durable once it resolves: PostgreSQL has fsynced the commit. Says whether it was this entry that was written: none is where the
     * journal knows the id already, or the projection does.
     */
    insert,
    takeOver,
    settle,
    settleUnsent,
  };
}

export type Journal = ReturnType<typeof createJournal>;

/** Writes what is not there yet; says of each entry whether it was this one that was written. */
async function insertRows(db: Db, domain: string, entries: readonly JournalEntry[], session: number | null): Promise<boolean[]> {
  const column = <K extends keyof JournalEntry>(key: K) => entries.map((entry) => entry[key]);
  const { rows } = await sql<{ transfer_id: string }>`
    insert into journal (transfer_id, request_hash, domain, principal, payer_bank, payee_bank, currency, amount, deadline, details, field_hashes,
      status, refusal, accepted_at, lease_until, session)
    select id, request_hash, ${domain}, principal, payer_bank, payee_bank, currency, amount, deadline, details, field_hashes,
      status, refusal, accepted_at, now() + ${LEASE_SECONDS} * interval '1 second', ${session}::integer
    from unnest(
      ${column("transferId")}::text[], ${column("requestHash")}::text[], ${column("principal")}::text[], ${column("payerBank")}::text[], ${column("payeeBank")}::text[],
      ${column("currencyNumeric")}::smallint[], ${column("amountMinor")}::bigint[], ${column("deadlineSeconds")}::bigint[],
      ${entries.map(({ details }) => Buffer.from(details))}::bytea[], ${entries.map(({ fieldHashes }) => JSON.stringify(fieldHashes))}::jsonb[],
      ${column("status")}::text[], ${entries.map(({ refusal }) => refusal ?? null)}::text[], ${column("acceptedAt")}::timestamptz[]
    ) with ordinality as given (id, request_hash, principal, payer_bank, payee_bank, currency, amount, deadline, details, field_hashes, status, refusal,
      accepted_at, place)
    where not exists (select from transfers where transfers.id = given.id)
    order by place
    on conflict (transfer_id) do nothing
    returning transfer_id`.execute(db);
  const written = new Set(rows.map((row) => row.transfer_id));
  // Of equal ids the first is the one that PostgreSQL took.
  return entries.map(({ transferId }) => written.delete(transferId));
}

/** A row of the table `journal`, as it is used. */
export function toJournalEntry(row: {
  transfer_id: string;
  request_hash: string;
  principal: string;
  payer_bank: string;
  payee_bank: string;
  currency: number;
  amount: bigint;
  deadline: bigint;
  details: Buffer;
  field_hashes: Record<string, string>;
  accepted_at: Date;
  status: string;
  refusal: string | null;
}): JournalEntry {
  const refusal = START_REFUSALS.find((name) => name === row.refusal);
  return {
    transferId: row.transfer_id,
    requestHash: row.request_hash,
    principal: row.principal,
    payerBank: row.payer_bank,
    payeeBank: row.payee_bank,
    currencyNumeric: row.currency,
    amountMinor: row.amount,
    deadlineSeconds: Number(row.deadline),
    details: row.details,
    fieldHashes: row.field_hashes,
    acceptedAt: row.accepted_at,
    status: row.status as JournalEntry["status"],
    ...(refusal !== undefined && { refusal }),
  };
}
