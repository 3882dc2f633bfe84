import { sql } from "kysely";
import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";

/**
 * How transfers have gone from state to state lately, as of one event: whoever follows the events after it counts on without a gap.
 *
 * - `sequence`: of the newest event that is counted.
 * - `transfers`: how many are in each state.
 * - `changes`: by second of block time, how many went from one state to another; of the `windowSeconds` that end now.
 */
export interface RecentChanges {
  sequence: bigint;
  windowSeconds: number;
  transfers: { state: string; count: number }[];
  changes: { second: Date; from: string; to: string; count: number }[];
}

const WINDOW_SECONDS = 300;
// Bounds the work, however much happens: a busier window is a shorter one.
const EVENTS_MAX = 20_000;

// Where a transfer comes from whose event before is not among those that are read.
const USUAL_ORIGIN = sql`case state when 'STARTED' then 'NONE' when 'PENDING' then 'STARTED' when 'COMPLETED' then 'PENDING'
  when 'REJECTED' then 'STARTED' when 'REVERSING' then 'PENDING' when 'REVERSED' then 'REVERSING'
  else coalesce(data->>'suspendedFrom', 'STARTED') end`;

/** Reads it, all as of one moment. */
export async function readRecentChanges(db: Db): Promise<RecentChanges> {
  return await onStore(() =>
    db
      .transaction()
      .setIsolationLevel("repeatable read")
      .setAccessMode("read only")
      .execute(async (transaction) => {
        const cursor = await sql<{ sequence: bigint }>`select sequence from cursor`.execute(transaction);
        const transfers = await sql<RecentChanges["transfers"][number]>`
          select state, count::float8 as count from transfer_counts where count > 0 order by state`.execute(transaction);
        const changes = await sql<RecentChanges["changes"][number]>`
          with recent as materialized (
            select sequence, transfer_id, state, block_time, data from events where state is not null
            order by sequence desc limit ${EVENTS_MAX}),
          steps as (
            select date_trunc('second', block_time) as second, state,
              coalesce(lag(state) over (partition by transfer_id order by sequence), ${USUAL_ORIGIN}) as origin
            from recent)
          select second, origin as "from", state as "to", count(*)::float8 as count from steps
          where second > (select greatest(now(), max(block_time)) from recent) - ${WINDOW_SECONDS} * interval '1 second'
          group by 1, 2, 3 order by 1, 2, 3`.execute(transaction);
        return {
          sequence: cursor.rows[0]?.sequence ?? 0n,
          windowSeconds: WINDOW_SECONDS,
          transfers: transfers.rows,
          changes: changes.rows,
        };
      }),
  );
}
