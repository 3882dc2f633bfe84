import { expect } from "chai";
import type { EVENT_TYPES } from "../../src/chain/chain-event.js";
import { connectChain } from "../../src/chain/connect-chain.js";
import { readTransfers } from "../../src/chain/read-transfers.js";
import { type State, stateNumber } from "../../src/domain/transfer-state.js";
import { readStream } from "../../src/store/event-stream.js";
import type { LogCheck } from "../../src/watcher/check-logs.js";
import { checkReadiness } from "../../src/watcher/readiness.js";
import { TransferStateRepo__factory } from "../../types/ethers-contracts/index.js";
import { PAYEE_BANK, startTestChain, type TestChain } from "../support/chain.js";
import { startReceiver } from "../support/receiver.js";
import { type RpcCall, startRpcProxy, type Tampering } from "../support/rpc-proxy.js";
import { until } from "../support/until.js";
import { observer, startTestStore, startWatching, untilCaughtUp } from "../support/watching.js";

const POOL = {
  requestTimeoutMs: 2_000,
  checkTimeoutMs: 2_000,
  checkIntervalMs: 1_000,
  lagMs: 900,
  coolDownMs: 60_000,
  distrustMs: 60_000,
};
const STATES_KEPT = 128;
const contract = TransferStateRepo__factory.createInterface();
const topicOf = (name: keyof typeof EVENT_TYPES) => contract.getEvent(name).topicHash;

interface Log {
  topics: string[];
  data: string;
  blockNumber: string;
  logIndex: string;
}

describe("a watcher that trusts no single node", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let first: Awaited<ReturnType<typeof startRpcProxy>>;
  let second: Awaited<ReturnType<typeof startRpcProxy>>;
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    store = await startTestStore();
    first = await startRpcProxy(testChain.url);
    second = await startRpcProxy(testChain.url);
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    await first.close();
    await second.close();
    await store.close();
  });
  after(() => testChain.close());

  type Options = Parameters<typeof startWatching>[2];
  function watch(urls: readonly string[], options: Options = {}) {
    const chain = connectChain(urls, testChain.deployment, { pool: POOL });
    const watching = startWatching(chain, store.db, options);
    cleanUps.push(async () => {
      await watching.stop();
      chain.close();
    });
    return { ...watching, chain };
  }
  const both = () => [first.url, second.url];
  const caughtUp = () => untilCaughtUp(testChain.chain, store.db);

  async function expectProjection(ids: readonly string[]): Promise<void> {
    const onChain = await readTransfers(testChain.chain, ids, await testChain.blockNumber());
    expect(await store.states()).to.deep.equal(new Map(onChain.map(({ id, state }) => [id, state])));
    const sequence = Number(await testChain.chain.transfers.sequence());
    expect(await store.sequences()).to.deep.equal(Array.from({ length: sequence }, (_, index) => index + 1));
  }

  const blockOf = (parameter: unknown, head: number) =>
    typeof parameter === "string" && parameter.startsWith("0x") ? Number(parameter) : head;
  const isStateCall = ({ method }: RpcCall) => method === "eth_call" || method === "eth_getCode";

  /** Answers a call about the state of an old block as a full node does that has pruned it. */
  function pruning(error: { code: number; message: string }) {
    return (call: RpcCall): Tampering => {
      if (!isStateCall(call)) return undefined;
      const isOld = blockOf(call.params[1], newest) < newest - STATES_KEPT;
      return isOld ? { error } : undefined;
    };
  }
  let newest = 0;
  async function longHistory(): Promise<string[]> {
    // Past the first page, of which every header is read: a filter of one that holds events gives the node away.
    await testChain.mine(20);
    const ids = await testChain.start(3);
    await testChain.mine(30);
    await testChain.advance(ids.slice(0, 2), "PENDING");
    await testChain.mine(150);
    await testChain.advance(ids.slice(0, 1), "COMPLETED");
    await testChain.mine(20);
    newest = await testChain.blockNumber();
    return ids;
  }

  const prunedWords: [string, { code: number; message: string }][] = [
    ["geth", { code: -32_000, message: "missing trie node 6f5a (path ) state 0x6f5a is not available, not found" }],
    ["Besu", { code: -32_000, message: "World state unavailable" }],
    ["Nethermind", { code: -32_002, message: "No state available for block 0x1f2e" }],
  ];
  for (const [client, error] of prunedWords) {
    it(`catches up from the beginning on a full node, which has the state of ${STATES_KEPT} blocks, as ${client} does`, async () => {
      const ids = await longHistory();
      first.tamper = pruning(error);
      const watching = watch([first.url], { maxPageBlocks: 20 });
      await caughtUp();
      await expectProjection(ids);
      expect(watching.failures()).to.deep.equal([]);
    });
  }

  it("catches up on a full node after an outage longer than the node keeps states", async () => {
    newest = await testChain.blockNumber();
    first.tamper = pruning({ code: -32_000, message: "missing trie node 6f5a (path )" });
    const before = watch([first.url], { maxPageBlocks: 20 });
    await caughtUp();
    await before.stop();
    const ids = await longHistory();
    const after = watch([first.url], { maxPageBlocks: 20 });
    await caughtUp();
    await expectProjection(ids);
    expect(after.failures()).to.deep.equal([]);
  });

  it("is not ready while it is far behind, and says how far", async () => {
    const watching = watch([first.url]);
    await caughtUp();
    const ready = (behindBlocks: number) =>
      checkReadiness({ chain: watching.chain, db: store.db }, "anyone", { finality: { confirmations: 0 }, behindBlocks });
    expect(await ready(5)).to.have.property("block", await testChain.blockNumber());
    first.tamper = ({ method }) => (method === "eth_getLogs" ? { error: { code: -32_000, message: "busy" } } : undefined);
    await testChain.mine(8);
    const error = await ready(5).catch((cause: unknown) => cause);
    expect(error).to.have.property("code", "catching-up");
    expect(error).to.have.nested.property("details.blocksBehind", 8);
    expect(await ready(10)).to.have.property("role", "standby");
  });

  it("is not ready while the node has no finalized block yet, and says so", async () => {
    first.tamper = ({ params }) =>
      params[0] === "finalized" ? { error: { code: -39_001, message: "Unknown block" } } : undefined;
    const finality = { tag: "finalized" } as const;
    const watching = watch([first.url], { finality });
    await caughtUp();
    expect(watching.said("no final block yet")).to.equal(true);
    const ready = () => checkReadiness({ chain: watching.chain, db: store.db }, "anyone", { finality, behindBlocks: 64 });
    const error = (await ready().catch((cause: unknown) => cause)) as Error;
    expect(error).to.have.property("code", "chain-unavailable");
    expect(error.message).to.include("finalized");
    first.tamper = () => undefined;
    await until("a block is final", async () => ((await store.cursor())?.finalBlock ?? -1) >= 0);
    expect(await ready()).to.have.property("role", "standby");
  });

  it("ends at its start where the node does not know the tag that finality goes by", async () => {
    first.tamper = ({ params }) =>
      params[0] === "safe" ? { error: { code: -32_602, message: "invalid argument 0" } } : undefined;
    expect(await watch([first.url], { finality: { tag: "safe" } }).ended).to.have.property("code", "config-invalid");
  });

  /** A node that has silently pruned blocks up to one: no logs, no state, and no error. */
  function silentlyPruned(upTo: () => number) {
    return ({ method, params }: RpcCall, result: unknown): Tampering => {
      if (method === "eth_getLogs")
        return { result: (result as Log[]).filter(({ blockNumber }) => Number(blockNumber) > upTo()) };
      if (isStateCall({ id: 0, method, params }) && blockOf(params[1], Number.POSITIVE_INFINITY) <= upTo())
        return { result: "0x" };
      return undefined;
    };
  }

  for (const maxPageBlocks of [1, 4, 1_000]) {
    it(`leaves the cursor before what a node has silently pruned, ${maxPageBlocks} blocks at a time`, async () => {
      const ids = await testChain.start(2);
      await testChain.advance(ids, "PENDING");
      const pruned = await testChain.blockNumber();
      await testChain.advance(ids, "COMPLETED");
      first.tamper = silentlyPruned(() => pruned);
      const watching = watch([first.url], { maxPageBlocks });
      await until("it has failed", () => watching.failures().length >= 3);
      expect(watching.failures().join()).to.match(/sequence|left event|creation/);
      expect((await store.cursor())?.blockNumber ?? 0).to.be.below(pruned);
      first.tamper = () => undefined;
      await caughtUp();
      await expectProjection(ids);
    });
  }

  it("asks the next node where one has silently pruned", async () => {
    const ids = await testChain.start(2);
    await testChain.advance(ids, "PENDING");
    const pruned = await testChain.blockNumber();
    await testChain.advance(ids, "COMPLETED");
    first.tamper = silentlyPruned(() => pruned);
    watch(both(), { maxPageBlocks: 4 });
    await caughtUp();
    await expectProjection(ids);
  });

  it("steps back by itself where old blocks, which the contract is not asked about, were silently pruned", async () => {
    const ids = await longHistory();
    const pruned = newest - STATES_KEPT - 10;
    first.tamper = silentlyPruned(() => pruned);
    // Checked blocks would give the node away sooner.
    const watching = watch(both(), { maxPageBlocks: 20, logCheck: "none" });
    await caughtUp();
    await expectProjection(ids);
    expect(watching.said("took it back to the last block that is proven")).to.equal(true);
  });

  const drop =
    (which: (logs: Log[]) => Log[]) =>
    (call: RpcCall, result: unknown): Tampering =>
      call.method === "eth_getLogs" ? { result: which(result as Log[]) } : undefined;

  for (const [title, which] of [
    ["drops every log", () => []],
    ["drops the last log", (logs: Log[]) => logs.slice(0, -1)],
    ["drops the first log", (logs: Log[]) => logs.slice(1)],
  ] as [string, (logs: Log[]) => Log[]][]) {
    it(`asks the honest node where the preferred one ${title}`, async () => {
      const ids = await testChain.start(3);
      await testChain.advance(ids, "PENDING");
      first.tamper = drop(which);
      watch(both());
      await caughtUp();
      await testChain.advance(ids.slice(1), "COMPLETED");
      await caughtUp();
      await expectProjection(ids);
    });
  }

  const sequenceCall = contract.encodeFunctionData("sequence");
  /** Says COMPLETED where the chain says REVERSING, in a block that has both. */
  const forgeState = ({ method }: RpcCall, result: unknown): Tampering => {
    if (method !== "eth_getLogs") return undefined;
    const logs = (result as Log[]).map((log) =>
      log.topics[0] === topicOf("TransferReversing")
        ? {
            ...log,
            topics: [topicOf("TransferCompleted"), ...log.topics.slice(1)],
            data: `${log.data.slice(0, 66)}${log.data.slice(-64)}`,
          }
        : log,
    );
    return { result: logs };
  };
  /** One event more than there is, in the newest block of the moment, and a count to match from there on. */
  const forgeEvent = (call: RpcCall, result: unknown): Tampering => {
    const [{ data = "" } = {}, block] = call.params as [{ data?: string }?, unknown?];
    if (call.method === "eth_call" && data === sequenceCall && blockOf(block, newest) >= newest)
      return { result: word(BigInt(result as string) + 1n) };
    const last = call.method === "eth_getLogs" ? (result as Log[]).at(-1) : undefined;
    if (last === undefined || last.topics[0] !== topicOf("TransferPending")) return undefined;
    const sequence = word(BigInt(last.data.slice(0, 66)) + 1n);
    const forged = {
      ...last,
      topics: [topicOf("TransferCompleted"), ...last.topics.slice(1)],
      data: `${sequence}${last.data.slice(66)}`,
      logIndex: `0x${(Number(last.logIndex) + 1).toString(16)}`,
    };
    return { result: [...(result as Log[]), forged] };
  };
  const word = (value: bigint) => `0x${value.toString(16).padStart(64, "0")}`;

  for (const logCheck of ["receipts", "bloom", "second-node"] as LogCheck[]) {
    it(`believes no forged log with a matching count, checking by ${logCheck}`, async () => {
      const ids = await testChain.start(2);
      await testChain.advance(ids, "PENDING");
      newest = await testChain.blockNumber();
      first.tamper = forgeEvent;
      const watching = watch(both(), { logCheck });
      await caughtUp();
      await expectProjection(ids);
      expect(watching.failures().join()).to.match(/bloom filter|receipts/);
    });
  }

  it("believes no forged log that the block's bloom filter cannot rule out", async () => {
    const ids = await testChain.start(2);
    await testChain.advance(ids, "PENDING");
    const operator = testChain.secrets.banks.find(({ id }) => id === PAYEE_BANK)?.functions.debit.operatorKey ?? "";
    const evidence = `0x${"e1".repeat(32)}`;
    const item = (id: string, to: State, reason: string) => ({ id, to: stateNumber(to), reason, evidence });
    const [paid = "", refused = ""] = ids;
    const sent = testChain
      .contractAs(operator)
      .advance([item(paid, "COMPLETED", "0x00000000"), item(refused, "REVERSING", "0x41433034")]);
    await (await sent).wait();
    first.tamper = forgeState;
    watch(both());
    await caughtUp();
    await expectProjection(ids);
  });

  it("believes no forged log of a single node either, and goes on once the node is honest", async () => {
    const ids = await testChain.start(2);
    await testChain.advance(ids, "PENDING");
    newest = await testChain.blockNumber();
    first.tamper = forgeEvent;
    const watching = watch([first.url]);
    await until("it has failed", () => watching.failures().length >= 2);
    expect(await store.sequences()).to.deep.equal([]);
    first.tamper = () => undefined;
    await caughtUp();
    await expectProjection(ids);
  });

  it("takes back what it once believed, below what was final too, tells the readers, and delivers anew", async () => {
    const receiver = await startReceiver();
    cleanUps.push(receiver.close);
    const options = { functions: [observer(receiver.url)] };
    const ids = await testChain.start(2);
    await testChain.advance(ids, "PENDING");
    newest = await testChain.blockNumber();
    first.tamper = forgeEvent;
    const deceived = watch([first.url], { ...options, logCheck: "none" });
    await until("it believes the liar", async () => [...(await store.states()).values()].includes("COMPLETED"));
    await until("the forged event is final", async () => (await store.sequences()).length === 5);
    const { next } = await readStream(store.db, { after: { epoch: 0n, sequence: 0n }, limit: 100 });
    await deceived.stop();

    first.tamper = () => undefined;
    const honest = watch([first.url], options);
    await testChain.advance(ids, "COMPLETED");
    await until("the projection is taken back", () => honest.said("took it back to the last block that is proven"));
    await caughtUp();
    await expectProjection(ids);
    const page = await readStream(store.db, { after: next, limit: 100 });
    expect(page.removed.map(({ sequence, type }) => `${sequence} ${type}`)).to.deep.equal([
      "5 eventmachine.transfer.completed",
      // With the block that they are in.
      "4 eventmachine.transfer.pending",
      "3 eventmachine.transfer.pending",
    ]);
    expect(page.events.map(({ sequence }) => sequence)).to.deep.equal([3n, 4n, 5n, 6n]);
    await until("all is delivered", async () => (await store.position()) === 6);
    expect(honest.lines.filter(({ level }) => level === 60)).to.deep.equal([]);
  });

  it("does not stop for one node whose chain lacks a final block that another node has", async () => {
    const ids = await testChain.start(1);
    const watching = watch(both());
    await caughtUp();
    const forged = `0x${"ab".repeat(32)}`;
    first.tamper = ({ method }, result) =>
      method === "eth_getBlockByNumber" && result !== null && Number((result as { number: string }).number) > 0
        ? { result: { ...(result as object), hash: forged } }
        : undefined;
    const more = await testChain.start(1);
    await caughtUp();
    await expectProjection([...ids, ...more]);
    first.tamper = () => undefined;
    expect(watching.lines.filter(({ level }) => level === 60)).to.deep.equal([]);
    expect(watching.said("rolled back")).to.equal(false);
  });

  it("says so and goes on where the chain hashes its headers in a way of its own, by a second node where there is one", async () => {
    const ownHash: (call: RpcCall, result: unknown) => Tampering = ({ method }, result) =>
      method === "eth_getBlockByNumber" && result !== null
        ? { result: { ...(result as object), extraData: "0xf00d" } }
        : undefined;
    first.tamper = ownHash;
    second.tamper = ownHash;
    const ids = await testChain.start(2);
    const alone = watch([first.url]);
    await caughtUp();
    expect(alone.said("no second node")).to.equal(true);
    await alone.stop();
    const compared = watch(both());
    await testChain.advance(ids, "PENDING");
    await caughtUp();
    await expectProjection(ids);
    expect(compared.said("no second node")).to.equal(false);
    expect(compared.failures()).to.deep.equal([]);
  });
});
