import type { ChainEvent } from "../../chain/contracts/chain-event.js";
import { bytesFromHex } from "../../domain/hex.js";
import { keccak256 } from "../../domain/keccak.js";
import { currencyByNumeric, formatMoney } from "../../domain/money.js";
import type { RefusalRow } from "../../store/events/refusals.js";
import type { EventRow, TransferRow } from "../../store/transfers/projection.js";

/** What a transfer is after an event, given what it was before. A proposal changes nothing but the sequence. */
export function foldEvent(before: TransferRow | undefined, event: ChainEvent, blockTime: Date): TransferRow | undefined {
  const { started } = event;
  if (started !== undefined) {
    return {
      id: event.transferId,
      state: "STARTED",
      suspendedFrom: null,
      payerBank: started.payerBank,
      payeeBank: started.payeeBank,
      currencyNumeric: started.currencyNumeric,
      amountMinor: started.amountMinor,
      deadlineSeconds: started.deadlineSeconds,
      resumptions: 0,
      detailsHash: keccak256(bytesFromHex(started.details)),
      reason: null,
      startedBlock: event.blockNumber,
      startedAt: blockTime,
      updatedAt: blockTime,
      lastSequence: event.sequence,
    };
  }
  // Nothing can happen to a transfer before its start, which this store then lacks.
  if (before === undefined) return undefined;
  if (event.state === undefined) return { ...before, lastSequence: event.sequence };
  return {
    ...before,
    state: event.state,
    suspendedFrom: event.suspendedFrom ?? null,
    resumptions: event.resumptions ?? before.resumptions,
    // The reason of a reversal is still the reason once the money is back.
    reason: event.reason ?? (event.state === "REVERSED" ? before.reason : null),
    updatedAt: blockTime,
    lastSequence: event.sequence,
  };
}

/** The row of an event; `transfer` is the transfer after it. */
export function eventRow(event: ChainEvent, transfer: TransferRow | undefined, blockTime: Date): EventRow {
  return {
    sequence: event.sequence,
    type: event.type,
    transferId: event.transferId,
    state: event.state ?? null,
    payerBank: transfer?.payerBank ?? null,
    payeeBank: transfer?.payeeBank ?? null,
    blockNumber: event.blockNumber,
    blockHash: event.blockHash,
    blockTime,
    logIndex: event.logIndex,
    transactionHash: event.transactionHash,
    startedBlock: transfer?.startedBlock ?? null,
    data: eventData(event),
  };
}

/** The row of a refusal. */
export function refusalRow(event: ChainEvent, refusal: NonNullable<ChainEvent["refusal"]>, blockTime: Date): RefusalRow {
  return {
    transferId: event.transferId,
    sequence: event.sequence,
    ...refusal,
    blockNumber: event.blockNumber,
    blockHash: event.blockHash,
    blockTime,
    logIndex: event.logIndex,
    transactionHash: event.transactionHash,
  };
}

/** What subscribers see of an event. The sealed details stay on the chain: only the two banks can use them. */
function eventData(event: ChainEvent): Record<string, unknown> {
  const { started } = event;
  return {
    ...(event.state && { state: event.state }),
    ...(event.suspendedFrom && { suspendedFrom: event.suspendedFrom }),
    ...(event.reason && { reason: event.reason }),
    ...(event.evidence && { evidence: event.evidence }),
    ...(event.to && { to: event.to }),
    ...(event.by && { by: event.by }),
    ...(event.resumptions !== undefined && { resumptions: event.resumptions }),
    ...(started && {
      payerBank: started.payerBank,
      payeeBank: started.payeeBank,
      ...money(started.amountMinor, started.currencyNumeric),
      deadline: new Date(started.deadlineSeconds * 1000).toISOString(),
    }),
  };
}

function money(amountMinor: bigint, currencyNumeric: number): Record<string, unknown> {
  const currency = currencyByNumeric(currencyNumeric);
  // The contract takes any code up to 999; one that ISO 4217 does not know is shown as its number.
  if (currency === undefined) return { amount: { amount: String(amountMinor), currency: String(currencyNumeric) } };
  return { amount: formatMoney(amountMinor, currency) };
}
