import { type Kysely, sql } from "kysely";

/**
 * Starts carry the hash that the contract makes their ids of. A transfer counts how often arbiters have resumed it, and keeps the hash of
 * the sealed details that it was started with: null for what was projected before.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table journal add column request_hash text not null default ''").execute(db);
  await sql.raw("alter table transfers add column resumptions smallint not null default 0").execute(db);
  await sql.raw("alter table transfers add column details_hash text").execute(db);
}
