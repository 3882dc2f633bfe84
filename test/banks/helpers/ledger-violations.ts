import type { Ledger } from "../../../src/banks/simulators/ledger.js";
import type { LedgerEntry } from "../../../src/banks/simulators/ledger-posting.js";
import type { PostingOutcome } from "../../../src/domain/posting.js";

/**
 * What is wrong with a ledger of one currency, given every outcome it ever handed out: nothing, in a sound one.
 *
 * @param paidInMinor everything paid in from equity
 */
export function ledgerViolations(ledger: Ledger, paidInMinor: bigint, outcomes: readonly PostingOutcome[]): string[] {
  return [...moneyViolations(ledger, paidInMinor), ...answerViolations(ledger, outcomes), ...legViolations(ledger)];
}

function moneyViolations(ledger: Ledger, paidInMinor: bigint): string[] {
  const { currencies, unbalancedAccounts, unbalancedPostings, answersWithoutEntries } = ledger.totals();
  const [totals] = currencies;
  const held = (totals?.customersMinor ?? 0n) + (totals?.clearingMinor ?? 0n);
  return [
    ...(totals?.allMinor === 0n ? [] : ["the sum of all accounts is not zero"]),
    ...(held === paidInMinor ? [] : ["customers and clearing do not hold what was paid in"]),
    ...(unbalancedAccounts === 0 ? [] : ["a balance is not the sum of its entries"]),
    ...(unbalancedPostings === 0 ? [] : ["the entries of a posting do not add up to zero"]),
    ...(answersWithoutEntries === 0 ? [] : ["answers and entries disagree"]),
    ...(ledger.accounts().some(({ kind, balanceMinor }) => kind === "customer" && balanceMinor < 0n)
      ? ["a customer is overdrawn"]
      : []),
  ];
}

/** The first answer stands for ever, byte-identical. */
function answerViolations(ledger: Ledger, outcomes: readonly PostingOutcome[]): string[] {
  const changed = outcomes.filter((outcome) => {
    const now = ledger.find(outcome.reference);
    return now?.receipt !== outcome.receipt || now.status !== outcome.status;
  });
  return changed.length === 0 ? [] : ["an answer changed"];
}

/** Per debit at most one refund, to its account and of its amount. */
function legViolations(ledger: Ledger): string[] {
  const entries = ledger.entries({ limit: 10_000 }).filter(({ account }) => !account.includes(":"));
  const debits = new Map(entries.filter(({ kind }) => kind === "debit").map((entry) => [entry.reference, entry]));
  const refunded = new Set<string>();
  const violations: string[] = [];
  for (const entry of entries.filter(({ kind }) => kind === "refund")) {
    const refundOf = receiptField(ledger, entry, "refundOf");
    const debit = debits.get(refundOf);
    if (debit === undefined) violations.push("a refund has no debit");
    if (debit?.account !== entry.account || debit.amountMinor !== -entry.amountMinor)
      violations.push("a refund differs from its debit");
    if (refunded.has(refundOf)) violations.push("a debit was refunded twice");
    refunded.add(refundOf);
  }
  return violations;
}

function receiptField(ledger: Ledger, { reference }: LedgerEntry, field: string): string {
  return String(JSON.parse(ledger.find(reference)?.receipt ?? "{}")[field]);
}
