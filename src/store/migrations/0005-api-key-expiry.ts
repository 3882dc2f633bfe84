import { type Kysely, sql } from "kysely";

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table api_keys add column expires_at timestamptz").execute(db);
}
