import { type Kysely, sql } from "kysely";

// Hexadecimal ids are text in the "C" collation: readable in psql, and compared byte by byte.
const TABLES = `
  create table chain (
    one_row boolean primary key default true check (one_row),
    chain_id text not null, genesis_hash text not null, domain text not null, contract text not null
  );
  create table cursor (
    one_row boolean primary key default true check (one_row),
    block_number bigint not null, block_hash text not null, sequence bigint not null,
    final_block bigint not null, caught_up boolean not null
  );
  create table blocks (
    number bigint primary key, hash text not null, parent_hash text not null, time timestamptz not null
  );
  create table events (
    sequence bigint primary key,
    type text not null,
    transfer_id text collate "C" not null,
    state text, payer_bank text, payee_bank text,
    block_number bigint not null, block_hash text not null, block_time timestamptz not null,
    log_index integer not null, transaction_hash text not null, started_block bigint,
    observed_at timestamptz not null default clock_timestamp(),
    data jsonb not null
  );
  create index events_by_transfer on events (transfer_id, sequence);
  create index events_by_block on events (block_number);
  create table transfers (
    id text collate "C" primary key,
    state text not null, suspended_from text,
    payer_bank text not null, payee_bank text not null,
    currency smallint not null, amount bigint not null check (amount > 0), deadline bigint not null,
    reason text,
    started_block bigint not null, started_at timestamptz not null, updated_at timestamptz not null,
    last_sequence bigint not null
  );
  create index transfers_open on transfers (updated_at) where state in ('STARTED', 'PENDING', 'REVERSING');
  create table journal (
    transfer_id text collate "C" primary key,
    domain text not null, principal text not null,
    payer_bank text not null, payee_bank text not null,
    currency smallint not null, amount bigint not null check (amount > 0), deadline bigint not null,
    details bytea not null, field_hashes jsonb not null,
    status text not null check (status in ('accepted', 'started', 'refused')),
    refusal text,
    accepted_at timestamptz not null, lease_until timestamptz not null
  );
  create index journal_accepted on journal (lease_until) where status = 'accepted';
  create table api_keys (
    id text primary key, key_hash text not null unique, principal text not null,
    scopes text[] not null, payers jsonb not null, created_at timestamptz not null default now()
  );
  create table functions (
    name text primary key, url text not null, secret text not null, types text[] not null,
    payer_bank text, payee_bank text,
    batch_size integer not null check (batch_size > 0), concurrency integer not null check (concurrency > 0),
    position bigint, disabled_reason text
  );
  create table retries (
    function text not null references functions (name) on delete cascade,
    sequence bigint not null,
    transfer_id text collate "C" not null,
    attempts integer not null, next_attempt_at timestamptz not null,
    status text not null check (status in ('waiting', 'dead')),
    last_error text,
    primary key (function, sequence)
  );
  create index retries_by_transfer on retries (function, transfer_id, sequence) where status = 'waiting';
  create index retries_due on retries (function, next_attempt_at) where status = 'waiting';
  create table leases (
    name text primary key, holder text not null, epoch bigint not null, expires_at timestamptz not null
  );
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
