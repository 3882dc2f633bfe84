import { type Kysely, sql } from "kysely";

/** The statements of people who report outcomes of suspended transfers. `hash`: SHA-256 of `content`, the evidence on the chain. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql
    .raw(
      `create table outcome_evidence (
        hash text collate "C" primary key,
        transfer_id text collate "C" not null,
        content text not null,
        proposer text not null,
        created_at timestamptz not null default now()
      )`,
    )
    .execute(db);
  await sql.raw("create index outcome_evidence_transfer on outcome_evidence (transfer_id, created_at)").execute(db);
}
