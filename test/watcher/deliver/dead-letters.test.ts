import { expect } from "chai";
import { DEAD_LETTERS_PER_SWEEP, reviveDeadLetters } from "../../../src/store/functions/dead-letters.js";
import { replayDead } from "../../../src/store/functions/delivery-admin.js";
import { startReceiver } from "../../../tools/support/receiver.js";
import { until } from "../../../tools/support/until.js";
import { startTestChain, type TestChain } from "../../support/chain.js";
import { observer, startTestStore, startWatching } from "../../support/watching.js";

describe("dead letters of transfers that are still open", function () {
  this.timeout(60_000);
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  const cleanUps: (() => Promise<unknown>)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    store = await startTestStore();
    receiver = await startReceiver();
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    await receiver.close();
    await store.close();
  });
  after(() => testChain.close());

  async function watch(options: Parameters<typeof startWatching>[2] = {}) {
    const watching = startWatching(testChain.chain, store.db, { functions: [observer(receiver.url)], ...options });
    cleanUps.push(watching.stop);
    await until("the function begins", async () => (await store.position()) === 0);
    return watching;
  }
  const letters = () =>
    store.rows<{ sequence: bigint; status: string; revivals: number; given_up: boolean }>(
      "select sequence, status, revivals, given_up_at is not null as given_up from retries order by sequence",
    );
  const allDead = (count: number) =>
    until(`${count} are dead`, async () => (await letters()).filter(({ status }) => status === "dead").length === count);
  const age = (seconds: number) =>
    store.rows(`update retries set given_up_at = given_up_at - interval '${seconds} seconds' where status = 'dead'`);
  const revive = (olderThanMs: number) => reviveDeadLetters(store.db, observer(receiver.url), olderThanMs);

  it("are delivered again by the sweeper once the function takes them", async () => {
    receiver.answer = () => ({ status: 404 });
    const watching = await watch({ sweepAfterMs: 100 });
    const ids = await testChain.start(2);
    await until("each was given up more than once", async () => {
      const found = await letters();
      return found.length === 2 && found.every(({ revivals }) => revivals >= 2);
    });
    receiver.answer = () => ({ status: 200 });
    await until("nothing is parked", async () => (await letters()).length === 0);
    expect(new Set(receiver.deliveries.at(-1)?.events.map(({ subject }) => subject))).to.deep.equal(new Set(ids));
    expect(watching.said("dead letters of open transfers; delivering again")).to.equal(true);
  });

  it("stay dead once their transfer is final, or has moved on to another state", async () => {
    receiver.answer = () => ({ status: 404 });
    await watch();
    const ids = await testChain.start(2);
    await testChain.advance(ids, "PENDING");
    await testChain.advance(ids.slice(0, 1), "COMPLETED");
    await allDead(5);
    await age(3_600);
    expect(await revive(1)).to.equal(1);
    expect((await letters()).filter(({ status }) => status === "waiting").map(({ sequence }) => sequence)).to.deep.equal([4n]);
  });

  it("pause for twice as long after each revival", async () => {
    receiver.answer = () => ({ status: 404 });
    await watch();
    await testChain.start(1);
    for (const [revivals, pauseSeconds] of [10, 20, 40, 80].entries()) {
      await allDead(1);
      await age(pauseSeconds - 5);
      expect(await revive(10_000), `before ${pauseSeconds} s`).to.equal(0);
      await age(5);
      expect(await revive(10_000), `after ${pauseSeconds} s`).to.equal(1);
      expect(await letters()).to.deep.equal([{ sequence: 1n, status: "waiting", revivals: revivals + 1, given_up: false }]);
    }
  });

  it("pause for an hour at most, and begin afresh when an operator replays them", async () => {
    receiver.answer = () => ({ status: 404 });
    await watch();
    await testChain.start(1);
    await allDead(1);
    await store.rows("update retries set revivals = 1000");
    await age(3_601);
    expect(await revive(30_000)).to.equal(1);
    await allDead(1);
    await replayDead(store.db, { function: "observer" });
    await allDead(1);
    expect((await letters())[0]?.revivals).to.equal(0);
  });

  it("come a bounded number at a time, those first that were given up first", async () => {
    receiver.answer = () => ({ status: 404 });
    const watching = await watch();
    const count = DEAD_LETTERS_PER_SWEEP + 20;
    await testChain.start(count);
    await allDead(count);
    await watching.stop();
    await store.rows("update retries set given_up_at = now() - (1000 + sequence) * interval '1 second'");
    expect(await revive(1_000)).to.equal(DEAD_LETTERS_PER_SWEEP);
    expect((await letters()).filter(({ status }) => status === "dead").map(({ sequence }) => Number(sequence))).to.deep.equal(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(await revive(1_000)).to.equal(20);
    expect(await revive(1_000)).to.equal(0);
  });
});
