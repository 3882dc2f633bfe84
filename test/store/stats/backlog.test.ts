import { expect } from "chai";
import { sql } from "kysely";
import { wipeProjection } from "../../../src/store/chain-identity.js";
import { disableFunction, parkDeliveries, upsertFunctions, writePosition } from "../../../src/store/functions/retries.js";
import { takeLease, WATCHER_LEASE } from "../../../src/store/lease.js";
import { readWorkInHand } from "../../../src/store/stats/backlog.js";
import { type TransferRow, upsertTransferRows, writeCursor } from "../../../src/store/transfers/projection.js";
import { TEST_SECRETS } from "../../../tools/support/function-secrets.js";
import { observer, startTestStore } from "../../support/watching.js";

const HOUR_MS = 3_600_000;
const CURSOR = { blockNumber: 90, blockHash: "0x", sequence: 40n, finalBlock: 90, caughtUp: true };

describe("the work in hand", function () {
  this.timeout(120_000);
  let store: Awaited<ReturnType<typeof startTestStore>>;

  beforeEach(async () => {
    store = await startTestStore();
  });
  afterEach(() => store.close());

  const transfer = (id: string, state: string, ageMs = 0): TransferRow => ({
    id,
    state,
    suspendedFrom: null,
    payerBank: "FAASTHB1",
    payeeBank: "WHSKTHB1",
    currencyNumeric: 764,
    amountMinor: 1n,
    deadlineSeconds: 1,
    resumptions: 0,
    detailsHash: null,
    reason: null,
    startedBlock: 1,
    startedAt: new Date(Date.now() - ageMs),
    updatedAt: new Date(),
    lastSequence: 1n,
  });
  const counts = async () => {
    const { transfers } = await readWorkInHand(store.db);
    return Object.fromEntries(transfers.filter(({ count }) => count !== 0).map(({ state, count }) => [state, count]));
  };

  it("counts the transfers of each state through every kind of change", async () => {
    const { db } = store;
    await upsertTransferRows(db, [transfer("a", "STARTED"), transfer("b", "STARTED"), transfer("c", "PENDING")]);
    expect(await counts()).deep.equal({ STARTED: 2, PENDING: 1 });
    // Some are new, some change, some stay as they are: in one statement.
    await upsertTransferRows(db, [transfer("a", "PENDING"), transfer("b", "STARTED"), transfer("d", "SUSPENDED")]);
    expect(await counts()).deep.equal({ STARTED: 1, PENDING: 2, SUSPENDED: 1 });
    await db.deleteFrom("transfers").where("id", "in", ["a", "d"]).execute();
    expect(await counts()).deep.equal({ STARTED: 1, PENDING: 1 });
    await expectRolledBack(() =>
      db.transaction().execute(async (transaction) => {
        await upsertTransferRows(transaction, [transfer("e", "STARTED")]);
        throw new Error("no");
      }),
    );
    expect(await counts()).deep.equal({ STARTED: 1, PENDING: 1 });
    await wipeProjection(db);
    expect(await counts()).deep.equal({});
  });

  it("names the oldest transfer whose next step is a bank's; one that is suspended waits for people", async () => {
    expect((await readWorkInHand(store.db)).oldestOpen).equal(undefined);
    await upsertTransferRows(store.db, [
      transfer("final", "COMPLETED", 9 * HOUR_MS),
      transfer("people", "SUSPENDED", 8 * HOUR_MS),
      transfer("old", "PENDING", 2 * HOUR_MS),
      transfer("young", "STARTED", HOUR_MS),
    ]);
    const { oldestOpen } = await readWorkInHand(store.db);
    expect(oldestOpen).include({ id: "old", state: "PENDING" });
    expect(oldestOpen?.ageSeconds).within(7_200, 7_300);
  });

  it("tells of each function how much is behind its position, comes again, or was given up", async () => {
    const { db } = store;
    const [busy, idle] = [observer("http://x/", { name: "busy" }), observer("http://y/", { name: "idle" })];
    await upsertFunctions(db, TEST_SECRETS, [busy, idle]);
    await writeCursor(db, CURSOR);
    await writePosition(db, busy, 33n);
    await writePosition(db, idle, 40n);
    const parked = { transferId: "t", delayMs: 0, error: "no" };
    await parkDeliveries(db, busy, [
      { ...parked, sequence: 1n, attempts: 3, status: "waiting" },
      { ...parked, sequence: 2n, attempts: 1, status: "waiting" },
      { ...parked, sequence: 3n, attempts: 40, status: "dead" },
    ]);
    await disableFunction(db, idle, "410");
    expect((await readWorkInHand(db)).functions).deep.equal([
      { name: "busy", behind: 7, waiting: 2, dead: 1, maxAttempts: 3, disabled: false },
      { name: "idle", behind: 0, waiting: 0, dead: 0, maxAttempts: 0, disabled: true },
    ]);
  });

  it("counts behind a position only what may be acted upon", async () => {
    const { db } = store;
    await upsertFunctions(db, TEST_SECRETS, [observer("http://x/")]);
    await writeCursor(db, { ...CURSOR, finalBlock: 80 });
    await sql`
      insert into events (sequence, type, transfer_id, block_number, block_hash, block_time, log_index, transaction_hash, data)
      select s, 'x', 't', 70 + s, '0x', now(), 0, '0x', '{}' from generate_series(1, 20) s`.execute(db);
    await writePosition(db, observer("http://x/"), 4n);
    expect((await readWorkInHand(db)).functions[0]?.behind).equal(6);
  });

  it("tells whether a watcher holds the lease", async () => {
    expect((await readWorkInHand(store.db)).watching).equal(false);
    await takeLease(store.db, WATCHER_LEASE, "me", 60_000);
    expect((await readWorkInHand(store.db)).watching).equal(true);
    await takeLease(store.db, WATCHER_LEASE, "me", -1);
    expect((await readWorkInHand(store.db)).watching).equal(false);
  });
});

async function expectRolledBack(work: () => Promise<unknown>): Promise<void> {
  const failed = await work().then(
    () => false,
    () => true,
  );
  expect(failed).equal(true);
}
