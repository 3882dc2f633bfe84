import type { TransferView } from "../../../src/domain/transfer-record.js";
import { NOW_MS, PAYEE_BANK, PAYER_BANK } from "../../../tools/api-fakes/fake-deps.js";

/** What the chain says of a transfer like that of the tests' body, with some of it changed. */
export function viewOf(id: string, changes: Partial<TransferView> = {}): TransferView {
  return {
    id,
    state: "STARTED",
    payerBank: PAYER_BANK,
    payeeBank: PAYEE_BANK,
    currencyNumeric: 764,
    amountMinor: 15_000n,
    deadlineSeconds: NOW_MS / 1000 + 3_600,
    startedAt: new Date(NOW_MS + 2_000),
    updatedAt: new Date(NOW_MS + 4_000),
    lastSequence: 1n,
    ...changes,
  };
}
