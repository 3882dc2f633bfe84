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
import type { Database } from "./schema.js";

/** The store's typed SQL. */
export type Db = Kysely<Database>;

export interface Store {
  readonly db: Db;
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

/** Opens a PostgreSQL database. Nothing is asked of it yet. */
export function openStore(databaseUrl: string, logger: Logger, maxConnections = 10): Store {
  const types = new pg.TypeOverrides();
  types.setTypeParser(BIGINT_OID, BigInt);
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: maxConnections,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    types,
    application_name: "event-machine",
  });
  // Without listeners, a connection that breaks while no query is under way would end the process: one that is idle, which the pool
  // replaces by itself, or one between two queries of a transaction, where the next query tells.
  pool.on("error", (error) => logger.warn({ error: error.message }, "an idle connection to PostgreSQL broke"));
  pool.on("connect", (client) => {
    client.on("error", (error) => logger.debug({ error: error.message }, "a connection to PostgreSQL broke"));
  });
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  return { db, onNotice: (callback) => listen(databaseUrl, callback, logger), close: () => db.destroy() };
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
