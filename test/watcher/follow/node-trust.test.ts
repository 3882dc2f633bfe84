import { expect } from "chai";
import type { EVENT_TYPES } from "../../../src/chain/contracts/chain-event.js";
import { type State, stateNumber } from "../../../src/domain/transfer-state.js";
import { readStream } from "../../../src/store/events/event-stream.js";
import type { LogCheck } from "../../../src/watcher/follow/check-logs.js";
import { startReceiver } from "../../../tools/support/receiver.js";
import type { RpcCall, Tampering } from "../../../tools/support/rpc-proxy.js";
import { until } from "../../../tools/support/until.js";
import { TransferStateRepo__factory } from "../../../types/ethers-contracts/index.js";
import { PAYEE_BANK } from "../../support/chain.js";
import { blockOf, useTwoNodes } from "../../support/two-nodes.js";
import { observer } from "../../support/watching.js";

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
  const nodes = useTwoNodes();
  const { both, caughtUp, cleanUps, expectProjection, watch } = nodes;
  let newest = 0;
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
      const ids = await nodes.testChain.start(3);
      await nodes.testChain.advance(ids, "PENDING");
      nodes.first.tamper = drop(which);
      watch(both());
      await caughtUp();
      await nodes.testChain.advance(ids.slice(1), "COMPLETED");
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
      const ids = await nodes.testChain.start(2);
      await nodes.testChain.advance(ids, "PENDING");
      newest = await nodes.testChain.blockNumber();
      nodes.first.tamper = forgeEvent;
      const watching = watch(both(), { logCheck });
      await caughtUp();
      await expectProjection(ids);
      expect(watching.failures().join()).to.match(/bloom filter|receipts/);
    });
  }

  it("believes no forged log that the block's bloom filter cannot rule out", async () => {
    const ids = await nodes.testChain.start(2);
    await nodes.testChain.advance(ids, "PENDING");
    const operator = nodes.testChain.secrets.banks.find(({ id }) => id === PAYEE_BANK)?.functions.debit.operatorKey ?? "";
    const evidence = `0x${"e1".repeat(32)}`;
    const item = (id: string, to: State, reason: string) => ({ id, to: stateNumber(to), reason, evidence });
    const [paid = "", refused = ""] = ids;
    const sent = nodes.testChain
      .contractAs(operator)
      .advance([item(paid, "COMPLETED", "0x00000000"), item(refused, "REVERSING", "0x41433034")]);
    await (await sent).wait();
    nodes.first.tamper = forgeState;
    watch(both());
    await caughtUp();
    await expectProjection(ids);
  });

  it("believes no forged log of a single node either, and goes on once the node is honest", async () => {
    const ids = await nodes.testChain.start(2);
    await nodes.testChain.advance(ids, "PENDING");
    newest = await nodes.testChain.blockNumber();
    nodes.first.tamper = forgeEvent;
    const watching = watch([nodes.first.url]);
    await until("it has failed", () => watching.failures().length >= 2);
    expect(await nodes.store.sequences()).to.deep.equal([]);
    nodes.first.tamper = () => undefined;
    await caughtUp();
    await expectProjection(ids);
  });

  it("takes back what it once believed, below what was final too, tells the readers, and delivers anew", async () => {
    const receiver = await startReceiver();
    cleanUps.push(receiver.close);
    const options = { functions: [observer(receiver.url)] };
    const ids = await nodes.testChain.start(2);
    await nodes.testChain.advance(ids, "PENDING");
    newest = await nodes.testChain.blockNumber();
    nodes.first.tamper = forgeEvent;
    const deceived = watch([nodes.first.url], { ...options, logCheck: "none" });
    await until("it believes the liar", async () => [...(await nodes.store.states()).values()].includes("COMPLETED"));
    await until("the forged event is final", async () => (await nodes.store.sequences()).length === 5);
    const { next } = await readStream(nodes.store.db, { after: { epoch: 0n, sequence: 0n }, limit: 100 });
    await deceived.stop();

    nodes.first.tamper = () => undefined;
    const honest = watch([nodes.first.url], options);
    await nodes.testChain.advance(ids, "COMPLETED");
    await until("the projection is taken back", () => honest.said("took it back to the last block that is proven"));
    await caughtUp();
    await expectProjection(ids);
    const page = await readStream(nodes.store.db, { after: next, limit: 100 });
    expect(page.removed.map(({ sequence, type }) => `${sequence} ${type}`)).to.deep.equal([
      "5 eventmachine.transfer.completed",
      // With the block that they are in.
      "4 eventmachine.transfer.pending",
      "3 eventmachine.transfer.pending",
    ]);
    expect(page.events.map(({ sequence }) => sequence)).to.deep.equal([3n, 4n, 5n, 6n]);
    await until("all is delivered", async () => (await nodes.store.position()) === 6);
    expect(honest.lines.filter(({ level }) => level === 60)).to.deep.equal([]);
  });

  it("does not stop for one node whose chain lacks a final block that another node has", async () => {
    const ids = await nodes.testChain.start(1);
    const watching = watch(both());
    await caughtUp();
    const forged = `0x${"ab".repeat(32)}`;
    nodes.first.tamper = ({ method }, result) =>
      method === "eth_getBlockByNumber" && result !== null && Number((result as { number: string }).number) > 0
        ? { result: { ...(result as object), hash: forged } }
        : undefined;
    const more = await nodes.testChain.start(1);
    await caughtUp();
    await expectProjection([...ids, ...more]);
    nodes.first.tamper = () => undefined;
    expect(watching.lines.filter(({ level }) => level === 60)).to.deep.equal([]);
    expect(watching.said("rolled back")).to.equal(false);
  });

  it("says so and goes on where the chain hashes its headers in a way of its own, by a second node where there is one", async () => {
    const ownHash: (call: RpcCall, result: unknown) => Tampering = ({ method }, result) =>
      method === "eth_getBlockByNumber" && result !== null
        ? { result: { ...(result as object), extraData: "0xf00d" } }
        : undefined;
    nodes.first.tamper = ownHash;
    nodes.second.tamper = ownHash;
    const ids = await nodes.testChain.start(2);
    const alone = watch([nodes.first.url]);
    await caughtUp();
    expect(alone.said("no second node")).to.equal(true);
    await alone.stop();
    const compared = watch(both());
    await nodes.testChain.advance(ids, "PENDING");
    await caughtUp();
    await expectProjection(ids);
    expect(compared.said("no second node")).to.equal(false);
    expect(compared.failures()).to.deep.equal([]);
  });
});
