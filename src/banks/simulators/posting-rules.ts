import { MAX_AMOUNT_MINOR } from "../../domain/money.js";
import type { Account } from "./account.js";
import type { Answer, LedgerPosting } from "./ledger-posting.js";

/** How far any balance may get from zero, in minor units: a ninth of what SQLite's integers hold, so no sum of two can overflow. */
export const MAX_BALANCE_MINOR = 10n ** 18n;

/** What the decision on a posting rests on, as it stands in the ledger. */
export interface PostingFacts {
  /** The customer's account that the posting moves; for a refund the account of its debit. */
  account: Account | undefined;
  /** The interbank or equity account on the other side, absent while the bank has no account in that currency. */
  counter: Account | undefined;
  /** The first answer to the debit a refund is for. */
  debit: Answer | undefined;
  /** The refund already posted for that debit. */
  refunded: Answer | undefined;
}

/**
 * Why the bank refuses a posting, or `undefined` when it books it. In order of precedence (ISO 20022 external status reason codes):
 *
 * - `AM01` amount below 1; `AM02` amount over 10^15
 * - refunds: `AG09` the debit was not posted; `AM05` already refunded; `AM03` another currency, `AM09` another amount than the debit's
 * - `AC01` a debit's account is unknown; `AC03` a credit's account is unknown
 * - `AC04` account closed; `AC06` account blocked; `AM03` not the account's currency
 * - `AM04` insufficient funds; `AM02` a balance would leave ±{@link MAX_BALANCE_MINOR}
 */
export function refusalReason(posting: LedgerPosting, { account, counter, debit, refunded }: PostingFacts): string | undefined {
  if (posting.amountMinor < 1n) return "AM01";
  if (posting.amountMinor > MAX_AMOUNT_MINOR) return "AM02";
  if (posting.kind === "refund") {
    if (debit?.kind !== "debit" || debit.status !== "posted") return "AG09";
    if (refunded !== undefined) return "AM05";
    if (debit.currency !== posting.currency) return "AM03";
    if (debit.amountMinor !== posting.amountMinor) return "AM09";
  }
  // A posting that names an internal account is told what one that names none is.
  if (account?.kind !== "customer") return posting.kind === "debit" ? "AC01" : "AC03";
  if (account.status === "closed") return "AC04";
  if (account.status === "blocked") return "AC06";
  if (account.currency !== posting.currency || counter === undefined) return "AM03";
  return balanceRefusal(customerChange(posting), account, counter);
}

/** What a posting adds to the customer's balance, in minor units; the other side gets the opposite. */
export function customerChange({ kind, amountMinor }: LedgerPosting): bigint {
  return kind === "debit" ? -amountMinor : amountMinor;
}

function balanceRefusal(changeMinor: bigint, account: Account, counter: Account): string | undefined {
  const customerMinor = account.balanceMinor + changeMinor;
  const counterMinor = counter.balanceMinor - changeMinor;
  if (customerMinor < 0n) return "AM04";
  const inBounds = customerMinor <= MAX_BALANCE_MINOR && counterMinor <= MAX_BALANCE_MINOR && counterMinor >= -MAX_BALANCE_MINOR;
  return inBounds ? undefined : "AM02";
}
