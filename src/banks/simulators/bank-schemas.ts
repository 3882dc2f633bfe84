import { type Static, Type } from "typebox";
import type { PostingOutcome } from "../../domain/posting.js";
import { ACCOUNT_NUMBER_PATTERN, ACCOUNT_STATUSES, type Account } from "./account.js";
import { MAX_PAGE } from "./ledger.js";
import type { LedgerEntry, LedgerPosting } from "./ledger-posting.js";

/** The most postings one request may bring. */
export const MAX_POSTINGS = 1_000;

/** The most a delay knob may ask for, in milliseconds. */
const MAX_DELAY_MS = 600_000;

const strict = { additionalProperties: false };

const Reference = Type.String({ pattern: "^[!-~]{1,128}$" });
const CurrencyCode = Type.String({ pattern: "^[A-Z]{3}$" });
const Status = Type.Enum([...ACCOUNT_STATUSES]);
const Count = Type.Integer({ minimum: 0, maximum: 1_000_000 });
const Delay = Type.Integer({ minimum: 0, maximum: MAX_DELAY_MS });

/** Minor units. Wider than what a posting may move, so that zero and too much are refused by the bank's rules, for good, with a reason. */
const Amount = Type.String({ pattern: "^(0|[1-9][0-9]{0,17})$" });

const shared = { reference: Reference, amount: Amount, currency: CurrencyCode };

/** A posting in JSON. Any text is an account number here: one that no account has is a refusal, not a bad request. */
export const PostingBody = Type.Union([
  Type.Object({ kind: Type.Enum(["debit", "credit"]), account: Type.String({ maxLength: 64 }), ...shared }, strict),
  Type.Object({ kind: Type.Literal("refund"), refundOf: Reference, ...shared }, strict),
]);

export const PostingsBody = Type.Object({ postings: Type.Array(PostingBody, { minItems: 1, maxItems: MAX_POSTINGS }) }, strict);

export const ReferenceParams = Type.Object({ reference: Reference });

export const CloseBody = Type.Object({ reason: Type.String({ pattern: "^[A-Z0-9]{4}$" }) }, strict);

export const OutcomeReply = Type.Object({
  reference: Type.String(),
  status: Type.Enum(["posted", "refused"]),
  reason: Type.Optional(Type.String()),
  receipt: Type.String(),
});

export const OutcomesReply = Type.Object({ outcomes: Type.Array(OutcomeReply) });

export const NumberParams = Type.Object({ number: Type.String({ pattern: ACCOUNT_NUMBER_PATTERN }) });

export const SeedBody = Type.Object({ currency: CurrencyCode, openingBalance: Amount, status: Type.Optional(Status) }, strict);

export const StatusBody = Type.Object({ status: Status }, strict);

export const DepositBody = Type.Object(shared, strict);

export const AccountsQuery = Type.Object(
  { after: Type.Optional(Type.String({ maxLength: 64 })), limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE })) },
  strict,
);

/** A day or a reference; both together are allowed. */
export const StatementQuery = Type.Object(
  {
    day: Type.Optional(Type.String({ pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })),
    reference: Type.Optional(Reference),
    after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE })),
  },
  strict,
);

export const EntriesQuery = Type.Object(
  {
    reference: Type.Optional(Reference),
    after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE })),
  },
  strict,
);

/**
 * What goes wrong on purpose. Counts run down by one for each request they strike; the rest stays until it is replaced.
 *
 * - `on`: the operations struck, by default only `post`. `kind`: only requests with such a posting, or for such a leg's reference.
 * - `failBeforeCommit`, `dropReplyAfterCommit`: the connection is cut, with nothing done, or with all done.
 * - `status503`: nothing done; `status500AfterCommit`, `garbleReplyAfterCommit`: all done, but the answer does not say so.
 * - `findsNothing`: the bank denies, to whoever asks, a posting that it has made; counts the denials.
 * - `delayBeforeMs`, `delayAfterMs`: milliseconds, before and after the commit.
 * - `holdBeforeCommit`, `holdReplyAfterCommit`: until the faults are next replaced or cleared, even when the client has gone.
 */
export const FaultsBody = Type.Object(
  {
    on: Type.Optional(Type.Array(Type.Enum(["post", "find", "close"]), { maxItems: 3 })),
    kind: Type.Optional(Type.Enum(["debit", "credit", "refund"])),
    failBeforeCommit: Type.Optional(Count),
    status503: Type.Optional(Count),
    dropReplyAfterCommit: Type.Optional(Count),
    status500AfterCommit: Type.Optional(Count),
    garbleReplyAfterCommit: Type.Optional(Count),
    findsNothing: Type.Optional(Count),
    delayBeforeMs: Type.Optional(Delay),
    delayAfterMs: Type.Optional(Delay),
    holdBeforeCommit: Type.Optional(Type.Boolean()),
    holdReplyAfterCommit: Type.Optional(Type.Boolean()),
  },
  strict,
);

export type FaultSettings = Static<typeof FaultsBody>;

/** A posting out of JSON. Half a surrogate pair, which no receipt could hold, becomes U+FFFD, which is in no account number either. */
export function toLedgerPosting({ amount, ...posting }: Static<typeof PostingBody>): LedgerPosting {
  const amountMinor = BigInt(amount);
  return posting.kind === "refund"
    ? { ...posting, amountMinor }
    : { ...posting, account: posting.account.toWellFormed(), amountMinor };
}

/** An outcome in JSON: as it is, for it holds only text. */
export function outcomeJson(outcome: PostingOutcome): Static<typeof OutcomeReply> {
  return outcome;
}

/** An account in JSON: money as decimal strings of minor units. */
export function accountJson({ balanceMinor, openingMinor, ...account }: Account) {
  return { ...account, balance: balanceMinor.toString(), openingBalance: openingMinor.toString() };
}

/** An entry in JSON. */
export function entryJson({ amountMinor, ...entry }: LedgerEntry) {
  return { ...entry, amount: amountMinor.toString() };
}
