import { sql } from "kysely";
import { REFUSALS, type Refusal } from "../domain/transfer-state.js";
import { type Db, EVENTS_CHANNEL, onStore } from "./open-store.js";

/** A start that was accepted; kept for ever. Shapes and units as in the API's `JournalEntry`. */
export interface JournalRow {
  transferId: string;
  principal: string;
  payerBank: string;
  payeeBank: string;
  currencyNumeric: number;
  amountMinor: bigint;
  deadlineSeconds: number;
  details: Uint8Array;
  fieldHashes: Record<string, string>;
  acceptedAt: Date;
  status: "accepted" | "started" | "refused";
  refusal?: Refusal;
}

// A replica that accepted a start brings it to the chain itself; after this long another may.
const LEASE_SECONDS = 30;
// What one replica takes over at once.
const TAKE_OVER_LIMIT = 500;

/** The journal of accepted starts of one domain. */
export function createJournal(db: Db, domain: string) {
  /** Durable once it resolves: PostgreSQL has fsynced the commit. Where the id is known, the stored entry comes back. */
  async function insert(entry: JournalRow): Promise<{ inserted: boolean; entry: JournalRow }> {
    const result = await onStore(() =>
      db
        .insertInto("journal")
        .values({
          transfer_id: entry.transferId,
          domain,
          principal: entry.principal,
          payer_bank: entry.payerBank,
          payee_bank: entry.payeeBank,
          currency: entry.currencyNumeric,
          amount: entry.amountMinor,
          deadline: entry.deadlineSeconds,
          details: Buffer.from(entry.details),
          field_hashes: JSON.stringify(entry.fieldHashes),
          status: entry.status,
          refusal: entry.refusal ?? null,
          accepted_at: entry.acceptedAt,
          lease_until: sql<Date>`now() + ${LEASE_SECONDS} * interval '1 second'`,
        })
        .onConflict((conflict) => conflict.column("transfer_id").doNothing())
        .executeTakeFirst(),
    );
    if (result.numInsertedOrUpdatedRows === 1n) return { inserted: true, entry };
    const stored = await find(entry.transferId);
    if (stored === undefined) throw new Error(`The journal neither took nor holds ${entry.transferId}`);
    return { inserted: false, entry: stored };
  }

  async function find(transferId: string): Promise<JournalRow | undefined> {
    const row = await onStore(() =>
      db.selectFrom("journal").selectAll().where("transfer_id", "=", transferId).executeTakeFirst(),
    );
    return row && toEntry(row);
  }

  /** Takes over accepted starts whose replica is gone or slow, oldest first. */
  async function takeOver(): Promise<JournalRow[]> {
    const { rows } = await onStore(() =>
      sql<Parameters<typeof toEntry>[0]>`
        update journal set lease_until = now() + ${LEASE_SECONDS} * interval '1 second'
        where transfer_id in (
          select transfer_id from journal where status = 'accepted' and domain = ${domain} and lease_until < now()
          order by accepted_at limit ${TAKE_OVER_LIMIT} for update skip locked)
        returning *`.execute(db),
    );
    return rows.map(toEntry);
  }

  /** Records what became of a start, and tells whoever waits for it. */
  async function settle(
    transferId: string,
    result: { status: "started" } | { status: "refused"; refusal: Refusal },
  ): Promise<void> {
    const refusal = result.status === "refused" ? result.refusal : null;
    await onStore(() =>
      db
        .updateTable("journal")
        .set({ status: result.status, refusal })
        .where("transfer_id", "=", transferId)
        .where("status", "=", "accepted")
        .execute(),
    );
    if (refusal !== null) await onStore(() => sql`select pg_notify(${EVENTS_CHANNEL}, 'refused')`.execute(db));
  }

  return { insert, find, takeOver, settle };
}

export type Journal = ReturnType<typeof createJournal>;

function toEntry(row: {
  transfer_id: string;
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
}): JournalRow {
  const refusal = REFUSALS.find((name) => name === row.refusal);
  return {
    transferId: row.transfer_id,
    principal: row.principal,
    payerBank: row.payer_bank,
    payeeBank: row.payee_bank,
    currencyNumeric: row.currency,
    amountMinor: row.amount,
    deadlineSeconds: Number(row.deadline),
    details: row.details,
    fieldHashes: row.field_hashes,
    acceptedAt: row.accepted_at,
    status: row.status as JournalRow["status"],
    ...(refusal !== undefined && { refusal }),
  };
}
