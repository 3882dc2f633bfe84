import { sql } from "kysely";
import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";

/** How long something takes, in milliseconds; `count`: of how many. */
export interface Durations {
  count: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

/**
 * What has happened lately.
 *
 * - `windowSeconds`: the time that `changes` is of, which ends now.
 * - `changes`: how many transfers entered each state in it, by block time.
 * - `durations`: by leg, as this store saw the newest events: `start` from the acceptance to the chain, `debit`, `credit` and `refund`
 *   from the event that wakes a function to the one that it brings about, `total` from the acceptance to the end.
 */
export interface Activity {
  windowSeconds: number;
  changes: { state: string; count: number }[];
  durations: ({ leg: string } & Durations)[];
}

const WINDOW_SECONDS = 300;
// Bounds the work, however much happens: a busier window is a shorter one.
const EVENTS_MAX = 10_000;

/** Reads it from the newest events, by their primary key. */
export async function readActivity(db: Db): Promise<Activity> {
  return await onStore(async () => {
    const [changes, durations] = await Promise.all([readChanges(db), readDurations(db)]);
    return { ...changes, durations };
  });
}

async function readChanges(db: Db): Promise<Pick<Activity, "windowSeconds" | "changes">> {
  // The chain's clock may be ahead of this one; a chain that makes no blocks must not seem to go on as it did.
  const { rows } = await sql<{ state: string; count: number; seconds: number }>`
    with recent as (
      select state, block_time from events where state is not null order by sequence desc limit ${EVENTS_MAX}),
    span as (
      select greatest(now(), max(block_time)) as until, count(*) as events, min(block_time) as oldest from recent),
    measured as (
      select until, case when events < ${EVENTS_MAX} then ${WINDOW_SECONDS}
        else greatest(1, least(${WINDOW_SECONDS}, extract(epoch from until - oldest))) end::float8 as seconds from span)
    select r.state, count(*)::float8 as count, m.seconds from recent r, measured m
    where r.block_time > m.until - m.seconds * interval '1 second' group by r.state, m.seconds`.execute(db);
  return {
    windowSeconds: Math.round(rows[0]?.seconds ?? WINDOW_SECONDS),
    changes: rows.map(({ state, count }) => ({ state, count })),
  };
}

async function readDurations(db: Db): Promise<Activity["durations"]> {
  const { rows } = await sql<{ leg: string; count: number; p: number[] }>`
    with recent as materialized (
      select sequence, transfer_id, state, observed_at from events where state is not null order by sequence desc limit ${EVENTS_MAX}),
    steps as (
      select transfer_id, state, observed_at, lag(state) over by_transfer as from_state,
        observed_at - lag(observed_at) over by_transfer as took
      from recent window by_transfer as (partition by transfer_id order by sequence)),
    legs as (
      select case from_state when 'STARTED' then 'debit' when 'PENDING' then 'credit' when 'REVERSING' then 'refund' end as leg, took
      from steps where from_state in ('STARTED', 'PENDING', 'REVERSING')
      union all
      select case s.state when 'STARTED' then 'start' else 'total' end, s.observed_at - j.accepted_at
      from steps s join journal j on j.transfer_id = s.transfer_id
      where s.state in ('COMPLETED', 'REJECTED', 'REVERSED') or (s.state = 'STARTED' and s.from_state is null))
    select leg, count(*)::float8 as count,
      percentile_disc(array[0.5, 0.95, 0.99]) within group (order by (extract(epoch from took) * 1000)::float8) as p
    from legs group by leg order by leg`.execute(db);
  // Two clocks, the acceptance's and the store's, may differ by more than a start takes.
  return rows.map(({ leg, count, p }) => {
    const [p50Ms = 0, p95Ms = 0, p99Ms = 0] = p.map((value) => Math.max(0, Math.round(value)));
    return { leg, count, p50Ms, p95Ms, p99Ms };
  });
}
