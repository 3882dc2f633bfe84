import { type Kysely, sql } from "kysely";

// Transfers of chains that a fresh chain has replaced: a chain in memory is lost with its process, and its senders still ask for
// their transfers. `domain` names the network of transfers of one chain.
const TABLES = `
  create table earlier_chains (
    domain text primary key,
    left_at timestamptz not null default now()
  );
  insert into earlier_chains (domain) select distinct domain from journal;
  create table earlier_transfers (
    domain text not null references earlier_chains,
    id text collate "C" primary key,
    state text not null, suspended_from text,
    payer_bank text not null, payee_bank text not null,
    currency smallint not null, amount bigint not null, deadline bigint not null,
    resumptions smallint not null, details_hash text,
    reason text,
    started_block bigint not null, started_at timestamptz not null, updated_at timestamptz not null,
    last_sequence bigint not null
  );
  create index earlier_transfers_by_start on earlier_transfers (started_at desc, id desc);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
