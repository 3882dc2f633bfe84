import type { ExpectedPosting, Posting, PostingOutcome } from "../domain/posting.js";
import type { StatementLine } from "../domain/reconciliation.js";

/** Which part of a bank's statement. */
export type StatementQuery = ({ day: string } | { reference: string }) & { after?: string };

/**
 * What a function needs of a bank. To add a bank, implement these calls; `statement` is for reconciliation.
 *
 * An error means "not known", never "no": a definite no is an outcome with `status: "refused"`, which the bank can never take
 * back. Errors are `AppError`s: `bank-unreachable` (surely nothing was sent), `bank-outcome-unknown`, `bank-protocol`.
 */
export interface BankConnector {
  /**
   * Posts many, in one or several requests; one promise each, so that one posting's error harms no other. A reference that
   * the bank has seen gets its first answer again, whatever else the posting says.
   */
  postMany(postings: readonly Posting[]): Promise<PromiseSettledResult<PostingOutcome>[]>;

  /**
   * The answer the bank gave for a reference, if it gave one. `undefined` is not a no: the request may still be on its way.
   * @throws AppError `bank-protocol` where the bank's receipt says something else than is expected
   */
  find(reference: string, expected?: ExpectedPosting): Promise<PostingOutcome | undefined>;

  /**
   * Closes a reference: answers the first answer if there is one, else makes a refusal with `reason` the first answer, so that a
   * posting that arrives later is refused. This is the fence that makes a no definite.
   */
  close(reference: string, reason: string, expected?: ExpectedPosting): Promise<PostingOutcome>;

  /**
   * A page of what the bank has booked for transfers, in the order booked: a day's (YYYY-MM-DD, UTC), or one reference's. `after` is the
   * `next` of the page before; no `next` means that there is no more.
   */
  statement(of: StatementQuery): Promise<{ lines: StatementLine[]; next?: string }>;

  /** Frees connections. */
  shutdown(): Promise<void>;
}
