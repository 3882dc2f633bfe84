import { STATES, type State } from "../domain/transfer-state.js";
import type { EventResource } from "./list-schemas.js";
import type { StoredEvent } from "./resource-deps.js";

/** An event of the log as clients see it. `data` is what the watcher wrote of it: the members that are sent are the response schema's. */
export function logEventResource(event: StoredEvent, chainId: string): EventResource {
  const state = STATES.find((name): name is State => name === event.state);
  return {
    ...event.data,
    id: `${chainId}-${event.blockHash}-${event.logIndex}`,
    sequence: event.sequence.toString(),
    type: event.type,
    transfer: event.transferId,
    ...(state !== undefined && { state }),
    ...(event.payerBank !== null && { payer: { bank: event.payerBank } }),
    ...(event.payeeBank !== null && { payee: { bank: event.payeeBank } }),
    time: event.blockTime.toISOString(),
    observedAt: event.observedAt.toISOString(),
    blockNumber: event.blockNumber.toString(),
    blockHash: event.blockHash,
    transactionHash: event.transactionHash,
    logIndex: event.logIndex,
  };
}
