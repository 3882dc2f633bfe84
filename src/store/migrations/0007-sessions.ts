import { type Kysely, sql } from "kysely";

// A session is good for as long as its key is: the key's hash is looked up each time, so a key that is removed or replaced takes its sessions along.
const TABLES = `
  create table sessions (
    id_hash text collate "C" primary key,
    key_hash text not null,
    expires_at timestamptz not null,
    created_at timestamptz not null default now()
  );
  create index sessions_by_expiry on sessions (expires_at);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
