import { type Kysely, sql } from "kysely";

/** A dead letter keeps when it was given up, and a delivery how often the sweeper has given it its tries again. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw("alter table retries add column revivals integer not null default 0, add column given_up_at timestamptz")
    .execute(db);
  await sql.raw("update retries set given_up_at = now() where status = 'dead'").execute(db);
  await sql.raw("create index retries_dead on retries (function, given_up_at) where status = 'dead'").execute(db);
}
