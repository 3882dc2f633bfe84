import type { PostgresCursor, PostgresPool, PostgresQueryResult } from "kysely";
import type pg from "pg";

// Each connection keeps as many. The statements by key are a handful; one that is made of pieces must not fill the server's memory.
const MAX_STATEMENTS = 64;

/** A pool whose statements with parameters are prepared: parsed once a connection, under a name of ours. */
export function preparing(pool: pg.Pool): PostgresPool {
  const names = new Map<string, string>();

  function nameOf(text: string): string | undefined {
    const name = names.get(text);
    if (name !== undefined || names.size >= MAX_STATEMENTS) return name;
    names.set(text, `by_key_${names.size + 1}`);
    return names.get(text);
  }

  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect();
      function query<R>(text: string, values: readonly unknown[]): Promise<PostgresQueryResult<R>>;
      function query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
      function query<R>(
        text: string | PostgresCursor<R>,
        values: readonly unknown[] = [],
      ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
        if (typeof text !== "string") throw new TypeError("A cursor is not for statements by key; use the other connections.");
        const name = values.length > 0 ? nameOf(text) : undefined;
        // For the driver, `command` is any text.
        return client.query({ text, values: [...values], ...(name !== undefined && { name }) }) as unknown as Promise<
          PostgresQueryResult<R>
        >;
      }
      return { query, release: (destroy?: boolean) => client.release(destroy) };
    },
  };
}
