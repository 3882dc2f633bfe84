/** What a leg does at a bank. */
export type PostingKind = (typeof POSTING_KINDS)[number];

const POSTING_KINDS = ["debit", "credit", "refund"] as const;

/**
 * One movement at one bank, named for ever by its reference.
 *
 * - `reference`: `<transferId>:debit`, `:credit` or `:refund`.
 * - `account`: the customer's account number; for a refund absent, because it goes to the account of the debit `refundOf`.
 * - `amountMinor`: minor units, 1 to 10^15.
 * - `currency`: ISO 4217 alphabetic code.
 */
export type Posting =
  | { kind: "debit" | "credit"; reference: string; account: string; amountMinor: bigint; currency: string }
  | { kind: "refund"; reference: string; refundOf: string; amountMinor: bigint; currency: string };

/**
 * A bank's first answer for a reference, which stands for ever.
 *
 * - `reason`: ISO 20022 external status reason code of a refusal, four characters.
 * - `receipt`: canonical JSON (RFC 8785) with a 128-bit random salt, returned byte-identical ever after.
 */
export type PostingOutcome =
  | { status: "posted"; reference: string; receipt: string }
  | { status: "refused"; reference: string; reason: string; receipt: string };

/** What a bank's receipt for a posting must say, as far as the asker knows it. */
export type ExpectedPosting = {
  kind?: PostingKind;
  amountMinor?: bigint;
  currency?: string;
  account?: string;
  refundOf?: string;
};

/** The transfer whose posting a reference names. */
export function transferIdOfReference(reference: string): string {
  return reference.split(":", 1)[0] ?? "";
}

/** The name of a leg's posting at its bank. */
export function postingReference(transferId: string, kind: PostingKind): string {
  return `${transferId}:${kind}`;
}

/** Which leg a reference names. @throws RangeError where it names none. */
export function postingKind(reference: string): PostingKind {
  const kind = POSTING_KINDS.find((one) => reference.endsWith(`:${one}`));
  if (kind === undefined) throw new RangeError("A reference ends with its leg, e.g. :debit.");
  return kind;
}
