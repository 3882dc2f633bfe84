import { randomBytes, randomUUID } from "node:crypto";
import { canonicalJson } from "../../domain/evidence.js";
import type { Answer } from "./ledger-posting.js";

/** A receipt's text with what the ledger's entries share with it. */
export interface PostingReceipt {
  receipt: string;
  postingId: string;
  bookedAt: string;
}

/**
 * Writes the bank's word on one reference: canonical JSON (RFC 8785), times per RFC 3339, money in minor units as a decimal
 * string. The 128-bit salt is there because its hash goes on a public chain: unsalted, the account number could be guessed.
 *
 * @param nowMs milliseconds since the epoch
 */
export function createPostingReceipt(bank: string, answer: Omit<Answer, "receipt">, nowMs: number): PostingReceipt {
  const postingId = randomUUID();
  const bookedAt = new Date(nowMs).toISOString();
  const { reference, kind, status, reason, account, amountMinor, currency, refundOf } = answer;
  const receipt = canonicalJson({
    bank,
    reference,
    kind,
    status,
    postingId,
    bookedAt,
    ...(account === undefined ? {} : { account }),
    ...(amountMinor === undefined ? {} : { amount: amountMinor.toString() }),
    ...(currency === undefined ? {} : { currency }),
    ...(reason === undefined ? {} : { reason }),
    ...(refundOf === undefined ? {} : { refundOf }),
    salt: randomBytes(16).toString("hex"),
  });
  return { receipt, postingId, bookedAt };
}
