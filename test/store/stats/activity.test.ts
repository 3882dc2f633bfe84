import { expect } from "chai";
import { sql } from "kysely";
import { readActivity } from "../../../src/store/stats/activity.js";
import { createJournal } from "../../../src/store/transfers/journal.js";
import { startTestStore } from "../../support/watching.js";

const DOMAIN = `0x${"11".repeat(32)}`;

describe("what has happened lately", function () {
  this.timeout(120_000);
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let sequence: number;

  beforeEach(async () => {
    store = await startTestStore();
    sequence = 0;
  });
  afterEach(() => store.close());

  /** An event that lies, and was seen, so many seconds ago. */
  async function event(transferId: string, state: string | null, secondsAgo: number): Promise<void> {
    sequence += 1;
    await sql`
      insert into events (sequence, type, transfer_id, state, block_number, block_hash, block_time, log_index, transaction_hash,
        observed_at, data)
      values (${sequence}, 'x', ${transferId}, ${state}, 1, '0x', now() - ${secondsAgo} * interval '1 second', 0, '0x',
        now() - ${secondsAgo} * interval '1 second', '{}')`.execute(store.db);
  }
  async function accept(transferId: string, secondsAgo: number): Promise<void> {
    await createJournal(store.db, DOMAIN).insert({
      transferId,
      requestHash: `0x${"4e".repeat(32)}`,
      principal: "p",
      payerBank: "FAASTHB1",
      payeeBank: "WHSKTHB1",
      currencyNumeric: 764,
      amountMinor: 1n,
      deadlineSeconds: 1,
      details: new Uint8Array(),
      fieldHashes: {},
      acceptedAt: new Date(Date.now() - secondsAgo * 1_000),
      status: "accepted",
    });
  }
  const changes = async () =>
    Object.fromEntries((await readActivity(store.db)).changes.map(({ state, count }) => [state, count]));

  it("is nothing where nothing has happened", async () => {
    expect(await readActivity(store.db)).deep.equal({ windowSeconds: 300, changes: [], durations: [] });
  });

  it("counts the transfers that entered each state in the last five minutes, and no refusals", async () => {
    await event("old", "STARTED", 400);
    await event("a", "STARTED", 200);
    await event("b", "STARTED", 100);
    await event("a", "PENDING", 90);
    await event("a", null, 80);
    expect(await changes()).deep.equal({ STARTED: 2, PENDING: 1 });
    expect((await readActivity(store.db)).windowSeconds).equal(300);
  });

  it("goes by the chain's clock where that is ahead", async () => {
    await event("a", "STARTED", 0);
    await event("b", "STARTED", -600);
    expect(await changes()).deep.equal({ STARTED: 1 });
  });

  it("shortens the window when more happens than it looks at", async () => {
    await sql`
      insert into events (sequence, type, transfer_id, state, block_number, block_hash, block_time, log_index, transaction_hash, data)
      select s, 'x', s::text, 'STARTED', 1, '0x', now() - (12000 - s) * interval '10 milliseconds', 0, '0x', '{}'
      from generate_series(1, 12000) s`.execute(store.db);
    const activity = await readActivity(store.db);
    expect(activity.windowSeconds).within(99, 103);
    expect(activity.changes[0]?.count).within(9_900, 10_000);
  });

  it("tells how long each leg takes, from the event that wakes it to the one that it brings about", async () => {
    // Debits of one to a hundred seconds.
    for (let seconds = 1; seconds <= 100; seconds += 1) {
      await event(`t${seconds}`, "STARTED", 1_000);
      await event(`t${seconds}`, "PENDING", 1_000 - seconds);
    }
    await event("t1", "REVERSING", 997);
    await event("t1", "REVERSED", 992);
    await event("t2", "COMPLETED", 997);
    const found = new Map((await readActivity(store.db)).durations.map(({ leg, ...rest }) => [leg, rest]));
    expect([...found.keys()]).deep.equal(["credit", "debit", "refund"]);
    const { count, p50Ms = 0, p95Ms = 0, p99Ms = 0 } = found.get("debit") ?? { count: 0 };
    expect(count).equal(100);
    expect([p50Ms, p95Ms, p99Ms].map((ms) => Math.round(ms / 1_000))).deep.equal([50, 95, 99]);
    expect(Math.round((found.get("refund")?.p50Ms ?? 0) / 1_000)).equal(5);
    expect(found.get("credit")?.count).equal(2);
  });

  it("tells how long a start takes, and the whole, for what was accepted here", async () => {
    await accept("mine", 100);
    await event("mine", "STARTED", 98);
    await event("others", "STARTED", 98);
    await event("mine", "PENDING", 95);
    await event("mine", "COMPLETED", 90);
    const found = new Map((await readActivity(store.db)).durations.map(({ leg, ...rest }) => [leg, rest]));
    expect(found.get("start")).include({ count: 1 });
    expect(found.get("total")).include({ count: 1 });
    expect(Math.round((found.get("start")?.p50Ms ?? 0) / 1_000)).equal(2);
    expect(Math.round((found.get("total")?.p99Ms ?? 0) / 1_000)).equal(10);
  });

  it("reads the newest events by their primary key, however many there are", async () => {
    await sql`
      insert into events (sequence, type, transfer_id, state, block_number, block_hash, block_time, log_index, transaction_hash, data)
      select s, 'x', s::text, 'STARTED', 1, '0x', now(), 0, '0x', '{}' from generate_series(1, 50000) s`.execute(store.db);
    await sql`analyze events`.execute(store.db);
    const { rows } = await sql<{ plan: string }>`
      explain select state from events where state is not null order by sequence desc limit 10000`.execute(store.db);
    expect(JSON.stringify(rows)).include("Index Scan Backward using events_pkey");
  });
});
