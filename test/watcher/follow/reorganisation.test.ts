import { expect } from "chai";
import hre from "hardhat";
import { readHeader } from "../../../src/chain/finality.js";
import { readPage } from "../../../src/watcher/follow/read-block-range.js";
import { startReceiver } from "../../../tools/support/receiver.js";
import { startRpcProxy } from "../../../tools/support/rpc-proxy.js";
import { until } from "../../../tools/support/until.js";
import { startTestChain, type TestChain } from "../../support/chain.js";
import { checkOf } from "../../support/node-check.js";
import { observer, startTestStore, startWatching, untilCaughtUp } from "../../support/watching.js";

describe("a chain that takes blocks back", function () {
  this.timeout(120_000);
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

  function watch(confirmations: number, chain = testChain.chain) {
    const watching = startWatching(chain, store.db, { finality: { confirmations }, functions: [observer(receiver.url)] });
    cleanUps.push(watching.stop);
    return watching;
  }
  const caughtUp = () => untilCaughtUp(testChain.chain, store.db);
  const subjects = () => receiver.deliveries.flatMap(({ events }) => events.map(({ subject }) => subject));

  it("is followed to the common ancestor and on, and nothing of what was taken back is ever delivered", async () => {
    const watching = watch(3);
    const [kept = ""] = await testChain.start(1);
    await caughtUp();
    const fork = await testChain.rpc("evm_snapshot");
    await testChain.advance([kept], "PENDING");
    const [orphan = ""] = await testChain.start(1);
    await caughtUp();
    expect(await store.states()).to.deep.equal(
      new Map([
        [kept, "PENDING"],
        [orphan, "STARTED"],
      ]),
    );

    await testChain.rpc("evm_revert", fork);
    const [other = ""] = await testChain.start(1);
    await testChain.advance([kept], "REJECTED", "AM04");
    await testChain.mine(2);
    await caughtUp();
    expect(watching.said("rolled back")).to.equal(true);
    expect(await store.states()).to.deep.equal(
      new Map([
        [kept, "REJECTED"],
        [other, "STARTED"],
      ]),
    );
    expect(await store.sequences()).to.deep.equal([1, 2, 3]);

    await testChain.mine(3);
    await until("all that is final was delivered", () => receiver.sequences().length === 3);
    expect(subjects()).to.deep.equal([kept, other, kept]);
    expect(receiver.types()).to.deep.equal(["started", "started", "rejected"]);
  });

  it("brings the same transaction back in another block, and it is delivered once", async () => {
    watch(2);
    const fork = await testChain.rpc("evm_snapshot");
    const { requestHash, transferId: id } = testChain.newRequest();
    await testChain.start([requestHash]);
    await caughtUp();
    await testChain.rpc("evm_revert", fork);
    await testChain.mine(1);
    await testChain.start([requestHash]);
    await testChain.mine(2);
    await until("it was delivered", () => receiver.sequences().length > 0);
    await caughtUp();
    expect(await store.states()).to.deep.equal(new Map([[id, "STARTED"]]));
    expect(subjects()).to.deep.equal([id]);
  });

  it("is no reorganisation too deep if it came in one page with what was final", async () => {
    const [id = ""] = await testChain.start(1);
    await testChain.mine(20);
    const fork = await testChain.rpc("evm_snapshot");
    await testChain.mine(3);
    const watching = watch(5);
    await caughtUp();
    await testChain.rpc("evm_revert", fork);
    await testChain.rpc("evm_increaseTime", 60);
    await testChain.mine(4);
    await until("it has rolled back", () => watching.said("rolled back"));
    await caughtUp();
    expect(await store.states()).to.deep.equal(new Map([[id, "STARTED"]]));
  });

  it("is judged by the node's own word of what is final, where that is asked for", async () => {
    const proxy = await startRpcProxy(testChain.url);
    const chain = testChain.connect(proxy.url);
    let finalized = await testChain.rpc("eth_getBlockByNumber", "latest", false);
    proxy.tamper = ({ params }) => (params[0] === "finalized" ? { result: finalized } : undefined);
    const watching = startWatching(chain, store.db, { finality: { tag: "finalized" }, functions: [observer(receiver.url)] });
    cleanUps.push(async () => {
      await watching.stop();
      chain.close();
      await proxy.close();
    });
    const fork = await testChain.rpc("evm_snapshot");
    await testChain.start(2);
    await testChain.mine(5);
    await caughtUp();
    await testChain.rpc("evm_revert", fork);
    const [id = ""] = await testChain.start(1);
    await testChain.mine(7);
    await until("it has rolled back", () => watching.said("rolled back"));
    await caughtUp();
    expect(receiver.sequences()).to.deep.equal([]);
    const before = await testChain.rpc("evm_snapshot");
    await testChain.mine(1);
    finalized = await testChain.rpc("eth_getBlockByNumber", "latest", false);
    await until("what is final was delivered", () => receiver.sequences().length === 1);
    expect(subjects()).to.deep.equal([id]);
    // The event may be final before the newest block is.
    await until("the newest block is final", async () => (await store.cursor())?.finalBlock === Number(finalized.number));
    await testChain.rpc("evm_revert", before);
    await testChain.rpc("evm_increaseTime", 60);
    await testChain.mine(3);
    expect(await watching.ended).to.have.property("code", "chain-reorg-too-deep");
  });

  it("takes back all there is, while nothing is final", async () => {
    const watching = watch(1_000);
    const fork = await testChain.rpc("evm_snapshot");
    await testChain.start(2);
    await caughtUp();
    await testChain.rpc("evm_revert", fork);
    await testChain.mine(1);
    const ids = await testChain.start(1);
    await until("it has rolled back", () => watching.said("rolled back"));
    await caughtUp();
    expect(await store.states()).to.deep.equal(new Map(ids.map((id) => [id, "STARTED"])));
  });

  it("is not followed below what was final: the watcher stops, and leaves the store as it is", async () => {
    const fork = await testChain.rpc("evm_snapshot");
    const watching = watch(2);
    const [id = ""] = await testChain.start(1);
    await testChain.mine(6);
    await until("it was delivered", () => receiver.sequences().length === 1);
    await caughtUp();
    await testChain.rpc("evm_revert", fork);
    await testChain.rpc("evm_increaseTime", 60);
    await testChain.mine(10);
    expect(await watching.ended).to.have.property("code", "chain-reorg-too-deep");
    expect(await store.states()).to.deep.equal(new Map([[id, "STARTED"]]));
  });

  it("is another chain if its genesis is: the watcher refuses to go on", async () => {
    const other = await hre.network.createServer("localchain", "127.0.0.1", 0);
    const { port } = await other.listen();
    const proxy = await startRpcProxy(testChain.url);
    const chain = testChain.connect(proxy.url);
    cleanUps.push(async () => {
      chain.close();
      await proxy.close();
      await other.close();
    });
    const watching = watch(1_000, chain);
    await testChain.start(1);
    await caughtUp();
    proxy.target = `http://127.0.0.1:${port}`;
    expect(await watching.ended).to.have.property("code", "chain-unexpected");
  });

  it("is refused from the beginning if the deployment file describes another", async () => {
    for (const change of [{ genesisHash: `0x${"99".repeat(32)}` }, { chainId: "1" }, { domain: `0x${"99".repeat(32)}` }]) {
      const watching = watch(0, { ...testChain.chain, deployment: { ...testChain.deployment, ...change } });
      expect(await watching.ended).to.have.property("code", "chain-unexpected");
    }
  });

  it("is refused or rebuilt on, as configured, where the store knows another", async () => {
    const first = watch(0);
    await testChain.start(2);
    await caughtUp();
    await first.stop();
    await store.rows("update chain set domain = 'another'");
    expect(await watch(0).ended).to.have.property("code", "store-foreign");
    expect(await store.sequences()).to.deep.equal([1, 2]);
    await store.rows("update transfers set state = 'COMPLETED'");
    const rebuilding = startWatching(testChain.chain, store.db, { rebuildForeign: true });
    cleanUps.push(rebuilding.stop);
    await until("it has rebuilt", async () => [...(await store.states()).values()].join() === "STARTED,STARTED");
    expect(rebuilding.said("rebuilt from it")).to.equal(true);
  });

  describe("in the middle of a page", () => {
    const codeOf = (page: Promise<unknown>) =>
      page.then(
        () => "read",
        (error: { code: string }) => error.code,
      );

    it("is noticed by the block before", async () => {
      await testChain.start(1);
      const to = await testChain.blockNumber();
      const before = await testChain.rpc("eth_getBlockByNumber", `0x${(to - 1).toString(16)}`, false);
      const range = { from: to, to, after: 0n, also: undefined, hasState: true };
      expect(await codeOf(readPage(checkOf(testChain.chain), { ...range, parentHash: before.hash }))).to.equal("read");
      expect(await codeOf(readPage(checkOf(testChain.chain), { ...range, parentHash: `0x${"77".repeat(32)}` }))).to.equal(
        "chain-gap",
      );
    });

    const OTHER = `0x${"77".repeat(32)}`;

    /** Reads a page of an event and empty blocks, through a node that says something else of one of them. */
    async function readTampered(
      empty: number,
      tamper: (block: object, fromLast: number, asked: number) => object | undefined,
      withHead = false,
    ): Promise<string> {
      const from = (await testChain.blockNumber()) + 1;
      const after = await testChain.chain.transfers.sequence();
      await testChain.start(1);
      await testChain.mine(empty);
      const to = await testChain.blockNumber();
      const head = withHead ? await readHeader(testChain.chain.provider, to) : undefined;
      const proxy = await startRpcProxy(testChain.url);
      const chain = testChain.connect(proxy.url);
      const asked = new Map<number, number>();
      proxy.tamper = ({ method, params }, result) => {
        if (method !== "eth_getBlockByNumber") return undefined;
        const number = Number(params[0]);
        asked.set(number, (asked.get(number) ?? 0) + 1);
        const changed = tamper(result as object, to - number, asked.get(number) ?? 0);
        return changed && { result: { ...(result as object), ...changed } };
      };
      const range = { from, to, after, parentHash: undefined, also: undefined, hasState: true, ...(head && { head }) };
      const code = await codeOf(readPage(checkOf(chain, "none"), range));
      chain.close();
      await proxy.close();
      return code;
    }

    it("is noticed by the block that follows on another", async () => {
      expect(await readTampered(2, () => undefined)).to.equal("read");
      expect(await readTampered(2, (_, fromLast) => (fromLast === 1 ? { hash: OTHER } : undefined))).to.equal("chain-gap");
    });

    it("is noticed by the head, where the page reaches it", async () => {
      expect(await readTampered(2, () => undefined, true)).to.equal("read");
      expect(await readTampered(2, (_, fromLast) => (fromLast === 0 ? { hash: OTHER } : undefined), true)).to.equal("chain-gap");
    });

    it("is noticed by the last block of a long one", async () => {
      const last = (_: object, fromLast: number, asked: number) => (fromLast === 0 && asked > 1 ? { hash: OTHER } : undefined);
      expect(await readTampered(30, () => undefined)).to.equal("read");
      expect(await readTampered(30, last)).to.equal("chain-gap");
    });
  });
});
