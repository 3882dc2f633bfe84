import { sql } from "kysely";
import type { State } from "../../domain/transfer-state.js";
import { WATCHER_LEASE } from "../lease.js";
import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";

/**
 * What is under way and what waits, by this store's clock.
 *
 * - `transfers`: how many are in each state.
 * - `oldestOpen`: of those whose next step is a bank's; ages in seconds.
 * - `startsWaiting`: accepted, and not yet known to be on the chain for good.
 * - `functions`: `behind`, the events between a function's position and the newest that may be acted upon; `waiting` and `dead`,
 *   its deliveries that come again or were given up; `maxAttempts`, of those that wait.
 * - `watching`: whether a watcher holds the lease.
 */
export interface WorkInHand {
  transfers: { state: string; count: number }[];
  oldestOpen: { id: string; state: State; ageSeconds: number } | undefined;
  startsWaiting: { count: number; oldestAgeSeconds: number };
  functions: { name: string; behind: number; waiting: number; dead: number; maxAttempts: number; disabled: boolean }[];
  projectedBlock: number | undefined;
  watching: boolean;
}

// More functions than a deployment has; it bounds an answer, and the series of the metrics.
const FUNCTIONS_MAX = 500;

/** Reads it. Every part is read off an index, however many transfers there have been. */
export async function readWorkInHand(db: Db): Promise<WorkInHand> {
  return await onStore(async () => {
    const [transfers, oldest, starts, functions, cursor] = await Promise.all([
      sql<{ state: string; count: number }>`select state, count::float8 as count from transfer_counts`.execute(db),
      readOldestOpen(db),
      sql<{ count: number; age: number | null }>`
        select count(*)::float8 as count, extract(epoch from now() - min(accepted_at))::float8 as age
        from journal where status = 'accepted'`.execute(db),
      readFunctionQueues(db),
      sql<{ block: number | null; watching: boolean }>`
        select (select block_number::float8 from cursor) as block,
          exists (select 1 from leases where name = ${WATCHER_LEASE} and expires_at > now()) as watching`.execute(db),
    ]);
    const [start] = starts.rows;
    return {
      transfers: transfers.rows,
      oldestOpen: oldest,
      startsWaiting: { count: start?.count ?? 0, oldestAgeSeconds: Math.max(0, start?.age ?? 0) },
      functions,
      projectedBlock: cursor.rows[0]?.block ?? undefined,
      watching: cursor.rows[0]?.watching ?? false,
    };
  });
}

async function readOldestOpen(db: Db): Promise<WorkInHand["oldestOpen"]> {
  const { rows } = await sql<{ id: string; state: State; age: number }>`
    select id, state, extract(epoch from now() - started_at)::float8 as age from transfers
    where state in ('STARTED', 'PENDING', 'REVERSING') order by started_at limit 1`.execute(db);
  const [row] = rows;
  // The chain's clock may be ahead of this one.
  return row && { id: row.id, state: row.state, ageSeconds: Math.max(0, row.age) };
}

async function readFunctionQueues(db: Db): Promise<WorkInHand["functions"]> {
  const { rows } = await sql<WorkInHand["functions"][number]>`
    with final as (
      select case when c.final_block >= c.block_number then c.sequence
        else (select e.sequence from events e where e.block_number <= c.final_block order by e.sequence desc limit 1) end as sequence
      from cursor c),
    queues as (
      select function, count(*) filter (where status = 'waiting') as waiting, count(*) filter (where status = 'dead') as dead,
        max(attempts) filter (where status = 'waiting') as max_attempts
      from retries group by function)
    select f.name, greatest(coalesce((select sequence from final), 0) - coalesce(f.position, 0), 0)::float8 as behind,
      coalesce(q.waiting, 0)::float8 as waiting, coalesce(q.dead, 0)::float8 as dead,
      coalesce(q.max_attempts, 0) as "maxAttempts", f.disabled_reason is not null as disabled
    from functions f left join queues q on q.function = f.name
    order by f.name limit ${FUNCTIONS_MAX}`.execute(db);
  return rows;
}
