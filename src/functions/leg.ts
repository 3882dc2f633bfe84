import type { Transition } from "../chain/contracts/call-codec.js";
import { evidenceHash } from "../domain/evidence.js";
import type { Currency } from "../domain/money.js";
import type { ExpectedPosting, Posting, PostingOutcome } from "../domain/posting.js";
import type { State } from "../domain/transfer-state.js";

/** A transfer whose leg is this function's to do, as the chain has it at the configured finality. */
export interface LegTransfer {
  id: string;
  /** Minor units. */
  amountMinor: bigint;
  currency: Currency;
  /** How often two arbiters have resumed it: the leg's posting is named after this number. */
  resumptions: number;
  /** Whether the deadline has passed, by block time. It moves nothing by itself. */
  overdue: boolean;
  /**
   * The customer's account number at this bank; `undefined` where the phone number's entry is no longer the one that the transfer
   * started with, which is a definite reason to refuse.
   * @throws AppError `cannot-open`: not known yet, never a no.
   */
  account(): Promise<string | undefined>;
}

/** What a leg may ask of its bank; see `BankConnector`. */
export interface LegBank {
  post(posting: Posting): Promise<PostingOutcome>;
  find(reference: string, expected?: ExpectedPosting): Promise<PostingOutcome | undefined>;
  close(reference: string, reason: string, expected?: ExpectedPosting): Promise<PostingOutcome>;
}

/** One step of a transfer: what this bank does when a transfer is in `state`, and what it then tells the chain. */
export interface Leg {
  kind: "debit" | "credit" | "refund";
  /** In which of the two banks it runs. */
  side: "payer" | "payee";
  /** The state in which the transfer waits for it. */
  state: State;
  /** Whether it needs the account behind the phone number. */
  needsAccount: boolean;
  /** Does the step; may run twice, at once or years apart. An error means "not known", and the event comes again. */
  handle(transfer: LegTransfer, deps: { bank: LegBank }): Promise<Transition>;
  /** What the chain is told for the bank's answer. */
  report(transfer: Reported, outcome: PostingOutcome): Transition;
}

/** The transfer that an answer is reported of. */
export type Reported = Pick<LegTransfer, "id" | "resumptions">;

/** The transition for a bank's answer: `posted` for a yes, `refused` with the bank's reason for a no. */
export function reportAs(posted: State, refused: State) {
  return ({ id: transferId, resumptions }: Reported, outcome: PostingOutcome): Transition => {
    const evidence = evidenceHash(outcome.receipt);
    if (outcome.status === "posted") return { transferId, to: posted, evidence, resumptions };
    return { transferId, to: refused, reason: outcome.reason, evidence, resumptions };
  };
}
