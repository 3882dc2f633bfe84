import { type Kysely, sql } from "kysely";

// A function without an owner is the deployment's (FUNCTIONS). `url` is `module:<digest>` where a module is the target. What others say is kept as json,
// not as jsonb, which takes no NUL in a string.
const TABLES = `
  alter table functions
    add column owner text,
    add column of_principal text,
    add column currency smallint,
    add column retry jsonb,
    add column previous_secret text,
    add column previous_secret_until timestamptz,
    add column created_at timestamptz not null default now(),
    add column updated_at timestamptz not null default now();
  create index functions_by_owner on functions (owner, name);
  create table function_modules (
    digest text collate "C" primary key, code text not null, source text not null
  );
  create table function_requests (
    function text not null references functions (name) on delete cascade,
    slot integer not null,
    at timestamptz not null,
    events integer not null,
    outcome text not null,
    duration_ms integer not null,
    error text,
    primary key (function, slot)
  );
  create table invocations (
    id text collate "C" primary key,
    function text not null references functions (name) on delete cascade,
    input json not null,
    status text not null check (status in ('waiting', 'succeeded', 'failed')),
    attempts integer not null default 0,
    output json, logs text[], error text, duration_ms integer,
    created_at timestamptz not null default now(), finished_at timestamptz,
    lease_until timestamptz
  );
  create index invocations_waiting on invocations (created_at) where status = 'waiting';
  create index invocations_by_function on invocations (function, created_at desc, id desc);
  create index invocations_by_age on invocations (created_at);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
