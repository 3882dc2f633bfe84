import type { Verdict } from "./reconciliation.js";

/** What a bank without an API is on record to have said of a posting. `digest`: SHA-256; `size` in bytes. */
export interface BankEvidenceView {
  bank: string;
  reference: string;
  status: "posted" | "refused";
  receipt: string;
  picture: { digest: string; mediaType: string; size: number } | undefined;
}

/** A statement about an outcome. `content`: canonical JSON; `hash`: its SHA-256, the evidence on the chain; `proposer`: a principal. */
export interface StatementView {
  hash: string;
  transferId: string;
  content: string;
  proposer: string;
  at: Date;
}

/** What the payers' bank owes the payees' bank; minor units. */
export interface SettlementPosition {
  payerBank: string;
  payeeBank: string;
  currency: string;
  amountMinor: bigint;
  transfers: number;
}

/** The last comparison with a bank's statement that failed. `code`: an error code. */
export interface ReconciliationFailure {
  bank: string;
  failedAt: Date;
  code: string;
}

/** A bank's statement of a day beside the chain: how many postings have each verdict, and the first of those that differ; minor units. */
export interface Reconciliation {
  bank: string;
  comparedAt: Date;
  counts: Record<Verdict, number>;
  differences: {
    verdict: Verdict;
    reference: string;
    currency: string;
    chainAmount?: string;
    bankAmount?: string;
    postings: number;
  }[];
}
