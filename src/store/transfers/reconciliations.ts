import { sql } from "kysely";
import { type Finding, isDifference, VERDICTS, type Verdict } from "../../domain/reconciliation.js";
import type { Reconciliation, ReconciliationFailure } from "../../domain/settlement.js";
import type { Db } from "../schema.js";

/** A difference as it is kept: amounts in minor units, as decimal strings. */
export interface KeptDifference {
  verdict: Verdict;
  reference: string;
  currency: string;
  chainAmount?: string;
  bankAmount?: string;
  postings: number;
}

/** Of the differences of one bank and day; `npm run reconcile` tells of all. */
export const KEPT_MAX = 1_000;
// What an auditor of the year before may want to see.
const KEPT_DAYS = 800;

/** Keeps what came of a comparison in place of what came of the one before, failures too, and returns it. `day`: YYYY-MM-DD. */
export async function writeReconciliation(
  db: Db,
  bank: string,
  day: string,
  findings: readonly Finding[],
): Promise<{ counts: Record<Verdict, number>; differences: KeptDifference[] }> {
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
  for (const { verdict } of findings) counts[verdict] += 1;
  const differences = findings.filter(isDifference).slice(0, KEPT_MAX).map(toKept);
  await sql`
    with old as (delete from reconciliations where day < current_date - ${KEPT_DAYS}::int),
      failure as (delete from reconciliation_failures where bank = ${bank} and day = ${day}::date)
    insert into reconciliations (bank, day, counts, differences)
    values (${bank}, ${day}::date, ${JSON.stringify(counts)}::jsonb, ${JSON.stringify(differences)}::jsonb)
    on conflict (bank, day) do update
      set compared_at = now(), counts = excluded.counts, differences = excluded.differences`.execute(db);
  return { counts, differences };
}

/** Keeps that a comparison came to nothing, until one of the same bank and day comes to something. */
export async function writeReconciliationFailure(db: Db, bank: string, day: string, code: string): Promise<void> {
  await sql`
    with old as (delete from reconciliation_failures where day < current_date - ${KEPT_DAYS}::int)
    insert into reconciliation_failures (bank, day, code) values (${bank}, ${day}::date, ${code})
    on conflict (bank, day) do update set failed_at = now(), code = excluded.code`.execute(db);
}

/** The comparisons of a day that came to nothing, by bank. */
export async function readReconciliationFailures(db: Db, day: string): Promise<ReconciliationFailure[]> {
  const { rows } = await sql<ReconciliationFailure>`
    select bank, failed_at as "failedAt", code from reconciliation_failures where day = ${day}::date order by bank`.execute(db);
  return rows;
}

/** What came of the comparisons of a day, by bank. */
export async function readReconciliations(db: Db, day: string): Promise<Reconciliation[]> {
  const { rows } = await sql<Reconciliation>`
    select bank, compared_at as "comparedAt", counts, differences from reconciliations where day = ${day}::date order by bank`.execute(
    db,
  );
  return rows;
}

function toKept({ verdict, reference, currency, chainMinor, bankMinor, postings }: Finding): KeptDifference {
  return {
    // A bank may say anything in a reference; PostgreSQL takes no NUL.
    ...{ verdict, reference: reference.replaceAll("\0", "\uFFFD"), currency, postings },
    ...(chainMinor !== undefined && { chainAmount: chainMinor.toString() }),
    ...(bankMinor !== undefined && { bankAmount: bankMinor.toString() }),
  };
}
