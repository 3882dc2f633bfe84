import { sql } from "kysely";
import { EVENT_COLUMNS, readFinalSequence } from "./deliveries.js";
import { type Db, onStore } from "./open-store.js";
import type { EventRow } from "./projection.js";

/**
 * Which events, in the order of the chain.
 *
 * - `after`: the contract's sequence.
 * - `principal`: whose transfers'; `undefined` for everybody's.
 * - `bank`: on either side.
 */
export interface EventQuery {
  after: bigint;
  principal?: string;
  type?: string;
  bank?: string;
  transfer?: string;
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
    const { after, limit, principal = null, type = null, bank = null, transfer = null } = query;
    // One transfer's events have an index of their own.
    const through = transfer === null ? least(final, after + LOOKED_THROUGH_MAX) : final;
    const { rows: events } = await sql<EventRow & { observedAt: Date }>`
      select ${EVENT_COLUMNS}, e.observed_at as "observedAt" from events e
      where e.sequence > ${after} and e.sequence <= ${through}
        and (${type}::text is null or e.type = ${type}) and (${transfer}::text is null or e.transfer_id = ${transfer})
        and (${bank}::text is null or ${bank} in (e.payer_bank, e.payee_bank))
        and (${principal}::text is null
          or exists (select 1 from journal j where j.transfer_id = e.transfer_id and j.principal = ${principal}))
      order by e.sequence limit ${limit}`.execute(db);
    const last = events.length === limit ? events.at(-1)?.sequence : undefined;
    return { events, next: last ?? (through > after ? through : after), final };
  });
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
