import pg from "pg";

/** A connection to the system's PostgreSQL, beside the system's own. */
export async function connectStore(databaseUrl: string) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  return {
    query: async (sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
      (await client.query<Record<string, unknown>>(sql, values)).rows,
    close: () => client.end(),
  };
}

export type StoreClient = Awaited<ReturnType<typeof connectStore>>;
