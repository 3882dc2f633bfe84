import type { StoredEvent } from "../../domain/stored-event.js";
import { STATES, type State } from "../../domain/transfer-state.js";
import type { EventResource } from "../http/list-schemas.js";

// What the watcher wrote of an event, as far as it is not told by members of its own.
const DATA_MEMBERS = ["reason", "evidence", "suspendedFrom", "amount", "deadline"] as const;

/** An event of the log as clients see it. */
export function logEventResource(event: StoredEvent, chainId: string): EventResource {
  const state = STATES.find((name): name is State => name === event.state);
  return {
    ...Object.fromEntries(DATA_MEMBERS.flatMap((name) => (name in event.data ? [[name, event.data[name]]] : []))),
    id: `${chainId}-${event.blockHash}-${event.logIndex}`,
    sequence: event.sequence.toString(),
    refusalsBefore: Number(event.refusalsBefore),
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
