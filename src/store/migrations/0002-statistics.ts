import { type Kysely, sql } from "kysely";

// How many transfers are in each state: counted as they change, for counting millions takes seconds. By triggers, once a statement, so
// that no writer of transfers can forget it, not even a rollback.
const COUNTS = `
  create table transfer_counts (state text primary key, count bigint not null);
  insert into transfer_counts select state, count(*) from transfers group by state;

  create function count_transfers() returns trigger language plpgsql as $$
  begin
    if tg_op = 'TRUNCATE' then
      delete from transfer_counts;
      return null;
    end if;
    if tg_op <> 'INSERT' then
      update transfer_counts c set count = c.count - o.count
      from (select state, count(*) from old_transfers group by state) o where c.state = o.state;
    end if;
    if tg_op <> 'DELETE' then
      insert into transfer_counts as c select state, count(*) from new_transfers group by state
      on conflict (state) do update set count = c.count + excluded.count;
    end if;
    return null;
  end $$;

  create trigger count_inserted after insert on transfers referencing new table as new_transfers
    for each statement execute function count_transfers();
  create trigger count_updated after update on transfers referencing old table as old_transfers new table as new_transfers
    for each statement execute function count_transfers();
  create trigger count_deleted after delete on transfers referencing old table as old_transfers
    for each statement execute function count_transfers();
  create trigger count_truncated after truncate on transfers for each statement execute function count_transfers();
`;

const INDEXES = `
  create index transfers_oldest_open on transfers (started_at) where state in ('STARTED', 'PENDING', 'REVERSING');
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(COUNTS).execute(db);
  await sql.raw(INDEXES).execute(db);
}
