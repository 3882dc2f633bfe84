import { CloudEvent } from "cloudevents";
import type { EventRow } from "../store/projection.js";

/** Where events come from: CloudEvents `source`. */
export function eventSource(chainId: string, contract: string): string {
  return `/chains/${chainId}/contracts/${contract.toLowerCase()}`;
}

/**
 * An event in the form of CloudEvents 1.0. Extensions: `sequence` (the contract's counter, decimal), `transactionhash`,
 * `blocknumber`, and `startedblock`, the block of the transfer's start, where its details are found.
 */
export function toCloudEvent(row: EventRow, chainId: string, contract: string): CloudEvent<Record<string, unknown>> {
  return new CloudEvent<Record<string, unknown>>({
    id: `${chainId}-${row.blockHash}-${row.logIndex}`,
    source: eventSource(chainId, contract),
    type: row.type,
    subject: row.transferId,
    time: row.blockTime.toISOString(),
    datacontenttype: "application/json",
    sequence: String(row.sequence),
    blocknumber: String(row.blockNumber),
    transactionhash: row.transactionHash,
    ...(row.startedBlock !== null && { startedblock: String(row.startedBlock) }),
    data: row.data,
  });
}
