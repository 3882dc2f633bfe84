import { expect } from "chai";
import type { StreamPosition } from "../../../src/domain/stored-event.js";
import { adoptChain, wipeProjection } from "../../../src/store/chain-identity.js";
import { readStream } from "../../../src/store/events/event-stream.js";
import { until } from "../../../tools/support/until.js";
import { startTestChain, type TestChain } from "../../support/chain.js";
import { startTestStore, startWatching, untilCaughtUp } from "../../support/watching.js";

const BEGIN: StreamPosition = { epoch: 0n, sequence: 0n };

/** Someone who keeps a copy of the events by what the stream says. */
function createReader(db: Parameters<typeof readStream>[0]) {
  const copy = new Map<bigint, string>();
  let position = BEGIN;
  let resets = 0;
  let removals = 0;
  return {
    copy: () => [...copy].map(([sequence, id]) => `${sequence} ${id}`),
    position: () => position,
    resets: () => resets,
    removals: () => removals,
    async read(limit = 1_000): Promise<void> {
      for (;;) {
        const page = await readStream(db, { after: position, limit });
        const { resetTo } = page;
        if (resetTo !== undefined) {
          resets += 1;
          for (const sequence of [...copy.keys()]) if (sequence > resetTo) copy.delete(sequence);
        }
        for (const { sequence, blockHash, logIndex } of page.removed) {
          // Newest first, and exactly what was read.
          expect([...copy].at(-1)).to.deep.equal([sequence, `${blockHash} ${logIndex}`]);
          copy.delete(sequence);
          removals += 1;
        }
        for (const { sequence, blockHash, logIndex } of page.events) {
          expect(sequence).to.equal(([...copy.keys()].at(-1) ?? 0n) + 1n);
          copy.set(sequence, `${blockHash} ${logIndex}`);
        }
        position = page.next;
        if (page.events.length < limit) return;
      }
    },
  };
}

describe("events that the chain took back", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  const cleanUps: (() => Promise<unknown>)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    store = await startTestStore();
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    await store.close();
  });
  after(() => testChain.close());

  function watch(confirmations: number) {
    const watching = startWatching(testChain.chain, store.db, { finality: { confirmations } });
    cleanUps.push(watching.stop);
    return watching;
  }
  const caughtUp = () => untilCaughtUp(testChain.chain, store.db);
  const stored = async () =>
    (await store.rows<{ sequence: bigint; block_hash: string; log_index: number }>("select * from events order by sequence")).map(
      (row) => `${row.sequence} ${row.block_hash} ${row.log_index}`,
    );
  async function fork(depth: number): Promise<void> {
    const snapshot = await testChain.rpc("evm_snapshot");
    await testChain.start(depth);
    await caughtUp();
    for (const reader of readers) await reader.read();
    await testChain.rpc("evm_revert", snapshot);
    await testChain.start(1);
    await testChain.mine(1);
    await caughtUp();
  }
  let readers: ReturnType<typeof createReader>[] = [];

  it("are told to whoever has read them, as they were, and the others follow", async () => {
    watch(50);
    const [eager, lazy, once] = [createReader(store.db), createReader(store.db), createReader(store.db)];
    await testChain.start(3);
    await caughtUp();
    await lazy.read();
    readers = [eager, once];
    await fork(2);
    readers = [eager];
    for (const depth of [5, 1]) await fork(depth);
    await eager.read();
    await once.read();
    expect(once.copy()).to.deep.equal(await stored());
    await lazy.read(2);
    expect(eager.copy()).to.deep.equal(await stored());
    expect(lazy.copy()).to.deep.equal(await stored());
    expect(eager.removals()).to.equal(8);
    expect(eager.position()).to.deep.equal(lazy.position());
    // Whoever begins only now is told of nothing that is gone.
    const fresh = await readStream(store.db, { after: BEGIN, limit: 1_000 });
    expect(fresh.removed).to.deep.equal([]);
    expect(fresh.events).to.have.length((await stored()).length);
  });

  it("are not told to whoever had not come so far", async () => {
    watch(50);
    readers = [];
    await testChain.start(3);
    await caughtUp();
    const before = await readStream(store.db, { after: BEGIN, limit: 2 });
    await fork(4);
    const page = await readStream(store.db, { after: before.next, limit: 1_000 });
    expect(page.removed).to.deep.equal([]);
    expect(page.events.map(({ sequence }) => sequence)).to.deep.equal([3n, 4n]);
  });

  it("are told too where what was not final was thrown away by a rebuild", async () => {
    const watching = watch(2);
    const reader = createReader(store.db);
    await testChain.start(2);
    await testChain.mine(3);
    const snapshot = await testChain.rpc("evm_snapshot");
    await testChain.start(2);
    await caughtUp();
    await reader.read();
    await watching.stop();
    await store.db.transaction().execute(wipeProjection);
    // While nobody watches, the chain changes its mind.
    await testChain.rpc("evm_revert", snapshot);
    await testChain.start(1);
    watch(2);
    await caughtUp();
    await reader.read();
    expect(reader.removals()).to.equal(2);
    expect(reader.copy()).to.deep.equal(await stored());
  });

  it("make a reader whose epoch a restored store has forgotten begin again at what is final", async () => {
    watch(2);
    const reader = createReader(store.db);
    await testChain.start(2);
    await testChain.mine(3);
    readers = [reader];
    await fork(3);
    await reader.read();
    await store.rows("truncate rollbacks cascade");
    await reader.read();
    expect(reader.resets()).to.equal(1);
    expect(reader.copy()).to.deep.equal(await stored());
    expect(reader.position().epoch).to.equal(0n);
  });

  it("are all there were, where another chain takes this one's place", async () => {
    const watching = watch(0);
    const reader = createReader(store.db);
    await testChain.start(2);
    await caughtUp();
    await reader.read();
    await watching.stop();
    const { chainId, genesisHash, contracts } = testChain.deployment;
    const other = { chainId, genesisHash, domain: `0x${"99".repeat(32)}`, contract: contracts.transferStateRepo };
    await adoptChain(store.db, other, true);
    const page = await readStream(store.db, { after: reader.position(), limit: 10 });
    expect(page).to.deep.equal({ removed: [], events: [], next: { epoch: 1n, sequence: 0n }, more: false, resetTo: undefined });
  });

  it("are none for whoever has read all there is", async () => {
    watch(50);
    await testChain.start(1);
    await until("it is there", async () => (await readStream(store.db, { after: BEGIN, limit: 10 })).events.length === 1);
    const { next } = await readStream(store.db, { after: BEGIN, limit: 10 });
    expect(await readStream(store.db, { after: next, limit: 10 })).to.deep.equal({
      removed: [],
      events: [],
      next,
      more: false,
      resetTo: undefined,
    });
  });
});
