import { expect } from "chai";
import { readTransfers } from "../../../src/chain/contracts/read-transfers.js";
import { openStore } from "../../../src/store/open-store.js";
import { SILENT } from "../../../tools/support/logger.js";
import { startRpcProxy, type Tampering } from "../../../tools/support/rpc-proxy.js";
import { startTcpProxy } from "../../../tools/support/tcp-proxy.js";
import { until } from "../../../tools/support/until.js";
import { startTestChain, type TestChain } from "../../support/chain.js";
import { startTestStore, startWatching, untilCaughtUp } from "../../support/watching.js";

describe("following the chain", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let proxy: Awaited<ReturnType<typeof startRpcProxy>>;
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    store = await startTestStore();
    proxy = await startRpcProxy(testChain.url);
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    await proxy.close();
    await store.close();
  });
  after(() => testChain.close());

  function watch(options: Parameters<typeof startWatching>[2] = {}, db = store.db) {
    const chain = testChain.connect(proxy.url);
    const watching = startWatching(chain, db, options);
    cleanUps.push(async () => {
      await watching.stop();
      chain.close();
    });
    return watching;
  }

  /** Transfers in several states, each step in a block of its own. */
  async function someHistory(): Promise<string[]> {
    const ids = await testChain.start(6);
    await testChain.advance(ids.slice(0, 5), "PENDING");
    await testChain.advance(ids.slice(0, 2), "COMPLETED");
    await testChain.advance(ids.slice(2, 4), "REVERSING", "AC04");
    await testChain.advance(ids.slice(2, 3), "REVERSED");
    await testChain.advance(ids.slice(5), "REJECTED", "AM04");
    return ids;
  }

  async function expectProjection(ids: readonly string[]): Promise<void> {
    const onChain = await readTransfers(testChain.chain, ids, await testChain.blockNumber());
    expect(await store.states()).to.deep.equal(new Map(onChain.map(({ id, state }) => [id, state])));
    const sequence = Number(await testChain.chain.transfers.sequence());
    expect(await store.sequences()).to.deep.equal(Array.from({ length: sequence }, (_, index) => index + 1));
  }

  for (const maxPageBlocks of [1, 3, 1_000]) {
    it(`makes the same projection from scratch, ${maxPageBlocks} blocks at a time`, async () => {
      const ids = await someHistory();
      watch({ maxPageBlocks });
      await untilCaughtUp(testChain.chain, store.db);
      await expectProjection(ids);
      const [reversed] = await store.rows<{ reason: string }>(`select reason from transfers where id = '${ids[2]}'`);
      expect(reversed?.reason).to.equal("AC04");
    });
  }

  it("goes on where it was when it is started again", async () => {
    const first = watch();
    const ids = await someHistory();
    await untilCaughtUp(testChain.chain, store.db);
    await first.stop();
    const more = await testChain.start(2);
    watch();
    await untilCaughtUp(testChain.chain, store.db);
    await expectProjection([...ids, ...more]);
  });

  const logs = (change: (logs: unknown[]) => unknown[]) => (result: unknown) => ({ result: change(result as unknown[]) });
  const lies: [string, string, (result: unknown) => Tampering][] = [
    ["leaves a log in the middle out", "eth_getLogs", logs((all) => all.filter((_, index) => index !== 3))],
    ["leaves the last log out", "eth_getLogs", logs((all) => all.slice(0, -1))],
    ["has no log at all", "eth_getLogs", logs(() => [])],
    ["tells a log twice", "eth_getLogs", logs((all) => [...all, ...all.slice(-1)])],
    ["answers with an error", "eth_getLogs", () => ({ error: { code: -32005, message: "limit exceeded" } })],
    ["answers with something else", "eth_getLogs", () => ({ result: "0x" })],
    [
      "has other block hashes in its logs",
      "eth_getLogs",
      logs((all) => all.map((log) => ({ ...(log as object), blockHash: `0x${"ab".repeat(32)}` }))),
    ],
    ["cuts the connection", "eth_getLogs", () => "swallow"],
  ];
  for (const [what, method, tamper] of lies) {
    it(`believes nothing of a node that ${what}, and goes on once it is sound again`, async () => {
      const ids = await someHistory();
      proxy.tamper = (call, result) => (call.method === method ? tamper(result) : undefined);
      const watching = watch();
      await until("it was asked twice", () => watching.failures().length >= 2);
      expect(await store.sequences()).to.deep.equal([]);
      proxy.tamper = () => undefined;
      await untilCaughtUp(testChain.chain, store.db);
      await expectProjection(ids);
    });
  }

  it("asks for less where a node refuses the range", async () => {
    const ids = await someHistory();
    proxy.tamper = ({ method, params }) => {
      if (method !== "eth_getLogs") return undefined;
      const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }];
      return Number(toBlock) - Number(fromBlock) < 4 ? undefined : { error: { code: -32005, message: "range too wide" } };
    };
    watch();
    await untilCaughtUp(testChain.chain, store.db);
    await expectProjection(ids);
  });

  it("does not go back with a node that falls behind", async () => {
    const old = await testChain.rpc("eth_getBlockByNumber", "latest", false);
    const ids = await someHistory();
    const watching = watch();
    await untilCaughtUp(testChain.chain, store.db);
    const before = await store.cursor();
    proxy.calls.length = 0;
    proxy.tamper = ({ params }) => (params[0] === "latest" ? { result: old } : undefined);
    await until("it has looked a few times", () => proxy.calls.length > 20);
    expect(await store.cursor()).to.deep.equal(before);
    expect(watching.failures()).to.deep.equal([]);
    proxy.tamper = () => undefined;
    const more = await testChain.start(1);
    await untilCaughtUp(testChain.chain, store.db);
    await expectProjection([...ids, ...more]);
  });

  it("waits for a node that is away when it starts", async () => {
    proxy.target = "http://127.0.0.1:1";
    const watching = watch();
    await until("it has noticed", () => watching.said("stopped watching"));
    proxy.target = testChain.url;
    await untilCaughtUp(testChain.chain, store.db);
  });

  it("loses nothing and doubles nothing while PostgreSQL's connections are cut again and again", async () => {
    const cutter = await startTcpProxy(store.url);
    const cut = openStore(cutter.url, SILENT);
    cleanUps.push(async () => {
      await cut.close();
      await cutter.close();
    });
    const watching = watch({ maxPageBlocks: 2 }, cut.db);
    const ids: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      ids.push(...(await testChain.start(2)));
      cutter.refuse(true);
      ids.push(...(await testChain.start(2)));
      cutter.refuse(false);
    }
    await untilCaughtUp(testChain.chain, store.db);
    await expectProjection(ids);
    expect(watching.lines.filter(({ level }) => level === 60)).to.deep.equal([]);
  });
});
