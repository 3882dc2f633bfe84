import type { PostingKind, PostingOutcome } from "../../domain/posting.js";

/**
 * What is known of a posting at a bank that recognises no reference.
 *
 * - `open`: it may be sent. Nothing was sent to the bank under this reference; or `sentBefore`, and people have found that it came to
 *   nothing.
 * - `submitted`: it may have been booked, from `submittedAt` on, with this amount. Only the bank's statement can tell, and only by having it.
 * - `posted`, `refused`: the outcome, which stands for ever.
 */
export type PostingRecord =
  | { status: "open"; sentBefore?: Sent }
  | ({ status: "submitted" } & Sent)
  | { status: "posted" | "refused"; outcome: PostingOutcome };

/** When something was first sent under a reference, and how much. */
export interface Sent {
  submittedAt: Date;
  amountMinor: bigint;
  currency: string;
}

/** What is asked to be posted, as far as the log keeps it: no account. */
export interface LoggedPosting {
  reference: string;
  kind: PostingKind;
  amountMinor?: bigint;
  currency?: string;
}

/** A picture of what the bank showed. `digest`: SHA-256 of its bytes, 64 hex digits. */
export interface Evidence {
  digest: string;
  mediaType: string;
  content: Buffer;
}

/**
 * One bank's durable intents: what makes a posting happen at most once where the bank would book it again. Every call is durable once
 * it resolves, and throws AppError `store-unavailable` where it cannot be. Processes that share a log share the work.
 */
export interface PostingLog {
  /**
   * Takes a posting for one worker, for `leaseMs`; what was not known becomes `open`. `claim` is absent where the outcome stands
   * already; nothing comes back while another worker has it.
   */
  claim(posting: LoggedPosting, leaseMs: number): Promise<{ record: PostingRecord; claim?: string } | undefined>;
  /** Notes that the bank is about to be told, once: `false` where the claim was lost or somebody has been here before. Prolongs the claim. */
  submit(reference: string, claim: string, leaseMs: number): Promise<boolean>;
  /**
   * Notes the outcome, unless there is one, and gives the one that stands. A refusal needs the claim: only who knows that nobody else has
   * submitted can say no.
   */
  settle(outcome: PostingOutcome, by: { claim: string; evidence?: Evidence }): Promise<PostingOutcome | undefined>;
  /** Lets others take it. `undecided`: it was submitted, and the statement does not have it. */
  release(reference: string, claim: string, undecided: boolean): Promise<void>;
  find(reference: string): Promise<PostingRecord | undefined>;
}
