import { AppError } from "../../domain/app-error.js";
import { evidenceHash } from "../../domain/evidence.js";
import { keccak256 } from "../../domain/keccak.js";
import { postingKind } from "../../domain/posting.js";
import type { BankEvidenceView } from "../../domain/settlement.js";
import type { StoredEvent } from "../../domain/stored-event.js";
import type { JournalEntry } from "../../domain/transfer-record.js";
import type { Receipt } from "../../receipts/receipt.js";
import type { ApiDeps } from "../deps.js";
import { type KnownTransfer, transferResource } from "../transfers/resource.js";

/**
 * The receipt of a transfer: what was asked for, and the chain's final events, so that no reorganisation can take back what was signed. It
 * holds the three events that moved money, and none that anybody could repeat (suspensions, proposals): so every receipt has the same size.
 *
 * @throws AppError `conflict` while it has not completed, for good
 */
export async function buildReceipt(
  deps: Pick<ApiDeps, "events" | "evidence" | "network">,
  known: KnownTransfer,
): Promise<Receipt> {
  if (known.earlierChain !== undefined) {
    throw new AppError("conflict", "The transfer is of an earlier chain, which is gone: nobody could check a receipt of it.");
  }
  // The chain's facts alone: what was asked for stands beside them.
  const { id, payer, payee, amount } = transferResource(known.view === undefined ? known : { view: known.view });
  const events = await deps.events.steps(id);
  const of = (type: string) => events.find((event) => event.type === `eventmachine.transfer.${type}`);
  const [started, pending, completed] = [of("started"), of("pending"), of("completed")];
  if (started === undefined || pending === undefined || completed === undefined) {
    throw new AppError("conflict", "The transfer has no receipt before it is COMPLETED, in a final block; see its `state`.");
  }
  const receipts = await deps.evidence.list(id);
  const { organisation: issuer, domain, chainId, contract } = deps.network;
  return {
    version: 2,
    issuer,
    network: { domain, chainId, contract },
    transfer: {
      ...{ id, state: "COMPLETED" as const, payer, payee, amount },
      startedAt: started.blockTime.toISOString(),
      completedAt: completed.blockTime.toISOString(),
    },
    ...(known.entry !== undefined && { requested: requestedOf(known.entry) }),
    evidence: [bankEvidence("debit", payer.bank, pending, receipts), bankEvidence("credit", payee.bank, completed, receipts)],
    events: events.map(({ type, sequence, blockTime, blockNumber, blockHash, transactionHash, logIndex }) => ({
      ...{ type, sequence: sequence.toString(), time: blockTime.toISOString(), blockNumber: blockNumber.toString() },
      ...{ blockHash, transactionHash, logIndex },
    })),
  };
}

function requestedOf(entry: JournalEntry): NonNullable<Receipt["requested"]> {
  const { payer, payee, amount, deadline } = transferResource({ entry });
  const { requestHash, fieldHashes: fields } = entry;
  return { requestHash, detailsHash: keccak256(entry.details), payer, payee, amount, deadline, fields };
}

function bankEvidence(
  leg: "debit" | "credit",
  bank: string,
  { data }: StoredEvent,
  receipts: readonly BankEvidenceView[],
): Receipt["evidence"][number] {
  const hash = String(data.evidence);
  // A resumed transfer's leg has several names; the one whose receipt the chain names was posted.
  const receipt = receipts.find((known) => postingKind(known.reference) === leg && evidenceHash(known.receipt) === hash)?.receipt;
  return { leg, bank, hash, ...(receipt !== undefined && { receipt }) };
}
