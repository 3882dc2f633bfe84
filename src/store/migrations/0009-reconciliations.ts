import { type Kysely, sql } from "kysely";

// What chain and bank agreed on and where they differed about a day, as it was found last. Found again by comparing again.
const TABLES = `
  create table reconciliations (
    bank text not null,
    day date not null,
    compared_at timestamptz not null default now(),
    counts jsonb not null,
    differences jsonb not null,
    primary key (bank, day)
  );
  create index reconciliations_by_day on reconciliations (day, bank);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
