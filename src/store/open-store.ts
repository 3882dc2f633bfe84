import { Kysely, PostgresDialect, sql } from "kysely";
import { Migrator } from "kysely/migration";
import pg from "pg";
import type { Logger } from "pino";
import { AppError } from "../domain/app-error.js";
import { NOTICES_CHANNEL, type Notice, parseNotice } from "./events/notifications.js";
import * as initial from "./migrations/0001-initial.js";
import * as statistics from "./migrations/0002-statistics.js";
import * as removedEvents from "./migrations/0003-removed-events.js";
import * as lists from "./migrations/0004-lists.js";
import * as apiKeyExpiry from "./migrations/0005-api-key-expiry.js";
import * as functionRegistry from "./migrations/0006-function-registry.js";
import * as sessions from "./migrations/0007-sessions.js";
import * as bankPostings from "./migrations/0008-bank-postings.js";
import * as reconciliations from "./migrations/0009-reconciliations.js";
import * as refusals from "./migrations/0011-refusals.js";
import * as replicaSessions from "./migrations/0013-replica-sessions.js";
import * as requestHash from "./migrations/0016-request-hash-and-resumptions.js";
import * as outcomeEvidence from "./migrations/0017-outcome-evidence.js";
import * as earlierChains from "./migrations/0018-earlier-chains.js";
import * as revivedDeliveries from "./migrations/0019-revived-deliveries.js";
import { createPreparation, readStoreIdentity } from "./preparation.js";
import { holdReplicaSession, type ReplicaSession } from "./replica-session.js";
import type { Database, Db } from "./schema.js";
import { describeStoreError, isConnectionError, isSchemaMissing } from "./store-errors.js";
import { createStorePool } from "./store-pool.js";

export interface Store {
  readonly db: Db;
  /**
   * The same database, for statements that find every row by its key, over and over: PostgreSQL parses and plans each once a connection,
   * by indexes whatever the size of the tables. Result columns are named one by one: a plan does not outlive a `*` that has changed.
   */
  readonly byKey: Db;
  /** Calls back with what commits tell of; with `anything` after a lost connection came back, since some may have been missed. */
  onNotice(callback: (notice: Notice) => void): Promise<() => Promise<void>>;
  /**
   * Brings the schema up to date and then does `fill`, now and whenever another database is found in the place of the one that was
   * prepared: one that was dropped and restored empty. Until it is prepared again, every statement fails with `store-unavailable`.
   * @throws AppError `store-unavailable` with what PostgreSQL says.
   */
  prepare(fill?: (db: Db) => Promise<void>): Promise<void>;
  /** @throws AppError `store-unavailable` where the database is not the one that was prepared. */
  assertSame(): Promise<void>;
  /** As {@link Store.assertSame}, and where it cannot be written to. */
  assertWritable(): Promise<void>;
  /** Holds a session that tells other replicas that this process lives; it ends with the store. */
  holdSession(): Promise<Pick<ReplicaSession, "id">>;
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
  "0011-refusals": refusals,
  "0013-replica-sessions": replicaSessions,
  "0016-request-hash-and-resumptions": requestHash,
  "0017-outcome-evidence": outcomeEvidence,
  "0018-earlier-chains": earlierChains,
  "0019-revived-deliveries": revivedDeliveries,
};
const CONNECT_TIMEOUT_MS = 5_000;
const RECONNECT_DELAY_MS = 500;
// A process that is stopped, or cut off, in the middle of a transaction holds its locks: PostgreSQL ends its session after this.
const IDLE_IN_TRANSACTION_MS = 5_000;
// Set by a statement on each new connection: PgBouncer refuses a connection whose startup message has such parameters.
const SESSION = `select set_config('idle_in_transaction_session_timeout', '${IDLE_IN_TRANSACTION_MS}', false)`;
const BIGINT_OID = 20;
// Kysely's migrator looks from one connection and writes from another.
const PREPARING_CONNECTIONS = 2;
// A replica sends what goes together in one statement: hardly more than two are ever under way.
const BY_KEY_CONNECTIONS = 4;
// What is asked all the time is answered sooner than other processes of PostgreSQL are started to help, or a plan is compiled.
const PLANS = "set_config('max_parallel_workers_per_gather', '0', false), set_config('jit', 'off', false)";
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
    types,
    application_name: "event-machine",
  };
  let session: ReplicaSession | undefined;
  let fill: ((db: Db) => Promise<void>) | undefined;
  const preparation = createPreparation({ work: () => prepareOn(options, logger, fill), logger });
  const onError = (error: unknown) => {
    if (isSchemaMissing(error)) preparation.begin();
  };
  const assertIdentity = (identity: string | undefined) => {
    if (!preparation.isForeign(identity)) return;
    preparation.begin();
    throw new AppError("store-unavailable", "The database is another than the one that was prepared.");
  };
  const open = (plans: string, max: number, prepares: boolean) => {
    const onConnect = async (client: pg.ClientBase) => {
      await client.query(`${SESSION}, ${plans}`);
      if (!preparation.isPrepared()) return;
      const { rows } = await client.query<{ id: string }>("select id from store_identity");
      assertIdentity(rows[0]?.id);
    };
    const pool = createStorePool(
      { logger },
      { config: { ...options, max, onConnect }, prepares, admit: preparation.admit, onError },
    );
    return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  };
  const db = open(PLANS, maxConnections, false);
  const byKey = open(BY_KEY_PLANS, Math.min(maxConnections, BY_KEY_CONNECTIONS), true);
  return {
    db,
    byKey,
    onNotice: (callback) => listen(databaseUrl, callback, logger),
    async prepare(work) {
      fill = work;
      await preparation.prepare();
    },
    assertSame: () => onStore(async () => assertIdentity(await readStoreIdentity(db))),
    async assertWritable() {
      // The lock is a write: a read-only server refuses it.
      const { rows } = await onStore(() => sql<{ id: string }>`select id from store_identity for key share`.execute(db));
      assertIdentity(rows[0]?.id);
    },
    async holdSession() {
      session ??= await holdReplicaSession(
        { connectionString: databaseUrl, connectionTimeoutMillis: CONNECT_TIMEOUT_MS },
        logger,
      );
      return session;
    },
    async close() {
      await preparation.close();
      await session?.close();
      await Promise.all([db.destroy(), byKey.destroy()]);
    },
  };
}

/** Prepares a database on connections of its own; answers with its identity. */
async function prepareOn(
  options: pg.PoolConfig,
  logger: Logger,
  fill: ((db: Db) => Promise<void>) | undefined,
): Promise<string | undefined> {
  const onConnect = async (client: pg.ClientBase) => void (await client.query(SESSION));
  const config = { ...options, max: PREPARING_CONNECTIONS, onConnect };
  const pool = createStorePool({ logger }, { config, prepares: false, admit: () => undefined, onError: () => undefined });
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrateStore(db);
    await fill?.(db);
    return await onStore(() => readStoreIdentity(db));
  } finally {
    await db.destroy();
  }
}

/**
 * Brings the schema up to date; replicas that start together take turns. A version adds tables and columns under a number that was reserved
 * for it, and versions land in another order: a store runs whatever it lacks, in the order of the numbers.
 * @throws AppError `store-unavailable` with what PostgreSQL says, or with the migrations that only a newer version knows.
 */
export async function migrateStore(db: Db): Promise<void> {
  const provider = { getMigrations: async () => MIGRATIONS };
  const migrator = new Migrator({ db, provider, allowUnorderedMigrations: true });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const unknown = await findUnknownMigrations(db).catch(() => []);
  if (unknown.length > 0) {
    const names = unknown.join(", ");
    throw new AppError(
      "store-unavailable",
      `A newer version of Event Machine prepared this database, with the migration ${names}. Start that version, or name another DATABASE_URL.`,
      { cause: error },
    );
  }
  throw new AppError("store-unavailable", `The store cannot be prepared: ${describeStoreError(error)}. Check DATABASE_URL.`, {
    cause: error,
  });
}

/** Names of the migrations that the database has and this version does not. */
async function findUnknownMigrations(db: Db): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return rows.map(({ name }) => name).filter((name) => !(name in MIGRATIONS));
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
