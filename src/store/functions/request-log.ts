import { sql } from "kysely";
import type { Db } from "../schema.js";
import { storableText } from "../storable-text.js";

/** One request to a function. `outcome`: `answered`, `retry`, `refused` or `gone`. */
export interface FunctionRequest {
  at: Date;
  events: number;
  outcome: string;
  durationMs: number;
  error: string | null;
}

/** How many requests of each function are kept. */
export const REQUESTS_KEPT = 200;

/** Adds requests of functions, the oldest first; each takes the place of the one that is 200 before it. */
export async function writeRequests(db: Db, requests: readonly (FunctionRequest & { fn: string })[]): Promise<void> {
  if (requests.length === 0) return;
  // Of one function, more than are kept would be written over at once.
  const kept = newestOfEach(requests);
  await sql`
    with given as (
      select g.*, row_number() over (partition by g.function order by g.place) as number
      from unnest(${kept.map(({ fn }) => fn)}::text[], ${kept.map(({ at }) => at)}::timestamptz[], ${kept.map(({ events }) => events)}::int[],
        ${kept.map(({ outcome }) => outcome)}::text[], ${kept.map(({ durationMs }) => Math.round(durationMs))}::int[],
        ${kept.map(({ error }) => (error === null ? null : storableText(error)))}::text[])
        with ordinality as g (function, at, events, outcome, duration_ms, error, place)),
    last as (
      select distinct on (r.function) r.function, r.slot from function_requests r
      where r.function in (select function from given) order by r.function, r.at desc, r.slot desc)
    insert into function_requests (function, slot, at, events, outcome, duration_ms, error)
    select g.function, (coalesce(l.slot, -1) + g.number) % ${REQUESTS_KEPT}, g.at, g.events, g.outcome, g.duration_ms, g.error
    from given g join functions f on f.name = g.function left join last l on l.function = g.function
    on conflict (function, slot) do update set at = excluded.at, events = excluded.events, outcome = excluded.outcome,
      duration_ms = excluded.duration_ms, error = excluded.error`.execute(db);
}

function newestOfEach<T extends { fn: string }>(requests: readonly T[]): T[] {
  const counts = new Map<string, number>();
  return [...requests]
    .reverse()
    .filter(({ fn }) => {
      const count = (counts.get(fn) ?? 0) + 1;
      counts.set(fn, count);
      return count <= REQUESTS_KEPT;
    })
    .reverse();
}

/** The newest requests to a function, the newest first. */
export async function readRequests(db: Db, fn: string, limit: number): Promise<FunctionRequest[]> {
  const { rows } = await sql<FunctionRequest>`
    select at, events, outcome, duration_ms as "durationMs", error from function_requests
    where function = ${fn} order by at desc, slot desc limit ${limit}`.execute(db);
  return rows;
}

/** How the newest requests to a function went. */
export interface RequestSummary {
  count: number;
  failed: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

/** Of each function that has been sent anything. */
export async function summariseRequests(db: Db, fns: readonly string[]): Promise<Map<string, RequestSummary>> {
  const { rows } = await sql<RequestSummary & { fn: string }>`
    select function as fn, count(*)::int as count, count(*) filter (where outcome <> 'answered')::int as failed,
      (percentile_disc(0.5) within group (order by duration_ms))::int as "p50Ms",
      (percentile_disc(0.95) within group (order by duration_ms))::int as "p95Ms",
      (percentile_disc(0.99) within group (order by duration_ms))::int as "p99Ms"
    from function_requests where function = any(${fns}::text[]) group by function`.execute(db);
  return new Map(rows.map(({ fn, ...summary }) => [fn, summary]));
}
