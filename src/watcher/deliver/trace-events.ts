import type { ChainEvent } from "../../chain/contracts/chain-event.js";
import type { Tracing } from "../../domain/tracing.js";
import type { FunctionRow } from "../../store/functions/retries.js";
import type { EventRow } from "../../store/transfers/projection.js";
import type { PostResult } from "./post-events.js";

// An event is a step of its transfer, with the event's id for a key: so it has the same traceparent however often it is sent, and by
// whichever replica.

/** Adds to the transfers' traces that their events were read and are committed. */
export function traceCommitted(
  tracing: Tracing,
  events: readonly ChainEvent[],
  { beganAtMs, eventId }: { beganAtMs: number; eventId(event: ChainEvent): string },
): void {
  for (const event of events) {
    const { type, transferId, sequence, blockNumber, transactionHash } = event;
    const attributes = {
      "eventmachine.sequence": Number(sequence),
      "eventmachine.block": blockNumber,
      "eventmachine.transaction": transactionHash,
    };
    tracing.begin({ name: `event ${type}`, kind: "consumer", transferId, key: eventId(event), beganAtMs, attributes }).end();
  }
}

/** Posts events, each try a step below the event of each one's transfer, and hands the event's `traceparent` on with it. */
export async function postTraced(
  tracing: Tracing,
  { fn, events, eventId }: { fn: FunctionRow; events: readonly EventRow[]; eventId(event: EventRow): string },
  post: (traceparentOf: (event: EventRow) => string | undefined) => Promise<PostResult>,
): Promise<PostResult> {
  const traceparentOf = (event: EventRow) => tracing.traceparentOf(event.transferId, eventId(event));
  const steps = events.map((event) => {
    const { type, transferId, sequence } = event;
    const attributes = { "eventmachine.function": fn.name, "eventmachine.sequence": Number(sequence) };
    const parent = traceparentOf(event);
    return { event, step: tracing.begin({ name: `deliver ${type}`, kind: "producer", transferId, parent, attributes }) };
  });
  const result = await post(traceparentOf);
  for (const { event, step } of steps) {
    if (result.kind !== "answered") step.end(result.kind);
    else step.end(result.failed.has(eventId(event)) ? "failed" : undefined);
  }
  return result;
}
