import type { DatabaseSync } from "node:sqlite";
import { Type } from "typebox";
import { reader } from "./ledger-tables.js";

/**
 * One currency's sums over the whole ledger, in signed minor units. In a sound ledger `allMinor` is 0, and
 * `customersMinor + clearingMinor` changes only by what is paid in (`-equityMinor`).
 */
export interface CurrencyTotals {
  currency: string;
  allMinor: bigint;
  customersMinor: bigint;
  clearingMinor: bigint;
  equityMinor: bigint;
}

/**
 * What an auditor needs at one moment.
 *
 * - `unbalancedAccounts`: accounts whose balance is not the sum of their entries.
 * - `unbalancedPostings`: postings whose entries do not add up to zero, in each currency.
 * - `answersWithoutEntries`: posted answers that the entries do not bear out by two, and refusals that have entries.
 */
export interface LedgerTotals {
  currencies: CurrencyTotals[];
  unbalancedAccounts: number;
  unbalancedPostings: number;
  answersWithoutEntries: number;
}

const BalanceRow = Type.Object({ currency: Type.String(), kind: Type.String(), balance_minor: Type.BigInt() });
const CountRow = Type.Object({ count: Type.BigInt() });

const UNBALANCED_ACCOUNTS = `
  SELECT count(*) AS count FROM accounts LEFT JOIN
    (SELECT account, sum(amount_minor) AS sum_minor FROM entries GROUP BY account) ON account = number
  WHERE balance_minor <> coalesce(sum_minor, 0)`;

const UNBALANCED_POSTINGS = `
  SELECT count(*) AS count FROM
    (SELECT 1 FROM entries GROUP BY posting_id, currency HAVING sum(amount_minor) <> 0)`;

const ANSWERS_WITHOUT_ENTRIES = `
  SELECT count(*) AS count FROM answers LEFT JOIN
    (SELECT reference AS booked, count(*) AS sides FROM entries GROUP BY reference) ON booked = reference
  WHERE coalesce(sides, 0) <> CASE status WHEN 'posted' THEN 2 ELSE 0 END`;

/** Prepares the auditor's queries. They read every row, so they are for oracles and demos, not for a running bank's hot path. */
export function createTotalsReader(db: DatabaseSync): () => LedgerTotals {
  // Summed here and not in SQL: sum() overflows at 2^63 where these balances together may go beyond.
  const balances = reader(db, BalanceRow, "SELECT currency, kind, balance_minor FROM accounts ORDER BY currency");
  const unbalancedAccounts = reader(db, CountRow, UNBALANCED_ACCOUNTS);
  const unbalancedPostings = reader(db, CountRow, UNBALANCED_POSTINGS);
  const answersWithoutEntries = reader(db, CountRow, ANSWERS_WITHOUT_ENTRIES);
  return () => {
    const rows = balances();
    const currencies = [...new Set(rows.map(({ currency }) => currency))].map((currency): CurrencyTotals => {
      const sum = (kinds: string[]) =>
        rows.reduce(
          (total, row) => (row.currency === currency && kinds.includes(row.kind) ? total + row.balance_minor : total),
          0n,
        );
      return {
        currency,
        allMinor: sum(["customer", "clearing", "equity"]),
        customersMinor: sum(["customer"]),
        clearingMinor: sum(["clearing"]),
        equityMinor: sum(["equity"]),
      };
    });
    return {
      currencies,
      unbalancedAccounts: Number(unbalancedAccounts()[0]?.count),
      unbalancedPostings: Number(unbalancedPostings()[0]?.count),
      answersWithoutEntries: Number(answersWithoutEntries()[0]?.count),
    };
  };
}
