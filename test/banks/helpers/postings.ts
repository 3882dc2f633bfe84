import type { Posting } from "../../../src/domain/posting.js";

/** Account numbers of the test bank. */
export const ALICE = "1112223334";
export const BOB = "5556667778";

export function debit(id: string, amountMinor: bigint, account = ALICE, currency = "THB"): Posting {
  return { kind: "debit", reference: `${id}:debit`, account, amountMinor, currency };
}

export function credit(id: string, amountMinor: bigint, account = BOB, currency = "THB"): Posting {
  return { kind: "credit", reference: `${id}:credit`, account, amountMinor, currency };
}

export function refund(id: string, amountMinor: bigint, currency = "THB"): Posting {
  return { kind: "refund", reference: `${id}:refund`, refundOf: `${id}:debit`, amountMinor, currency };
}

/** Money paid in at the counter. */
export function deposit(reference: string, amountMinor: bigint, account = ALICE) {
  return { kind: "deposit", reference, account, amountMinor, currency: "THB" } as const;
}
