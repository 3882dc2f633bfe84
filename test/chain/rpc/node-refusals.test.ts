import { expect } from "chai";
import { connectChain, onChain } from "../../../src/chain/connect-chain.js";
import { readFinalBlock } from "../../../src/chain/finality.js";
import { describeRpcError, isRevert, nodeCondition } from "../../../src/chain/rpc/error.js";
import { AppError } from "../../../src/domain/app-error.js";
import { recordingLogger } from "../../../tools/support/logger.js";
import { startRpcProxy } from "../../../tools/support/rpc-proxy.js";
import { startTestChain, type TestChain } from "../../support/chain.js";

const PATIENT = {
  requestTimeoutMs: 2_000,
  checkTimeoutMs: 2_000,
  checkIntervalMs: 600_000,
  lagMs: 300_000,
  coolDownMs: 600_000,
  distrustMs: 600_000,
};
const PAYER = `0x${"11".repeat(20)}`;

describe("several nodes of one chain, of which some refuse calls,", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let nodes: Awaited<ReturnType<typeof startRpcProxy>>[];
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    nodes = [await startRpcProxy(testChain.url), await startRpcProxy(testChain.url)];
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    for (const node of nodes) await node.close();
  });
  after(() => testChain.close());

  const node = (index: number) => nodes[index] as (typeof nodes)[number];
  function connect(pool = PATIENT) {
    const { logger, lines } = recordingLogger();
    const chain = connectChain(
      nodes.map(({ url }) => url),
      testChain.deployment,
      { logger, pool },
    );
    cleanUps.push(() => chain.close());
    const balance = () => onChain(() => chain.provider.getBalance(testChain.deployment.contracts.bankRepo));
    return { chain, lines, balance };
  }
  const served = (index: number) => node(index).calls.filter((method) => method === "eth_getBalance").length;
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => "answered",
      (error: unknown) => (error instanceof AppError ? error.code : `no AppError: ${error}`),
    );

  const own: [string, { code: number; message: string }][] = [
    ["has pruned the state", { code: -32_000, message: "missing trie node 6c1d (path ) state 0x6c1d is not available" }],
    ["has pruned the history", { code: 4_444, message: "pruned history unavailable" }],
    ["limits the range of logs", { code: -32_602, message: "exceed maximum block range: 1000" }],
    ["limits the requests", { code: -32_007, message: "50/second request limit reached" }],
    ["still indexes", { code: -32_000, message: "transaction indexing is in progress" }],
    ["says something that no client is known to say", { code: -32_603, message: "upstream is having a bad day" }],
  ];
  for (const [what, error] of own) {
    it(`ask the next for a call that one cannot answer because it ${what}, and use the first for all other calls`, async () => {
      const { balance, chain, lines } = connect(PATIENT);
      await balance();
      node(0).tamper = ({ method }) => (method === "eth_getBalance" ? { error } : undefined);
      for (let round = 0; round < 3; round += 1) expect(await codeOf(balance())).to.equal("answered");
      expect(served(1)).to.equal(3);
      await chain.provider.getBlockNumber();
      expect(node(1).calls.filter((method) => method === "eth_blockNumber")).to.have.length(1);
      const told = lines.filter(({ said }) => said === error.message);
      expect(told).to.have.length(1);
    });
  }

  it("ask the next for the refused calls of a batch alone", async () => {
    const { chain, balance } = connect(PATIENT);
    await balance();
    node(0).tamper = ({ method }) => (method === "eth_getBalance" ? { error: { code: -32_000, message: "gone" } } : undefined);
    const checks = node(1).calls.length;
    const [price] = await Promise.all([chain.provider.send("eth_gasPrice", []), balance()]);
    expect(price).to.match(/^0x/);
    expect(node(1).calls.slice(checks)).to.deep.equal(["eth_getBalance"]);
  });

  it("answer with the first refusal that a client is known for, where every node refuses", async () => {
    const { chain } = connect(PATIENT);
    const refuse = (message: string) => (call: { method: string }) =>
      call.method === "eth_getBalance" ? { error: { code: -32_000, message } } : undefined;
    node(0).tamper = refuse("upstream is having a bad day");
    node(1).tamper = refuse("missing trie node 6c1d");
    const error = await chain.provider.getBalance(PAYER).catch((cause: unknown) => cause);
    expect(nodeCondition(error)).to.equal("state-pruned");
  });

  it("send a batch that a node refuses for its size in halves", async () => {
    const { chain, balance } = connect(PATIENT);
    await balance();
    for (const one of nodes) one.maxBatchCalls = 10;
    const all = await Promise.all(Array.from({ length: 45 }, () => chain.provider.send("eth_gasPrice", [])));
    expect(all).to.have.length(45);
    expect(node(1).calls).not.to.include("eth_gasPrice");
  });

  for (const message of ["finalized block not found", "Unknown block"]) {
    it(`take "${message}" of every node for no final block yet`, async () => {
      const { chain } = connect(PATIENT);
      for (const one of nodes) {
        one.tamper = ({ method, params }) =>
          method === "eth_getBlockByNumber" && params[0] === "finalized" ? { error: { code: -39_001, message } } : undefined;
      }
      expect(await readFinalBlock(chain.provider, { tag: "finalized" })).to.equal(-1);
    });
  }

  it("tell a state that no node has from a contract that refuses", async () => {
    const { chain } = connect(PATIENT);
    const { transferStateRepo } = testChain.deployment.contracts;
    const asking = () =>
      chain.provider.estimateGas({ to: transferStateRepo, data: "0x12345678" }).catch((cause: unknown) => cause);
    expect(isRevert(await asking())).to.equal(true);
    for (const one of nodes) {
      one.tamper = ({ method }) =>
        method === "eth_estimateGas" ? { error: { code: -32_000, message: "missing trie node 6c1d" } } : undefined;
    }
    const pruned = await asking();
    expect(isRevert(pruned)).to.equal(false);
    expect(describeRpcError(pruned)).to.equal("missing trie node 6c1d");
  });

  it("tell by which error a contract refuses, where a node gives its data in an object, as Ganache does", async () => {
    const { chain } = connect(PATIENT);
    const { phoneAccountRepo } = testChain.deployment.contracts;
    const result = chain.phoneAccounts.interface.encodeErrorResult("PhoneAccountAliasZero");
    const data = { hash: null, programCounter: 17_332, result, reason: null, message: "revert" };
    for (const one of nodes) {
      one.tamper = ({ method }) =>
        method === "eth_estimateGas"
          ? { error: { code: -32_000, message: "VM Exception while processing transaction: revert", data } }
          : undefined;
    }
    const refused = await chain.provider
      .estimateGas({ to: phoneAccountRepo, data: "0x12345678" })
      .catch((cause: unknown) => cause);
    expect(refused).to.include({ code: "CALL_EXCEPTION", data: result });
    expect(isRevert(refused)).to.equal(true);
  });

  it("tell in the node's own words that every node limits a call, though it answers with HTTP status 400", async () => {
    const { chain } = connect(PATIENT);
    const body = (id: unknown) => JSON.stringify({ id, error: { code: -32_000, message: "block range is too wide" } });
    for (const one of nodes) {
      one.tamper = ({ method, id }) => (method === "eth_getLogs" ? { status: 400, body: body(id) } : undefined);
    }
    const error = await chain.provider.send("eth_getLogs", [{}]).catch((cause: unknown) => cause);
    expect(nodeCondition(error)).to.equal("logs-too-large");
    expect(describeRpcError(error)).to.equal("block range is too wide");
  });
});
