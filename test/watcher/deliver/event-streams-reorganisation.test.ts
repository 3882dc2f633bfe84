import { expect } from "chai";
import { openEventSocket, openEventStream, type Told } from "../../../tools/support/stream-clients.js";
import { until } from "../../../tools/support/until.js";
import { startTestChain, type TestChain } from "../../support/chain.js";
import { startStreamingApi } from "../../support/streaming-api.js";
import { startTestStore, startWatching, untilCaughtUp } from "../../support/watching.js";

const KEY = "operator-key";

/** A copy of the events, kept by what was told: an event comes on top, one that is removed is the last. */
function copyOf(told: readonly Told[]): string[] {
  const copy: string[] = [];
  for (const { kind, value } of told) {
    if (kind === "event") {
      expect(Number(value.sequence)).to.equal(copy.length + 1);
      copy.push(String(value.id));
    } else {
      expect(kind).to.equal("removed");
      expect(copy.pop()).to.equal(value.id);
    }
  }
  return copy;
}

describe("streams of events, when the chain changes its mind", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let api: Awaited<ReturnType<typeof startStreamingApi>>;
  const cleanUps: (() => Promise<unknown>)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    store = await startTestStore();
    api = await startStreamingApi(store.url);
    cleanUps.push(api.close);
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    await store.close();
  });
  after(() => testChain.close());

  function watch(confirmations: number): void {
    cleanUps.push(startWatching(testChain.chain, store.db, { finality: { confirmations } }).stop);
  }
  const caughtUp = () => untilCaughtUp(testChain.chain, store.db);
  const stored = async () =>
    (
      await store.rows<{ id: string }>("select '31337-' || block_hash || '-' || log_index as id from events order by sequence")
    ).map(({ id }) => id);
  const stream = async (query: string, lastEventId?: string) => {
    const opened = await openEventStream(`${api.url}/v1/events/stream${query}`, KEY, lastEventId);
    cleanUps.push(opened.cut);
    return opened;
  };
  const untilSame = async (told: () => readonly Told[]) => {
    const expected = await stored();
    await until("the copy is the store's", () => JSON.stringify(copyOf(told())) === JSON.stringify(expected));
  };
  /** Four events that everybody sees, and then one in their place. */
  async function fork(seenBy: () => readonly Told[]): Promise<void> {
    const snapshot = await testChain.rpc("evm_snapshot");
    await testChain.start(4);
    await caughtUp();
    await untilSame(seenBy);
    await testChain.rpc("evm_revert", snapshot);
    await testChain.start(1);
    await testChain.mine(1);
    await caughtUp();
  }

  it("tell whoever follows what is to be undone, newest first, and what comes instead", async () => {
    watch(50);
    await testChain.start(3);
    const follower = await stream("?after=0");
    const socket = await openEventSocket(`${api.url}/v1/events/socket?after=0`, KEY);
    cleanUps.push(socket.cut);
    for (let round = 0; round < 2; round += 1) {
      await fork(() => follower.told);
      await untilSame(() => follower.told);
      await untilSame(() => socket.told);
    }
    expect(follower.told.filter(({ kind }) => kind === "removed")).to.have.length(8);
  });

  it("tell it to whoever comes again with a cursor from before, or from amidst it, and only once", async () => {
    watch(50);
    await testChain.start(3);
    const follower = await stream("?after=0");
    await fork(() => follower.told);
    await follower.untilTold(12);
    const { told } = follower;
    await follower.cut();
    // Whatever it had taken in when it was cut, it is told the rest.
    for (const taken of [2, 5, 7, 8, 9, 10, 11, 12]) {
      const seen = told.slice(0, taken);
      const again = await stream("", seen.at(-1)?.id);
      await untilSame(() => [...seen, ...again.told]);
      await again.cut();
    }
  });

  it("tell nothing that may be undone to whoever asks for what is final", async () => {
    watch(3);
    const follower = await stream("?after=0&finality=final");
    const latest = await stream("?after=0");
    await testChain.start(2);
    await testChain.mine(3);
    await follower.untilTold(2);
    await fork(() => latest.told);
    await untilSame(() => latest.told);
    expect(follower.told).to.have.length(2);
    await testChain.mine(3);
    await follower.untilTold(3);
    expect(copyOf(follower.told)).to.deep.equal(await stored());
  });
});
