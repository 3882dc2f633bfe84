import type { Posting, PostingKind } from "../../domain/posting.js";

/** Money paid in over the counter: from the bank's equity to a customer. Named for ever by its reference, as a leg is. */
export interface Deposit {
  kind: "deposit";
  reference: string;
  account: string;
  amountMinor: bigint;
  currency: string;
}

/** Everything the ledger books under a reference. */
export type LedgerPosting = Posting | Deposit;

/** What the first answer to a reference was about: a posting, or a close. */
export type AnswerKind = PostingKind | Deposit["kind"] | "close";

export const ANSWER_KINDS = ["debit", "credit", "refund", "deposit", "close"] as const satisfies readonly AnswerKind[];

/**
 * The first answer the bank gave to a reference, which stands for ever, with the fields of the request it answered.
 *
 * - `reason`: ISO 20022 external status reason code of a refusal; `undefined` for a posting that was booked.
 * - `account`: the account asked for; for a refund the account of the debit, where there is one.
 * - `receipt`: the text handed out, kept as it was written so that it stays byte-identical.
 */
export interface Answer {
  reference: string;
  kind: AnswerKind;
  status: "posted" | "refused";
  reason: string | undefined;
  account: string | undefined;
  amountMinor: bigint | undefined;
  currency: string | undefined;
  refundOf: string | undefined;
  receipt: string;
}

/**
 * One side of a booked posting. The entries of one posting add up to zero.
 *
 * - `id`: position in the ledger, ascending; the cursor of a listing.
 * - `amountMinor`: minor units, signed: what it adds to the account's balance.
 * - `bookedAt`: RFC 3339, UTC.
 */
export interface LedgerEntry {
  id: number;
  postingId: string;
  reference: string;
  kind: string;
  account: string;
  currency: string;
  amountMinor: bigint;
  bookedAt: string;
}
