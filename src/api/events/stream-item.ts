import type { EventFilter, StreamedEvent, StreamPage, StreamPosition } from "../../domain/stored-event.js";
import type { EventCursors } from "./cursor.js";
import { logEventResource } from "./resource.js";

/**
 * One thing that a stream tells.
 *
 * - `kind`: an event; one that the chain took back; or that everything after a sequence is void.
 * - `position`, `cursor`: where a reader stands that has taken it in.
 * - `json`: what is told, as JSON; made once for all who are told.
 */
export interface StreamItem {
  kind: "event" | "removed" | "reset";
  position: StreamPosition;
  cursor: string;
  json: string;
  event: StreamedEvent | undefined;
}

/** A page of the stream as items, in the order in which a reader takes them in. `before`: where it stood. */
export function toStreamItems(
  of: { cursors: EventCursors; chainId: string },
  before: StreamPosition,
  page: StreamPage,
): StreamItem[] {
  const item = (
    kind: StreamItem["kind"],
    position: StreamPosition,
    event: StreamedEvent | undefined,
    value: unknown,
  ): StreamItem => ({
    kind,
    position,
    cursor: of.cursors.write(position),
    json: JSON.stringify(value),
    event,
  });
  const { epoch } = page.next;
  const { resetTo } = page;
  return [
    ...(resetTo === undefined ? [] : [item("reset", { epoch, sequence: resetTo }, undefined, { after: resetTo.toString() })]),
    // Who has undone it stands before it still in the old epoch: there may be more to undo.
    ...page.removed.map((event) =>
      item("removed", { epoch: before.epoch, sequence: event.sequence - 1n }, event, logEventResource(event, of.chainId)),
    ),
    ...page.events.map((event) => item("event", { epoch, sequence: event.sequence }, event, logEventResource(event, of.chainId))),
  ];
}

/** Whether someone with the filter is told the item. */
export function concerns({ event }: StreamItem, { principal, type, bank, transfer }: EventFilter): boolean {
  if (event === undefined) return true;
  return (
    (principal === undefined || event.principal === principal) &&
    (type === undefined || event.type === type) &&
    (bank === undefined || event.payerBank === bank || event.payeeBank === bank) &&
    (transfer === undefined || event.transferId === transfer)
  );
}
