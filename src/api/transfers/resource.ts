import { currencyByNumeric } from "../../domain/money.js";
import type { JournalEntry, TransferEventView, TransferView } from "../../domain/transfer-record.js";
import { isFinal, type StartRefusal } from "../../domain/transfer-state.js";
import type { TransferResource } from "../http/schemas.js";

/** What is known of a transfer: the journal's entry, the chain's view, or both. `earlierChain`: the domain of its chain, if that is gone. */
export type KnownTransfer = ({ entry: JournalEntry; view?: TransferView } | { entry?: JournalEntry; view: TransferView }) & {
  earlierChain?: string;
};

/**
 * A transfer as clients see it. Where the chain knows it, the chain's word is the only one. Where it does not yet, the state is NONE;
 * where its start was refused it is REJECTED, with the cause.
 */
export function transferResource({ entry, view, earlierChain }: KnownTransfer): TransferResource {
  const known = view ?? entry;
  if (known === undefined) throw new RangeError("A transfer is known to the journal or to the chain.");
  const id = view?.id ?? entry?.transferId ?? "";
  const refused = view === undefined && entry?.status === "refused";
  const state = view?.state ?? (refused ? "REJECTED" : "NONE");
  const final = isFinal(state);
  return {
    id,
    state,
    ...(view?.suspendedFrom === undefined ? {} : { suspendedFrom: view.suspendedFrom }),
    final,
    ...(earlierChain === undefined ? {} : { earlierChain: { domain: earlierChain, outcome: final ? "final" : "unknown" } }),
    payer: { bank: known.payerBank },
    payee: { bank: known.payeeBank },
    amount: { amount: known.amountMinor.toString(), currency: currencyCode(known.currencyNumeric) },
    deadline: new Date(known.deadlineSeconds * 1000).toISOString(),
    ...(view?.reason === undefined ? {} : { reason: view.reason }),
    ...(refused ? { cause: causeName(entry?.refusal) } : {}),
    ...(entry === undefined ? {} : { acceptedAt: entry.acceptedAt.toISOString() }),
    ...(view === undefined ? {} : { startedAt: view.startedAt.toISOString(), updatedAt: view.updatedAt.toISOString() }),
    links: { self: `/v1/transfers/${id}`, events: `/v1/transfers/${id}/events` },
  };
}

/** One event of a transfer as clients see it. */
export function eventResource(event: TransferEventView) {
  return {
    sequence: event.sequence.toString(),
    type: event.type,
    ...(event.state === undefined ? {} : { state: event.state }),
    ...(event.reason === undefined ? {} : { reason: event.reason }),
    ...(event.evidence === undefined ? {} : { evidence: event.evidence }),
    time: event.blockTime.toISOString(),
    observedAt: event.observedAt.toISOString(),
    blockNumber: event.blockNumber.toString(),
    blockHash: event.blockHash,
    transactionHash: event.transactionHash,
    logIndex: event.logIndex,
  };
}

// A currency of the chain that is not in our table was another initiator's; its number says as much as its letters would.
function currencyCode(numeric: number): string {
  return currencyByNumeric(numeric)?.code ?? numeric.toString().padStart(3, "0");
}

function causeName(refusal: StartRefusal | undefined): string {
  return (refusal ?? "NONE").toLowerCase().replaceAll("_", "-");
}
