import { CloudEvent } from "cloudevents";
import type { EventRow } from "../../store/transfers/projection.js";

/** Where events come from: CloudEvents `source`. */
export function eventSource(chainId: string, contract: string): string {
  return `/chains/${chainId}/contracts/${contract.toLowerCase()}`;
}

/** CloudEvents `id`: the same for the same log, on every replica. */
export function cloudEventId(chainId: string, event: { blockHash: string; logIndex: number }): string {
  return `${chainId}-${event.blockHash}-${event.logIndex}`;
}

/**
 * An event in the form of CloudEvents 1.0. Extensions: `sequence` (the contract's counter, decimal), `transactionhash`,
 * `blocknumber`, and `startedblock`, the block of the transfer's start, where its details are found; `traceparent` (W3C Trace Context), where the
 * transfer is traced.
 */
export function toCloudEvent(
  row: EventRow,
  chainId: string,
  contract: string,
  traceparent: string | undefined,
): CloudEvent<Record<string, unknown>> {
  return new CloudEvent<Record<string, unknown>>({
    id: cloudEventId(chainId, row),
    source: eventSource(chainId, contract),
    type: row.type,
    subject: row.transferId,
    time: row.blockTime.toISOString(),
    datacontenttype: "application/json",
    sequence: String(row.sequence),
    blocknumber: String(row.blockNumber),
    transactionhash: row.transactionHash,
    ...(row.startedBlock !== null && { startedblock: String(row.startedBlock) }),
    ...(traceparent !== undefined && { traceparent }),
    data: row.data,
  });
}
