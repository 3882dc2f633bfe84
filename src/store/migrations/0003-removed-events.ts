import { type Kysely, sql } from "kysely";

// What a reorganisation took back. Each one is an epoch of the streams: whoever read events before it is told which of them are gone.
// These two tables outlive a rebuild, since the chain cannot tell them again.
const TABLES = `
  create table rollbacks (
    epoch bigint generated always as identity primary key,
    first_sequence bigint not null, last_sequence bigint not null check (last_sequence >= first_sequence),
    rolled_back_at timestamptz not null default clock_timestamp()
  );
  create table removed_events (
    epoch bigint not null references rollbacks (epoch) on delete cascade,
    sequence bigint not null,
    type text not null,
    transfer_id text collate "C" not null,
    state text, payer_bank text, payee_bank text,
    block_number bigint not null, block_hash text not null, block_time timestamptz not null,
    log_index integer not null, transaction_hash text not null, started_block bigint,
    observed_at timestamptz not null,
    data jsonb not null,
    primary key (epoch, sequence)
  );
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
