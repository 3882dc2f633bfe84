import pg from "pg";

/** A connection to the system's PostgreSQL, beside the system's own; made anew if it breaks. */
export async function connectStore(databaseUrl: string) {
  const client = new pg.Pool({ connectionString: databaseUrl, max: 1, idleTimeoutMillis: 0 });
  // Without a listener, a connection that breaks would end the process; the next query makes another.
  client.on("error", () => undefined);
  return {
    query: async (sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
      (await client.query<Record<string, unknown>>(sql, values)).rows,
    close: () => client.end(),
  };
}

export type StoreClient = Awaited<ReturnType<typeof connectStore>>;
