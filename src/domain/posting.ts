/** What a leg does at a bank. */
export type PostingKind = (typeof POSTING_KINDS)[number];

export const POSTING_KINDS = ["debit", "credit", "refund"] as const;

const KIND_PATTERN = /:([a-z]+)(?::[1-9]\d{0,2})?$/;

/**
 * One movement at one bank, named for ever by its reference.
 *
 * - `reference`: as {@link postingReference} makes it.
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

/** The terms that a bank's receipt for a posting must state, as far as the asker knows them. */
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

/**
 * The name of a leg's posting at its bank: `<transferId>:<kind>`, and `<transferId>:<kind>:<n>` once the transfer was resumed n times. A
 * bank's first answer to a name stands for ever, so each resumption tries a new name.
 *
 * @param resumptions 0 to 255.
 */
export function postingReference(transferId: string, kind: PostingKind, resumptions = 0): string {
  return resumptions === 0 ? `${transferId}:${kind}` : `${transferId}:${kind}:${resumptions}`;
}

/** Every name that a leg's posting can have after so many resumptions, the newest last. */
export function postingReferences(transferId: string, kind: PostingKind, resumptions: number): string[] {
  return Array.from({ length: resumptions + 1 }, (_, count) => postingReference(transferId, kind, count));
}

/** Which leg a reference names. @throws RangeError where it names none. */
export function postingKind(reference: string): PostingKind {
  const kind = KIND_PATTERN.exec(reference)?.[1];
  if (!isPostingKind(kind))
    throw new RangeError("A reference names its leg, e.g. :debit, and from the first resumption on its number.");
  return kind;
}

/** Whether a text names a leg. */
export function isPostingKind(text: string | undefined): text is PostingKind {
  return POSTING_KINDS.some((kind) => kind === text);
}
