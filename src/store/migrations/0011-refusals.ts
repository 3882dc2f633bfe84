import { type Kysely, sql } from "kysely";

// Refusals change no transfer, and anybody can cause them: they leave the event log for a table of their own, bounded per transfer.
// `events.refusals_before` keeps the contract's count provable: `sequence - refusals_before - 1` is the sequence of the event before.
const TABLES = `
  create table refusals (
    transfer_id text collate "C" not null,
    sequence bigint not null,
    current_state text not null, target_state text not null, cause text not null,
    block_number bigint not null, block_hash text not null, block_time timestamptz not null,
    log_index integer not null, transaction_hash text not null,
    observed_at timestamptz not null default clock_timestamp(),
    primary key (transfer_id, sequence)
  );
  create index refusals_by_block on refusals (block_number);
  alter table events add column refusals_before bigint not null default 0;
  alter table removed_events add column refusals_before bigint not null default 0;
  alter table blocks add column sequence bigint;
`;

// Only blocks from the final one on can be rolled back to.
const MOVE = `
  update blocks b set sequence = coalesce(
    (select e.sequence from events e where e.block_number <= b.number order by e.sequence desc limit 1), 0)
  where b.number >= (select greatest(final_block, 0) from cursor)
    and exists (select from events e where e.block_number <= b.number);
  insert into refusals (transfer_id, sequence, current_state, target_state, cause,
    block_number, block_hash, block_time, log_index, transaction_hash, observed_at)
  select transfer_id, sequence, data->'refusal'->>'current', data->'refusal'->>'to', data->'refusal'->>'cause',
    block_number, block_hash, block_time, log_index, transaction_hash, observed_at
  from (
    select e.*, row_number() over (partition by e.transfer_id, e.data->'refusal'->>'cause' order by e.sequence) as place
    from events e join transfers t on t.id = e.transfer_id
    where e.type = 'eventmachine.transfer.refused' and e.data->'refusal' is not null) r
  where place <= 20;
  update transfers t set last_sequence = (
    select max(e.sequence) from events e where e.transfer_id = t.id and e.type <> 'eventmachine.transfer.refused')
  where t.id in (select distinct transfer_id from events where type = 'eventmachine.transfer.refused');
  delete from retries r using events e where e.sequence = r.sequence and e.type = 'eventmachine.transfer.refused';
  with gone as (delete from events where type = 'eventmachine.transfer.refused' returning sequence),
  before as (
    select e.sequence, count(g.sequence) as refusals from gone g join lateral (
      select sequence from events e where e.sequence > g.sequence and e.type <> 'eventmachine.transfer.refused'
      order by e.sequence limit 1) e on true
    group by e.sequence)
  update events e set refusals_before = b.refusals from before b where b.sequence = e.sequence;
  update functions set types = array_remove(types, 'eventmachine.transfer.refused')
  where 'eventmachine.transfer.refused' = any(types);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
  await sql.raw(MOVE).execute(db);
}
