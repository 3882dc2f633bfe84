import { type RawBuilder, sql } from "kysely";
import type { EventFilter } from "../../domain/stored-event.js";
import { EVENT_COLUMNS, readFinalSequence } from "../functions/retries.js";
import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";
import type { EventRow } from "../transfers/projection.js";

/** Which events, in the order of the chain. `after`: the contract's sequence. */
export interface EventQuery extends EventFilter {
  after: bigint;
  limit: number;
}

/** An event of the log. `refusalsBefore`: how many refusals lie between the event before it and it; other filters leave it as it is. */
export type LoggedEvent = EventRow & { observedAt: Date; refusalsBefore: bigint };

/** The columns of a {@link LoggedEvent}, of a table by the name of `e`. */
export const LOG_COLUMNS = sql<LoggedEvent>`${EVENT_COLUMNS}, e.observed_at as "observedAt", e.refusals_before as "refusalsBefore"`;

/** `next`: every event that matches up to here is in this page, or in one before it. `final`: the newest event that may be shown. */
export interface EventPage {
  events: LoggedEvent[];
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
    const { rows: events } = await sql<LoggedEvent>`
      select ${LOG_COLUMNS} from events e
      where e.sequence > ${after} and e.sequence <= ${through}
        and ${matchesEvent(query)}
      order by e.sequence limit ${limit}`.execute(db);
    const last = events.length === limit ? events.at(-1)?.sequence : undefined;
    return { events, next: last ?? (through > after ? through : after), final };
  });
}

// What moves money happens once in a transfer, so there are three at most.
const STEP_TYPES = ["started", "pending", "completed"].map((name) => `eventmachine.transfer.${name}`);

/** The final events that moved a transfer's money, in order: its start, its debit and its credit, as far as they are there. */
export async function readSteps(db: Db, transferId: string): Promise<LoggedEvent[]> {
  return await onStore(async () => {
    const final = await readFinalSequence(db);
    const { rows } = await sql<LoggedEvent>`
      select ${LOG_COLUMNS} from events e
      where e.transfer_id = ${transferId} and e.type = any(${STEP_TYPES}) and e.sequence <= ${final}
      order by e.sequence limit ${STEP_TYPES.length}`.execute(db);
    return rows;
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
