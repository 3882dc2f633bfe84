import { type Kysely, sql } from "kysely";

// `store_identity` tells one database from another that took its place. A session is the advisory lock of a running replica
// (`replica-session.ts`): null where the replica held none, and then only the lease's time counts.
const TABLES = `
  create table store_identity (id uuid primary key default gen_random_uuid());
  insert into store_identity default values;
  alter table journal add column session integer;
  alter table leases add column session integer;
  create table reconciliation_failures (
    bank text not null,
    day date not null,
    failed_at timestamptz not null default now(),
    code text not null,
    primary key (bank, day)
  );
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
