import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from "kysely";
import pg from "pg";
import type { Logger } from "pino";
import { describeStoreError, spentBy } from "./store-errors.js";

/** A pool that throws away connections that can do no more work. */
export interface StorePool extends PostgresPool {
  connect(): Promise<PostgresPoolClient>;
}

export interface StorePoolOptions {
  config: pg.PoolConfig;
  /** Whether statements with parameters are prepared: parsed once a connection, under a name of ours. */
  prepares: boolean;
  /** Throws where no connection may be used now. */
  admit: () => void;
  /** Is told every error of a statement; must neither throw nor wait. */
  onError: (error: unknown) => void;
}

// Each connection keeps as many. The statements by key are a handful; one that is made of pieces must not fill the server's memory.
const MAX_STATEMENTS = 64;

/** Opens a pool of connections; none is made yet. */
export function createStorePool({ logger }: { logger: Logger }, options: StorePoolOptions): StorePool {
  const pool = new pg.Pool(options.config);
  const nameOf = options.prepares ? createNames() : () => undefined;
  const openedIn = new WeakMap<pg.PoolClient, number>();
  const spent = new WeakSet<pg.PoolClient>();
  let generation = 0;
  // Without listeners, a connection that breaks while no query is under way would end the process: one that is idle, which the pool
  // replaces by itself, or one between two queries of a transaction, where the next query tells.
  pool.on("error", (error) => logger.warn({ error: error.message }, "an idle connection to PostgreSQL broke"));
  pool.on("connect", (client) => {
    openedIn.set(client, generation);
    client.on("error", (error) => logger.debug({ error: error.message }, "a connection to PostgreSQL broke"));
  });

  function note(client: pg.PoolClient, error: unknown): void {
    options.onError(error);
    const kind = spentBy(error);
    if (kind === "none") return;
    if (kind === "all" && openedIn.get(client) === generation) generation += 1;
    if (!spent.has(client))
      logger.warn({ error: describeStoreError(error) }, "connection to PostgreSQL can do no more work; discarding it");
    spent.add(client);
  }

  const isSpent = (client: pg.PoolClient) => spent.has(client) || openedIn.get(client) !== generation;

  async function take(): Promise<pg.PoolClient> {
    for (;;) {
      const client = await connectTo(pool, options.onError);
      // Bounded by what the pool holds: a connection that is made now is of this generation.
      if (!isSpent(client)) return client;
      client.release(true);
    }
  }

  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      options.admit();
      const client = await take();
      async function query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>>;
      function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
      function query<R>(
        text: string | PostgresCursor<R>,
        values: readonly unknown[] = [],
      ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
        if (typeof text !== "string") throw new TypeError("The store reads no cursors.");
        const name = values.length > 0 ? nameOf(text) : undefined;
        // For the driver, `command` is any text.
        const result = client.query({ text, values: [...values], ...(name !== undefined && { name }) }) as unknown as Promise<
          PostgresQueryResult<R>
        >;
        return result.catch((error: unknown) => {
          note(client, error);
          throw error;
        });
      }
      return { query, release: (destroy?: boolean) => client.release(destroy || isSpent(client)) };
    },
  };
}

async function connectTo(pool: pg.Pool, onError: (error: unknown) => void): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    onError(error);
    throw error;
  }
}

/** Gives a text of SQL the same name every time, as long as there are names. */
function createNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  return (text) => {
    const name = names.get(text);
    if (name !== undefined || names.size >= MAX_STATEMENTS) return name;
    names.set(text, `by_key_${names.size + 1}`);
    return names.get(text);
  };
}
