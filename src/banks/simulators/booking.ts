import type { PostingOutcome } from "../../domain/posting.js";
import { type Account, clearingAccountNumber, equityAccountNumber } from "./account.js";
import type { Answer, LedgerPosting } from "./ledger-posting.js";
import type { LedgerTables } from "./ledger-tables.js";
import { createPostingReceipt } from "./posting-receipt.js";
import { customerChange, type PostingFacts, refusalReason } from "./posting-rules.js";

/** What booking needs: the rows of one bank, and the time in milliseconds since the epoch. */
export interface BookingContext {
  tables: LedgerTables;
  bank: string;
  clock: () => number;
}

/**
 * Answers a posting: with the first answer to its reference if there is one, whatever else the posting says; else by booking or
 * refusing it, which becomes the first answer. To be called inside a write transaction.
 */
export function bookPosting({ tables, bank, clock }: BookingContext, posting: LedgerPosting): PostingOutcome {
  const first = tables.answer(posting.reference);
  if (first !== undefined) return toOutcome(first);
  const facts = findFacts(tables, posting);
  const reason = refusalReason(posting, facts);
  const answer: Omit<Answer, "receipt"> = {
    reference: posting.reference,
    kind: posting.kind,
    status: reason === undefined ? "posted" : "refused",
    reason,
    account: posting.kind === "refund" ? facts.account?.number : posting.account,
    amountMinor: posting.amountMinor,
    currency: posting.currency,
    refundOf: posting.kind === "refund" ? posting.refundOf : undefined,
  };
  const { receipt, postingId, bookedAt } = createPostingReceipt(bank, answer, clock());
  tables.insertAnswer({ ...answer, receipt });
  const { account, counter } = facts;
  if (reason === undefined && account !== undefined && counter !== undefined) {
    const changeMinor = customerChange(posting);
    const { reference, kind } = posting;
    moveMoney(tables, { from: counter, to: account, amountMinor: changeMinor, entry: { reference, kind, postingId, bookedAt } });
  }
  return toOutcome({ ...answer, receipt });
}

/** Answers the first answer to a reference, making a refusal with `reason` the first if there is none. Inside a write transaction. */
export function bookClose({ tables, bank, clock }: BookingContext, reference: string, reason: string): PostingOutcome {
  const first = tables.answer(reference);
  if (first !== undefined) return toOutcome(first);
  const none = { account: undefined, amountMinor: undefined, currency: undefined, refundOf: undefined };
  const answer: Omit<Answer, "receipt"> = { reference, kind: "close", status: "refused", reason, ...none };
  const { receipt } = createPostingReceipt(bank, answer, clock());
  tables.insertAnswer({ ...answer, receipt });
  return toOutcome({ ...answer, receipt });
}

/** Writes both sides of a movement and their balances; a negative amount moves the other way. */
export function moveMoney(
  tables: LedgerTables,
  movement: {
    from: Account;
    to: Account;
    amountMinor: bigint;
    entry: { reference: string; kind: string; postingId: string; bookedAt: string };
  },
): void {
  const { from, to, amountMinor, entry } = movement;
  for (const [account, changeMinor] of [[to, amountMinor] as const, [from, -amountMinor] as const]) {
    tables.insertEntry({ ...entry, account: account.number, currency: account.currency, amountMinor: changeMinor });
    tables.addToBalance(account.number, changeMinor);
  }
}

/** An answer as the connector knows it. */
export function toOutcome({ reference, status, reason, receipt }: Answer): PostingOutcome {
  if (status === "posted") return { status, reference, receipt };
  if (reason === undefined) throw new Error("A refusal of the ledger has no reason");
  return { status, reference, reason, receipt };
}

function findFacts(tables: LedgerTables, posting: LedgerPosting): PostingFacts {
  const debit = posting.kind === "refund" ? tables.answer(posting.refundOf) : undefined;
  const refunded = posting.kind === "refund" ? tables.refundOf(posting.refundOf) : undefined;
  // The account of a refund is the debit's, and only a debit's: anything else under that reference moved nothing out of it.
  const number = posting.kind === "refund" ? (debit?.kind === "debit" ? debit.account : undefined) : posting.account;
  const account = number === undefined ? undefined : tables.account(number);
  const counterNumber = posting.kind === "deposit" ? equityAccountNumber : clearingAccountNumber;
  return { account, counter: tables.account(counterNumber(posting.currency)), debit, refunded };
}
