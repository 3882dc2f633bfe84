import { expect } from "chai";
import { sql } from "kysely";
import { readRecentChanges } from "../../../src/store/stats/changes.js";
import { writeCursor } from "../../../src/store/transfers/projection.js";
import { startTestStore } from "../../support/watching.js";

describe("how transfers went lately", function () {
  this.timeout(120_000);
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let sequence: number;

  beforeEach(async () => {
    store = await startTestStore();
    sequence = 0;
  });
  afterEach(() => store.close());

  async function event(transferId: string, state: string | null, secondsAgo: number, data = {}): Promise<void> {
    sequence += 1;
    await sql`
      insert into events (sequence, type, transfer_id, state, block_number, block_hash, block_time, log_index, transaction_hash, data)
      values (${sequence}, 'x', ${transferId}, ${state}, 1, '0x', date_trunc('second', now()) - ${secondsAgo} * interval '1 second',
        0, '0x', ${JSON.stringify(data)}::jsonb)`.execute(store.db);
  }
  const ways = async () => (await readRecentChanges(store.db)).changes.map(({ from, to, count }) => `${from}>${to} ${count}`);

  it("is nothing where nothing has happened", async () => {
    expect(await readRecentChanges(store.db)).to.deep.equal({ sequence: 0n, windowSeconds: 300, transfers: [], changes: [] });
  });

  it("is as of the newest event, whatever it is", async () => {
    await event("a", "STARTED", 9);
    await event("a", null, 8);
    await writeCursor(store.db, { blockNumber: 1, blockHash: "0x", sequence: 2n, finalBlock: 0, caughtUp: true });
    expect((await readRecentChanges(store.db)).sequence).to.equal(2n);
  });

  it("counts by second of block time, and forgets what is older than the window", async () => {
    await event("old", "STARTED", 400);
    for (const id of ["a", "b"]) await event(id, "STARTED", 20);
    await event("c", "STARTED", 19);
    const { changes } = await readRecentChanges(store.db);
    expect(changes.map(({ count }) => count)).to.deep.equal([2, 1]);
    const [first, second] = changes.map(({ second: time }) => time.getTime());
    expect(Number(second) - Number(first)).to.equal(1_000);
  });

  it("tells which way each took", async () => {
    for (const state of ["STARTED", "PENDING", "REVERSING", "SUSPENDED", "REVERSING", "REVERSED"]) await event("a", state, 5);
    expect(await ways()).to.have.members([
      "NONE>STARTED 1",
      "STARTED>PENDING 1",
      "PENDING>REVERSING 1",
      "REVERSING>SUSPENDED 1",
      "SUSPENDED>REVERSING 1",
      "REVERSING>REVERSED 1",
    ]);
  });

  it("knows the usual way where the event before is not at hand", async () => {
    await event("a", "COMPLETED", 5);
    await event("b", "REJECTED", 5);
    await event("c", "SUSPENDED", 5, { suspendedFrom: "PENDING" });
    expect(await ways()).to.have.members(["PENDING>COMPLETED 1", "STARTED>REJECTED 1", "PENDING>SUSPENDED 1"]);
  });
});
