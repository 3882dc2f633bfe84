import { randomBytes } from "node:crypto";
import { sql } from "kysely";
import { canonicalJson } from "../../domain/evidence.js";
import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";

/** A posting that was sent, and that the bank's statement did not have. Amount in minor units. */
export interface UndecidedPosting {
  bank: string;
  reference: string;
  amount: bigint | null;
  currency: string | null;
  submittedAt: Date;
  undecidedSince: Date;
}

// Each is a person's work: more than anyone reads at once.
const LIST_MAX = 1_000;

/** What people must decide, the oldest first. */
export async function readUndecided(db: Db): Promise<UndecidedPosting[]> {
  const { rows } = await onStore(() =>
    sql<UndecidedPosting>`select bank, reference, amount, currency, submitted_at as "submittedAt", undecided_since as "undecidedSince"
      from bank_postings where undecided_since is not null order by undecided_since, reference limit ${LIST_MAX}`.execute(db),
  );
  return rows;
}

/**
 * Lets a posting be sent once more: somebody has made sure at the bank that it was not booked and will not be. (The statement is looked at
 * once more, all the same.) Says whether there was one
 * to be decided; one that a worker is busy with is not.
 */
export async function allowPosting(db: Db, bank: string, reference: string): Promise<boolean> {
  const { numAffectedRows } = await onStore(() =>
    sql`update bank_postings set status = 'open', undecided_since = null, updated_at = now()
      where bank = ${bank} and reference = ${reference} and status = 'submitted' and undecided_since is not null
        and claim is null`.execute(db),
  );
  return numAffectedRows === 1n;
}

/** Makes it a no for good: likewise. `reason`: ISO 20022 external status reason code. */
export async function refusePosting(db: Db, bank: string, reference: string, reason: string): Promise<boolean> {
  const salt = randomBytes(16).toString("hex");
  const receipt = canonicalJson({ bank, reference, status: "refused", reason, source: "people", salt });
  const { numAffectedRows } = await onStore(() =>
    sql`update bank_postings set status = 'refused', reason = ${reason}, receipt = ${receipt}, undecided_since = null, updated_at = now()
      where bank = ${bank} and reference = ${reference} and status = 'submitted' and undecided_since is not null
        and claim is null`.execute(db),
  );
  return numAffectedRows === 1n;
}
