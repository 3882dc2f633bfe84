import { expect } from "chai";
import type { TransferResource } from "../../src/api/http/schemas.js";
import type { PostingKind } from "../../src/domain/posting.js";
import type { State } from "../../src/domain/transfer-state.js";
import type { System } from "../../tools/system/stack.js";

const MOVED: Partial<Record<State, Record<PostingKind, number>>> = {
  COMPLETED: { debit: 1, credit: 1, refund: 0 },
  REJECTED: { debit: 0, credit: 0, refund: 0 },
  REVERSED: { debit: 1, credit: 0, refund: 1 },
};

/** Waits until a transfer is final, and expects its state, its reason, and that each of its legs moved money as often as that state says. */
export async function expectOutcome(
  system: System,
  id: string,
  expected: { state: State; reason?: string },
  timeoutMs?: number,
): Promise<TransferResource> {
  const transfer = await system.final(id, timeoutMs);
  expect({ state: transfer.state, reason: transfer.reason }).deep.equal({ state: expected.state, reason: expected.reason });
  expect(await system.postings(id)).deep.equal(MOVED[expected.state]);
  return transfer;
}
