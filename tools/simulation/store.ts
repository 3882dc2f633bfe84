import { PGlite } from "@electric-sql/pglite";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  sql,
} from "kysely";
import { migrateStore } from "../../src/store/open-store.js";
import type { Database, Db } from "../../src/store/schema.js";
import type { CrashPoint, Faults } from "./faults.js";
import { runQuery } from "./pglite-query.js";
import type { Plants } from "./plants.js";
import type { Random } from "./random.js";
import type { Process, Scheduler } from "./scheduler.js";

/** PostgreSQL in memory, kept for many seeds. */
export async function openPostgres() {
  const pglite = await PGlite.create({ parsers: { 20: BigInt } });
  // Straight through, outside of any simulation.
  const db = kyselyOf(createPlainDriver(pglite));
  await migrateStore(db);
  return {
    pglite,
    db,
    /** Empties every table. */
    async reset(): Promise<void> {
      const { rows } = await sql<{ name: string }>`select tablename as name from pg_tables where schemaname = 'public'
        and tablename not like 'kysely%'`.execute(db);
      await sql.raw(`truncate ${rows.map(({ name }) => name).join(", ")}`).execute(db);
    },
  };
}

export type Postgres = Awaited<ReturnType<typeof openPostgres>>;

/** What a statement, or a transaction of several, does that must survive: the points at which its process may be killed. */
const POINTS: [CrashPoint, RegExp][] = [
  ["journal insert", /insert into "?journal"?/],
  ["journal settled", /update "?journal"? set "?status"?/],
  ["lease taken", /insert into leases/],
  ["page write", /insert into "?cursor"?/],
  ["roll-back", /delete from "?events"?/],
  ["delivery settled", /update functions set position/],
  ["retry parked", /insert into retries/],
];
const MAX_LATENCY_MS = 3;
const SLOW_MS = 3_000;
/** PostgreSQL's SQLSTATE of a full disk. */
const DISK_FULL = "53100";
// As the store asks PostgreSQL to: a session that sits in a transaction is ended.
const IDLE_IN_TRANSACTION_MS = 5_000;

interface Session extends DatabaseConnection {
  broken: boolean;
  process: Process | undefined;
  statements: string[];
  inTransaction: boolean;
  lastUsed: number;
  /** Gives the one connection to the next. */
  release: () => void;
}

/** Gives each process a database handle of its own. There is one connection behind them all, so transactions take turns. */
export function createStoreNetwork(deps: {
  postgres: Postgres;
  scheduler: Scheduler;
  random: Random;
  faults: Faults;
  plants: Plants;
  /** Whether there is no space left for what is written. */
  isFull: () => boolean;
}) {
  const { postgres, scheduler, random, faults } = deps;
  let free: Promise<void> = Promise.resolve();
  let holder: Session | undefined;

  /** A query is an event of its own: nothing else happens meanwhile. PostgreSQL does it whether or not the client still lives. */
  function enqueue<T>(session: Session, work: () => Promise<T>): Promise<T> {
    const delayMs = faults.strikes("store: slow") ? SLOW_MS : random.next() * MAX_LATENCY_MS;
    const { process } = session;
    return new Promise((resolve, reject) => {
      const tell = (told: () => void) => {
        if (process?.stopped) process.held.push(told);
        else if (!process?.dead) told();
      };
      scheduler.after(
        delayMs,
        "",
        () =>
          work().then(
            (value) => tell(() => resolve(value)),
            (error: unknown) => tell(() => reject(error)),
          ),
        null,
      );
    });
  }

  async function endSession(session: Session): Promise<void> {
    if (session.broken) return;
    session.broken = true;
    if (session.inTransaction) await postgres.pglite.query("rollback");
    session.inTransaction = false;
    session.release();
  }

  function watchIdle(session: Session): void {
    const check = () => {
      const idleMs = scheduler.now() - session.lastUsed;
      if (!session.inTransaction || session.broken) return;
      if (idleMs >= IDLE_IN_TRANSACTION_MS) return endSession(session);
      scheduler.after(IDLE_IN_TRANSACTION_MS - idleMs, "", check, null);
    };
    scheduler.after(IDLE_IN_TRANSACTION_MS, "", check, null);
  }

  function acquire(): Session {
    const session: Session = {
      broken: false,
      process: scheduler.current(),
      statements: [],
      inTransaction: false,
      lastUsed: scheduler.now(),
      release: () => undefined,
      executeQuery: (query) => execute(session, query),
      streamQuery: () => {
        throw new Error("Nothing is streamed");
      },
    };
    return session;
  }

  /** Waits until nobody else has a transaction open. */
  async function takeTurn(session: Session): Promise<void> {
    const before = free;
    const turn = Promise.withResolvers<void>();
    free = turn.promise;
    session.release = () => turn.resolve();
    await before;
    holder = session;
  }

  /** Does something on the connection: in the session's own transaction, or in between those of others. */
  async function run<T>(session: Session, work: () => Promise<T>): Promise<T> {
    const alone = !session.inTransaction;
    if (alone) await takeTurn(session);
    // Killed while it waited: it neither asks nor holds anybody up.
    if (alone && session.process?.dead) {
      session.release();
      return await new Promise<T>(() => undefined);
    }
    return await enqueue(session, async () => {
      try {
        if (session.broken || (alone && session.process?.dead)) throw cut();
        session.lastUsed = scheduler.now();
        return await work();
      } finally {
        if (!session.inTransaction) session.release();
      }
    });
  }

  async function execute<R>(session: Session, asked: CompiledQuery): Promise<QueryResult<R>> {
    const role = session.process?.name ?? "";
    const query = deps.plants.query?.(role, asked) ?? asked;
    const instead = deps.plants.rows?.(role, query);
    if (instead !== undefined) return { rows: instead as R[], numAffectedRows: 0n };
    session.statements.push(query.sql);
    if (faults.strikes("store: cut in a query")) {
      await run(session, () => endSession(session));
      throw cut();
    }
    if (session.inTransaction) return await run(session, () => runHere<R>(query));
    return await commit(session, () => runHere<R>(query));
  }

  async function runHere<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return await runQuery<R>(postgres.pglite, query);
  }

  /** Makes something durable: a transaction's commit, or a statement outside of one. */
  async function commit<T>(session: Session, work: () => Promise<T>): Promise<T> {
    const written = session.statements.filter((statement) => /^\s*(insert|update|delete|with)/i.test(statement));
    if (written.length === 0) {
      return await run(session, async () => {
        session.inTransaction = false;
        return await work();
      });
    }
    const points = POINTS.filter(([, pattern]) => written.some((statement) => pattern.test(statement))).map(([point]) => point);
    if (deps.isFull()) {
      await run(session, async () => {
        if (session.inTransaction) await postgres.pglite.query("rollback");
        session.inTransaction = false;
      });
      throw Object.assign(new Error("could not extend file: No space left on device"), { code: DISK_FULL });
    }
    if (faults.strikes("store: cut before commit")) {
      await run(session, () => endSession(session));
      throw cut();
    }
    return await run(session, async () => {
      for (const point of points) faults.pass(point, "before", session.process);
      // Killed before it could send it; what was open is rolled back, and nobody hears of it.
      if (session.process?.dead) {
        await endSession(session);
        throw cut();
      }
      const result = await work();
      for (const point of points) scheduler.trace(`${session.process?.name ?? "world"} store: ${point}`);
      session.inTransaction = false;
      if (faults.strikes("store: cut after commit")) {
        await endSession(session);
        throw cut();
      }
      for (const point of points) faults.pass(point, "after", session.process);
      return result;
    });
  }

  const driver: Driver = {
    init: async () => undefined,
    destroy: async () => undefined,
    acquireConnection: async () => acquire(),
    async beginTransaction(connection) {
      const session = connection as Session;
      await run(session, async () => {
        await postgres.pglite.query("begin");
        session.inTransaction = true;
        session.statements = [];
        watchIdle(session);
      });
    },
    commitTransaction: async (connection) => {
      await commit(connection as Session, () => postgres.pglite.query("commit"));
    },
    async rollbackTransaction(connection) {
      const session = connection as Session;
      await run(session, async () => {
        await postgres.pglite.query("rollback");
        session.inTransaction = false;
      });
    },
    releaseConnection: async () => undefined,
  };

  return {
    /** A handle for one process. */
    open: (): Db => kyselyOf(driver),
    /** PostgreSQL notices that a process is gone: what it had not committed is rolled back. */
    async forget(process: Process): Promise<void> {
      if (holder?.process === process) await endSession(holder);
    },
    /** Whether a transaction is open: what is asked from outside would be asked inside of it. */
    isBusy: () => holder?.inTransaction === true && !holder.broken,
    /** PostgreSQL restarts: whoever is connected is cut off. */
    async restart(): Promise<void> {
      if (holder !== undefined) await endSession(holder);
    },
  };
}

function cut(): Error {
  return Object.assign(new Error("Connection terminated unexpectedly"), { code: "ECONNRESET" });
}

function kyselyOf(driver: Driver): Db {
  return new Kysely<Database>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => new PostgresAdapter(),
      createQueryCompiler: () => new PostgresQueryCompiler(),
      createIntrospector: (db) => new PostgresIntrospector(db),
    },
  });
}

function createPlainDriver(pglite: PGlite): Driver {
  const connection: DatabaseConnection = {
    executeQuery: (query) => runQuery(pglite, query),
    streamQuery: () => {
      throw new Error("Nothing is streamed");
    },
  };
  return {
    init: async () => undefined,
    destroy: async () => undefined,
    acquireConnection: async () => connection,
    releaseConnection: async () => undefined,
    beginTransaction: async () => void (await pglite.query("begin")),
    commitTransaction: async () => void (await pglite.query("commit")),
    rollbackTransaction: async () => void (await pglite.query("rollback")),
  };
}
