import { randomInt } from "node:crypto";
import { type RawBuilder, sql } from "kysely";
import pg from "pg";
import type { Logger } from "pino";
import { describeStoreError } from "./store-errors.js";

/**
 * Tells other replicas that this process lives: an advisory lock that PostgreSQL gives up when the connection ends, with the process or
 * without it. It is no fence. A replica whose connection broke may be at work still, so what another takes over must be safe to do twice,
 * or checks a lease's epoch.
 */
export interface ReplicaSession {
  /** The number of the lock; `undefined` while it is not held. */
  id(): number | undefined;
  close(): Promise<void>;
}

// Tells these locks from others in the same database: "EVMR".
const LOCKS = 0x45564d52;
const ID_MAX = 2 ** 31 - 1;
const RECONNECT_MS = 500;

const HELD = sql`array(
  select objid::bigint::integer from pg_locks
  where locktype = 'advisory' and classid::bigint = ${sql.lit(LOCKS)} and objsubid = 2 and granted
    and database = (select oid from pg_database where datname = current_database()))`;

/** Whether a column names a session that has ended; false where it names none. */
export function sessionHasEnded(column: string): RawBuilder<boolean> {
  const session = sql.ref(column);
  // Without the first half: nothing is unequal to all of none, null included.
  return sql<boolean>`(${session} is not null and ${session} <> all (${HELD}))`;
}

/** Takes a lock on a connection of its own, and again after the connection was lost. Resolves when it was tried once. */
export async function holdReplicaSession(config: pg.ClientConfig, logger: Logger): Promise<ReplicaSession> {
  let client: pg.Client | undefined;
  let id: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function connect(): Promise<void> {
    const fresh = new pg.Client({ ...config, keepAlive: true });
    fresh.on("error", (error) => logger.warn({ error: error.message }, "connection of the replica's session broke"));
    // Also where connecting failed: the driver ends what it has begun.
    fresh.on("end", () => {
      if (client === fresh) lost();
    });
    client = fresh;
    try {
      await fresh.connect();
      const wanted = randomInt(1, ID_MAX);
      const { rows } = await fresh.query<{ taken: boolean }>("select pg_try_advisory_lock($1, $2) as taken", [LOCKS, wanted]);
      if (rows[0]?.taken && client === fresh) id = wanted;
      else await fresh.end();
    } catch (error) {
      logger.warn({ error: describeStoreError(error) }, "replica's session not held; trying again");
      if (client === fresh) lost();
      await fresh.end().catch(() => undefined);
    }
  }

  function lost(): void {
    client = undefined;
    id = undefined;
    if (!closed) timer = setTimeout(() => void connect(), RECONNECT_MS).unref();
  }

  await connect();
  return {
    id: () => id,
    async close() {
      closed = true;
      clearTimeout(timer);
      await client?.end();
    },
  };
}
