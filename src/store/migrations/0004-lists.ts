import { type Kysely, sql } from "kysely";

// What the API's lists are read off, newest first. Of the journal without a principal, only what is not on the chain is asked for.
const INDEXES = `
  create index journal_by_principal on journal (principal, accepted_at desc, transfer_id desc);
  create index journal_not_started on journal (accepted_at desc, transfer_id desc) where status <> 'started';
  create index transfers_by_start on transfers (started_at desc, id desc);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(INDEXES).execute(db);
}
