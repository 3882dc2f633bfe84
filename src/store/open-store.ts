import { Kysely, PostgresDialect, sql } from "kysely";
import { Migrator } from "kysely/migration";
import pg from "pg";
import type { Logger } from "pino";
import { AppError } from "../domain/app-error.js";
import * as initial from "./migrations/0001-initial.js";
import * as statistics from "./migrations/0002-statistics.js";
import * as removedEvents from "./migrations/0003-removed-events.js";
import * as lists from "./migrations/0004-lists.js";
import * as apiKeyExpiry from "./migrations/0005-api-key-expiry.js";
import * as functionRegistry from "./migrations/0006-function-registry.js";
import * as sessions from "./migrations/0007-sessions.js";
import * as bankPostings from "./migrations/0008-bank-postings.js";
import * as reconciliations from "./migrations/0009-reconciliations.js";
import { NOTICES_CHANNEL, type Notice, parseNotice } from "./notices.js";
import { preparing } from "./preparing-pool.js";
import type { Database } from "./schema.js";

/** The store's typed SQL. */
export type Db = Kysely<Database>;

export interface Store {
  readonly db: Db;
  /**
   * The same database, for statements that find every row by its key, over and over: PostgreSQL parses and plans each once a connection,
   * by indexes whatever the size of the tables. Result columns are named one by one: a plan does not outlive a `*` that has changed.
   */
  readonly byKey: Db;
  /** Calls back with what commits tell of; with `anything` after a lost connection came back, since some may have been missed. */
  onNotice(callback: (notice: Notice) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

const MIGRATIONS = {
  "0001-initial": initial,
  "0002-statistics": statistics,
  "0003-removed-events": removedEvents,
  "0004-lists": lists,
  "0005-api-key-expiry": apiKeyExpiry,
  "0006-function-registry": functionRegistry,
  "0007-sessions": sessions,
  "0008-bank-postings": bankPostings,
  "0009-reconciliations": reconciliations,
};
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_DELAY_MS = 500;
// A process that is stopped, or cut off, in the middle of a transaction holds its locks: PostgreSQL ends its session after this.
const IDLE_IN_TRANSACTION_MS = 5_000;
const BIGINT_OID = 20;
// A replica sends what goes together in one statement: hardly more than two are ever under way.
const BY_KEY_CONNECTIONS = 4;
// What is asked all the time is answered sooner than other processes of PostgreSQL are started to help, or a plan is compiled.
const PLANS = "select set_config('max_parallel_workers_per_gather', '0', false), set_config('jit', 'off', false)";
// A plan is made for any size: of a small table it would read all, and still do so when it has grown. And rows are fetched one by one, for
// only then does an index forget those that are gone.
const BY_KEY_PLANS = `${PLANS}, set_config('plan_cache_mode', 'force_generic_plan', false), set_config('enable_seqscan', 'off', false),
  set_config('enable_bitmapscan', 'off', false), set_config('enable_hashjoin', 'off', false), set_config('enable_mergejoin', 'off', false)`;

/** Opens a PostgreSQL database. Nothing is asked of it yet. */
export function openStore(databaseUrl: string, logger: Logger, maxConnections = 10): Store {
  const types = new pg.TypeOverrides();
  types.setTypeParser(BIGINT_OID, BigInt);
  const options: pg.PoolConfig = {
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    types,
    application_name: "event-machine",
  };
  const asking = (text: string) => async (client: pg.ClientBase) => void (await client.query(text));
  const pool = createPool({ ...options, max: maxConnections, onConnect: asking(PLANS) }, logger);
  const keyedMax = Math.min(maxConnections, BY_KEY_CONNECTIONS);
  const keyedPool = createPool({ ...options, max: keyedMax, onConnect: asking(BY_KEY_PLANS) }, logger);
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  const byKey = new Kysely<Database>({ dialect: new PostgresDialect({ pool: preparing(keyedPool) }) });
  return {
    db,
    byKey,
    onNotice: (callback) => listen(databaseUrl, callback, logger),
    close: async () => void (await Promise.all([db.destroy(), byKey.destroy()])),
  };
}

function createPool(config: pg.PoolConfig, logger: Logger): pg.Pool {
  const pool = new pg.Pool(config);
  // Without listeners, a connection that breaks while no query is under way would end the process: one that is idle, which the pool
  // replaces by itself, or one between two queries of a transaction, where the next query tells.
  pool.on("error", (error) => logger.warn({ error: error.message }, "an idle connection to PostgreSQL broke"));
  pool.on("connect", (client) => {
    client.on("error", (error) => logger.debug({ error: error.message }, "a connection to PostgreSQL broke"));
  });
  return pool;
}

/**
 * Brings the schema up to date; replicas that start together take turns.
 * @throws AppError `store-unavailable` with what PostgreSQL says.
 */
export async function migrateStore(db: Db): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => MIGRATIONS } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    throw new AppError("store-unavailable", `The store cannot be prepared: ${describeStoreError(error)}. Check DATABASE_URL.`, {
      cause: error,
    });
  }
}

/** Whether the store answers. */
export async function pingStore(db: Db): Promise<void> {
  await onStore(() => sql`select 1`.execute(db));
}

/** Runs a query; a connection that fails becomes `store-unavailable`, and any other error passes. */
export async function onStore<T>(query: () => Promise<T>): Promise<T> {
  try {
    return await query();
  } catch (cause) {
    if (!isConnectionError(cause)) throw cause;
    throw new AppError("store-unavailable", `The store gave no answer: ${describeStoreError(cause)}`, { cause });
  }
}

/** Whether an error is about the connection or the server's coming and going, not about the query. */
export function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AppError) return error.code === "store-unavailable";
  const code = "code" in error ? String(error.code) : "";
  // SQLSTATE classes 08 (connection), 40 (rolled back), 53 (resources), 57 (operator intervention), and 25P03 (idle for too long in a
  // transaction); Node's codes; the pool's own messages.
  if (/^(08|40|53|57|25P03)/.test(code) || /^E[A-Z]+$/.test(code)) return true;
  return /Connection terminated|timeout exceeded|is not queryable/.test(error.message);
}

function describeStoreError(error: unknown): string {
  return error instanceof Error ? error.message || String("code" in error ? error.code : error.name) : String(error);
}

async function listen(databaseUrl: string, callback: (notice: Notice) => void, logger: Logger): Promise<() => Promise<void>> {
  let closed = false;
  let client: pg.Client | undefined;

  async function connect(): Promise<void> {
    const fresh = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
    fresh.on("notification", ({ payload }) => callback(parseNotice(payload)));
    fresh.on("error", (error) => {
      logger.warn({ error: error.message }, "the listening connection to PostgreSQL broke");
    });
    try {
      await fresh.connect();
      await fresh.query(`listen ${NOTICES_CHANNEL}`);
    } catch (error) {
      await fresh.end();
      throw error;
    }
    client = fresh;
    // Only one that has been good: whoever waits for this to fail tries again himself.
    fresh.on("end", () => {
      if (!closed) reconnect();
    });
    if (closed) await fresh.end();
  }

  function reconnect(): void {
    setTimeout(() => {
      if (closed) return;
      const tell = () => callback({ about: "anything" });
      connect().then(tell, (error: unknown) => {
        logger.warn({ error: describeStoreError(error) }, "no listening connection to PostgreSQL; trying again");
        reconnect();
      });
    }, RECONNECT_DELAY_MS).unref();
  }

  await onStore(connect);
  return async () => {
    closed = true;
    await client?.end();
  };
}
