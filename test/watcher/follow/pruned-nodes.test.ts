import { expect } from "chai";
import { checkReadiness } from "../../../src/watcher/readiness.js";
import type { RpcCall, Tampering } from "../../../tools/support/rpc-proxy.js";
import { until } from "../../../tools/support/until.js";
import { blockOf, useTwoNodes } from "../../support/two-nodes.js";

const STATES_KEPT = 128;

interface Log {
  blockNumber: string;
}

describe("a watcher whose node has lost its past", function () {
  this.timeout(120_000);
  const nodes = useTwoNodes();
  const { both, caughtUp, expectProjection, watch } = nodes;
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
    await nodes.testChain.mine(20);
    const ids = await nodes.testChain.start(3);
    await nodes.testChain.mine(30);
    await nodes.testChain.advance(ids.slice(0, 2), "PENDING");
    await nodes.testChain.mine(150);
    await nodes.testChain.advance(ids.slice(0, 1), "COMPLETED");
    await nodes.testChain.mine(20);
    newest = await nodes.testChain.blockNumber();
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
      nodes.first.tamper = pruning(error);
      const watching = watch([nodes.first.url], { maxPageBlocks: 20 });
      await caughtUp();
      await expectProjection(ids);
      expect(watching.failures()).to.deep.equal([]);
    });
  }

  it("catches up on a full node after an outage longer than the node keeps states", async () => {
    newest = await nodes.testChain.blockNumber();
    nodes.first.tamper = pruning({ code: -32_000, message: "missing trie node 6f5a (path )" });
    const before = watch([nodes.first.url], { maxPageBlocks: 20 });
    await caughtUp();
    await before.stop();
    const ids = await longHistory();
    const after = watch([nodes.first.url], { maxPageBlocks: 20 });
    await caughtUp();
    await expectProjection(ids);
    expect(after.failures()).to.deep.equal([]);
  });

  it("is not ready while it is far behind, and says how far", async () => {
    const watching = watch([nodes.first.url]);
    await caughtUp();
    const ready = (behindBlocks: number) =>
      checkReadiness({ chain: watching.chain, db: nodes.store.db }, "anyone", { finality: { confirmations: 0 }, behindBlocks });
    expect(await ready(5)).to.have.property("block", await nodes.testChain.blockNumber());
    nodes.first.tamper = ({ method }) => (method === "eth_getLogs" ? { error: { code: -32_000, message: "busy" } } : undefined);
    await nodes.testChain.mine(8);
    const error = await ready(5).catch((cause: unknown) => cause);
    expect(error).to.have.property("code", "catching-up");
    expect(error).to.have.nested.property("details.blocksBehind", 8);
    expect(await ready(10)).to.have.property("role", "standby");
  });

  it("is not ready while the node has no finalized block yet, and says so", async () => {
    nodes.first.tamper = ({ params }) =>
      params[0] === "finalized" ? { error: { code: -39_001, message: "Unknown block" } } : undefined;
    const finality = { tag: "finalized" } as const;
    const watching = watch([nodes.first.url], { finality });
    await caughtUp();
    expect(watching.said("no final block yet")).to.equal(true);
    const ready = () => checkReadiness({ chain: watching.chain, db: nodes.store.db }, "anyone", { finality, behindBlocks: 64 });
    const error = (await ready().catch((cause: unknown) => cause)) as Error;
    expect(error).to.have.property("code", "chain-unavailable");
    expect(error.message).to.include("finalized");
    nodes.first.tamper = () => undefined;
    await until("a block is final", async () => ((await nodes.store.cursor())?.finalBlock ?? -1) >= 0);
    expect(await ready()).to.have.property("role", "standby");
  });

  it("ends at its start where the node does not know the tag that finality goes by", async () => {
    nodes.first.tamper = ({ params }) =>
      params[0] === "safe" ? { error: { code: -32_602, message: "invalid argument 0" } } : undefined;
    expect(await watch([nodes.first.url], { finality: { tag: "safe" } }).ended).to.have.property("code", "config-invalid");
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
      const ids = await nodes.testChain.start(2);
      await nodes.testChain.advance(ids, "PENDING");
      const pruned = await nodes.testChain.blockNumber();
      await nodes.testChain.advance(ids, "COMPLETED");
      nodes.first.tamper = silentlyPruned(() => pruned);
      const watching = watch([nodes.first.url], { maxPageBlocks });
      await until("it has failed", () => watching.failures().length >= 3);
      expect(watching.failures().join()).to.match(/sequence|left event|creation/);
      expect((await nodes.store.cursor())?.blockNumber ?? 0).to.be.below(pruned);
      nodes.first.tamper = () => undefined;
      await caughtUp();
      await expectProjection(ids);
    });
  }

  it("asks the next node where one has silently pruned", async () => {
    const ids = await nodes.testChain.start(2);
    await nodes.testChain.advance(ids, "PENDING");
    const pruned = await nodes.testChain.blockNumber();
    await nodes.testChain.advance(ids, "COMPLETED");
    nodes.first.tamper = silentlyPruned(() => pruned);
    watch(both(), { maxPageBlocks: 4 });
    await caughtUp();
    await expectProjection(ids);
  });

  it("steps back by itself where old blocks, which the contract is not asked about, were silently pruned", async () => {
    const ids = await longHistory();
    const pruned = newest - STATES_KEPT - 10;
    nodes.first.tamper = silentlyPruned(() => pruned);
    // Checked blocks would give the node away sooner.
    const watching = watch(both(), { maxPageBlocks: 20, logCheck: "none" });
    await caughtUp();
    await expectProjection(ids);
    expect(watching.said("took it back to the last block that is proven")).to.equal(true);
  });
});
