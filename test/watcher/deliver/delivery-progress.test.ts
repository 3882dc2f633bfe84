import { expect } from "chai";
import { parkDeliveries, upsertFunctions, writePosition } from "../../../src/store/functions/retries.js";
import { type Lease, takeLease, WATCHER_LEASE } from "../../../src/store/lease.js";
import { createDeliveryProgress, type DeliveryProgress } from "../../../src/watcher/deliver/delivery-progress.js";
import { TEST_SECRETS } from "../../../tools/support/function-secrets.js";
import { observer, startTestStore } from "../../support/watching.js";

describe("how far deliveries to a function have come", () => {
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let lease: Lease;
  let now = 0;
  let progress: DeliveryProgress;

  beforeEach(async () => {
    store = await startTestStore();
    await upsertFunctions(store.db, TEST_SECRETS, [observer("http://x/")]);
    await writePosition(store.db, observer("http://x/"), 10n);
    lease = (await takeLease(store.db, WATCHER_LEASE, "me", 60_000)) as Lease;
    const deps = { db: store.db, lease, clock: () => now };
    progress = createDeliveryProgress(deps, { ...observer("http://x/"), position: 10n });
  });
  afterEach(() => store.close());

  it("is written with what the first batch under way leaves to be written", async () => {
    await progress.commit(progress.begin(12n), [], async () => undefined);
    expect(await store.position()).equal(12);
  });

  it("is written once a second where batches leave nothing else to be written", async () => {
    await progress.commit(progress.begin(11n), []);
    await progress.flush();
    expect(await store.position()).equal(10);
    await progress.commit(progress.begin(12n), []);
    now += 1_000;
    await progress.flush();
    expect(await store.position()).equal(12);
  });

  it("is not written past a batch that is under way, and past all that are settled once it is", async () => {
    const [first, second] = [progress.begin(11n), progress.begin(12n)];
    progress.begin(13n);
    await progress.commit(second, []);
    await progress.flush(true);
    expect(await store.position()).equal(10);
    await progress.commit(first, []);
    await progress.flush(true);
    expect(await store.position()).equal(12);
  });

  it("takes a stretch without events along with the batch before it", async () => {
    const batch = progress.begin(11n);
    progress.skip(20n);
    expect(progress.readThrough()).equal(20n);
    await progress.commit(batch, []);
    await progress.flush(true);
    expect(await store.position()).equal(20);
  });

  it("is written after a while where there were no events at all", async () => {
    progress.skip(20n);
    await progress.flush();
    expect(await store.position()).equal(10);
    now += 1_000;
    await progress.flush();
    expect(await store.position()).equal(20);
  });

  it("is written at once at the end", async () => {
    progress.skip(20n);
    await progress.flush(true);
    expect(await store.position()).equal(20);
  });

  it("forgets what was parked of what has succeeded", async () => {
    const parked = { transferId: "t", attempts: 1, delayMs: 0, status: "waiting", error: "no" } as const;
    await parkDeliveries(store.db, observer("http://x/"), [
      { ...parked, sequence: 3n },
      { ...parked, sequence: 4n },
    ]);
    await progress.commit(undefined, [3n]);
    expect((await store.retries()).map(({ sequence }) => sequence)).deep.equal([4n]);
  });

  it("writes nothing once the lease is another's", async () => {
    const parked = { transferId: "t", attempts: 1, delayMs: 0, status: "waiting", error: "no" } as const;
    await parkDeliveries(store.db, observer("http://x/"), [{ ...parked, sequence: 3n }]);
    await takeLease(store.db, WATCHER_LEASE, "me", -1);
    await takeLease(store.db, WATCHER_LEASE, "another", 60_000);
    const refused = await progress.commit(progress.begin(12n), [3n]).catch((error: unknown) => error);
    expect(refused).include({ code: "lease-lost" });
    expect(await store.position()).equal(10);
    expect(await store.retries()).length(1);
  });
});
