import { type RawBuilder, sql } from "kysely";
import { EVENT_COLUMNS, readFinalSequence } from "./deliveries.js";
import { type Db, onStore } from "./open-store.js";
import type { EventRow } from "./projection.js";

/**
 * Which events; what is `undefined` filters nothing.
 *
 * - `principal`: whose transfers'.
 * - `bank`: on either side.
 */
export interface EventFilter {
  principal?: string;
  type?: string;
  bank?: string;
  transfer?: string;
}

/** Which events, in the order of the chain. `after`: the contract's sequence. */
export interface EventQuery extends EventFilter {
  after: bigint;
  limit: number;
}

/** `next`: every event that matches up to here is in this page, or in one before it. `final`: the newest event that may be shown. */
export interface EventPage {
  events: (EventRow & { observedAt: Date })[];
  next: bigint;
  final: bigint;
}

// What one page looks through, so that a filter that matches little does not make a page expensive.
const LOOKED_THROUGH_MAX = 20_000n;

/** Reads a page of the events that are final: none of them is ever taken back. */
export async function readEventLog(db: Db, query: EventQuery): Promise<EventPage> {
  return await onStore(async () => {
    const final = await readFinalSequence(db);
    const { after, limit, transfer } = query;
    // One transfer's events have an index of their own.
    const through = transfer === undefined ? least(final, after + LOOKED_THROUGH_MAX) : final;
    const { rows: events } = await sql<EventRow & { observedAt: Date }>`
      select ${EVENT_COLUMNS}, e.observed_at as "observedAt" from events e
      where e.sequence > ${after} and e.sequence <= ${through}
        and ${matchesEvent(query)}
      order by e.sequence limit ${limit}`.execute(db);
    const last = events.length === limit ? events.at(-1)?.sequence : undefined;
    return { events, next: last ?? (through > after ? through : after), final };
  });
}

/** Whether an event, of a table by the name of `e`, matches. */
export function matchesEvent(filter: EventFilter): RawBuilder<boolean> {
  const [principal, type, bank, transfer] = [filter.principal, filter.type, filter.bank, filter.transfer].map(
    (name) => name ?? null,
  );
  return sql<boolean>`(${type}::text is null or e.type = ${type}) and (${transfer}::text is null or e.transfer_id = ${transfer})
    and (${bank}::text is null or ${bank} in (e.payer_bank, e.payee_bank))
    and (${principal}::text is null
      or exists (select 1 from journal j where j.transfer_id = e.transfer_id and j.principal = ${principal}))`;
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
