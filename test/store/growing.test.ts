import { expect } from "chai";
import { sql } from "kysely";
import { countParked, parkOpenTransfers, readDueRetries, type Subscription } from "../../src/store/functions/retries.js";
import { openStore, type Store } from "../../src/store/open-store.js";
import type { Db } from "../../src/store/schema.js";
import { createJournal } from "../../src/store/transfers/journal.js";
import { SILENT } from "../../tools/support/logger.js";
import { createStoreDatabase } from "../support/postgres.js";

const DOMAIN = `0x${"22".repeat(32)}`;
const FN: Subscription = {
  name: "debit",
  url: "http://127.0.0.1:1/",
  types: ["eventmachine.transfer.started"],
  payerBank: null,
  payeeBank: null,
  batchSize: 10,
  concurrency: 1,
};

// What is asked again and again must not read more as the store grows. PostgreSQL counts the rows that it has read.
describe("a store that grows", function () {
  this.timeout(120_000);
  let store: Store;

  beforeEach(async () => {
    store = openStore(await createStoreDatabase(), SILENT);
  });
  afterEach(() => store.close());

  async function rowsRead(db: Db, table: string, act: (transaction: Db) => Promise<unknown>): Promise<number> {
    return await db.transaction().execute(async (transaction) => {
      // What an earlier transaction of the same connection has read may still be in it.
      const count = async () => {
        const { rows } = await sql<{ read: bigint }>`
          select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as read from pg_stat_xact_user_tables
          where relname = ${table}`.execute(transaction);
        return Number(rows[0]?.read);
      };
      const before = await count();
      await act(transaction);
      return (await count()) - before;
    });
  }

  /** Completed transfers, and one that is open; the tables' statistics are new. */
  async function insertTransfers(completed: number): Promise<void> {
    await sql`
      insert into events (sequence, type, transfer_id, state, block_number, block_hash, block_time, log_index, transaction_hash,
        observed_at, data)
      select n, case n % 3 when 1 then 'eventmachine.transfer.started' when 2 then 'eventmachine.transfer.pending'
          else 'eventmachine.transfer.completed' end, 't' || ((n + 2) / 3), case n % 3 when 1 then 'STARTED' when 2 then 'PENDING' else 'COMPLETED' end,
        n, 'b' || n, now(), 0, 'x', now() - interval '1 hour', '{}'
      from generate_series(1, ${completed * 3 + 1}::bigint) n`.execute(store.db);
    await sql`
      insert into transfers (id, state, payer_bank, payee_bank, currency, amount, deadline, started_block, started_at, updated_at, last_sequence)
      select 't' || n, case when n > ${completed} then 'STARTED' else 'COMPLETED' end, 'A', 'B', 764, 1, 1, 1, now(), now(), n * 3
      from generate_series(1, ${completed + 1}::integer) n`.execute(store.db);
    await sql`insert into functions (name, url, secret, types, batch_size, concurrency)
      values (${FN.name}, ${FN.url}, 'sealed', ${FN.types}, 10, 1)`.execute(store.db);
    await sql`vacuum analyze`.execute(store.db);
  }

  it("asks for no helpers: other processes of PostgreSQL take longer to start than an answer takes", async () => {
    for (const db of [store.db, store.byKey]) {
      const { rows } = await sql.raw("show max_parallel_workers_per_gather").execute(db);
      expect(rows).to.deep.equal([{ max_parallel_workers_per_gather: "0" }]);
    }
  });

  it("looks for what has been open for too long among what is open, not among all events", async () => {
    await insertTransfers(2_000);
    let parked = 0;
    const read = await rowsRead(store.db, "events", async (transaction) => {
      parked = await parkOpenTransfers(transaction, FN, 6_001n, 30_000);
    });
    expect(parked).to.equal(1);
    expect(read).to.be.lessThan(20);
  });

  it("looks for abandoned starts past those that are settled, in the order they were abandoned in", async () => {
    const journal = createJournal(store.db, DOMAIN, store.byKey);
    await sql`
      insert into journal (transfer_id, domain, principal, payer_bank, payee_bank, currency, amount, deadline, details, field_hashes,
        status, accepted_at, lease_until)
      select 'j' || n, ${DOMAIN}, 'p', 'A', 'B', 764, 1, 1, '', '{}', case when n > 3000 then 'accepted' else 'started' end,
        now(), now() - n * interval '1 second' from generate_series(1, 3003) n`.execute(store.db);
    await sql`analyze journal`.execute(store.db);
    const taken = await journal.takeOver();
    expect(taken.map(({ transferId }) => transferId)).to.have.members(["j3001", "j3002", "j3003"]);
    expect(taken[0]).to.include({ principal: "p", amountMinor: 1n, status: "accepted" });
    expect(await journal.takeOver()).to.deep.equal([]);
  });

  it("does not compare each parked delivery with each, although PostgreSQL believes that none is parked", async () => {
    await insertTransfers(1_000);
    await sql`analyze retries`.execute(store.db);
    await sql`
      insert into retries (function, sequence, transfer_id, attempts, next_attempt_at, status)
      select ${FN.name}, n, 't' || ((n + 2) / 3), 1, now() - interval '1 second', 'waiting' from generate_series(1, 1000) n`.execute(
      store.db,
    );
    let due: unknown[] = [];
    const look = async (transaction: Db) => {
      due = await readDueRetries(transaction, FN, FN.batchSize, []);
    };
    // What it is there for; where PostgreSQL comes to know better by itself, it can go.
    expect(await rowsRead(store.db, "retries", look)).to.be.greaterThan(100_000);
    await countParked(store.db);
    expect(await rowsRead(store.db, "retries", look)).to.be.lessThan(5_000);
    expect(due).to.have.length(FN.batchSize);
  });
});
