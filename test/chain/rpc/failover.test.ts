import { expect } from "chai";
import { Wallet } from "ethers";
import hre from "hardhat";
import { assertExpectedChain, connectChain, onChain } from "../../../src/chain/connect-chain.js";
import { nodesOf } from "../../../src/chain/rpc/chain-nodes.js";
import { DEFAULT_SENDER_OPTIONS } from "../../../src/chain/sending/batch-sender.js";
import { createTransitionSender } from "../../../src/chain/sending/transition-senders.js";
import { AppError } from "../../../src/domain/app-error.js";
import { recordingLogger, SILENT } from "../../../tools/support/logger.js";
import { startRpcProxy, type Tampering } from "../../../tools/support/rpc-proxy.js";
import { until } from "../../../tools/support/until.js";
import { PAYER_BANK, startTestChain, type TestChain } from "../../support/chain.js";
import { startTestStore, startWatching, untilCaughtUp } from "../../support/watching.js";

const QUICK = { requestTimeoutMs: 500, checkTimeoutMs: 500, checkIntervalMs: 50, lagMs: 40, coolDownMs: 100, distrustMs: 200 };
const PATIENT = { ...QUICK, coolDownMs: 600_000 };

describe("several nodes of one chain", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let nodes: Awaited<ReturnType<typeof startRpcProxy>>[];
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    nodes = [await startRpcProxy(testChain.url), await startRpcProxy(testChain.url)];
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    for (const node of nodes) await node.close();
  });
  after(() => testChain.close());

  const node = (index: number) => nodes[index] as (typeof nodes)[number];
  function connect(pool = QUICK) {
    const { logger, lines, said } = recordingLogger();
    const chain = connectChain(
      nodes.map(({ url }) => url),
      testChain.deployment,
      { logger, pool },
    );
    cleanUps.push(() => chain.close());
    const balance = () => onChain(() => chain.provider.getBalance(testChain.deployment.contracts.bankRepo));
    return { chain, lines, said, balance };
  }
  const served = (index: number) => node(index).calls.filter((method) => method === "eth_getBalance").length;
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => "answered",
      (error: unknown) => (error instanceof AppError ? error.code : `no AppError: ${error}`),
    );
  const keysOf = (bank: string) =>
    testChain.secrets.banks.find(({ id }) => id === bank) as (typeof testChain.secrets.banks)[number];
  async function anotherChain(): Promise<string> {
    const other = await hre.network.createServer("localchain", "127.0.0.1", 0);
    const { port } = await other.listen();
    cleanUps.push(() => other.close());
    return `http://127.0.0.1:${port}`;
  }

  it("are asked in the order of preference", async () => {
    const { balance } = connect();
    for (let round = 0; round < 5; round += 1) await balance();
    expect([served(0), served(1)]).to.deep.equal([5, 0]);
  });

  const failures: [string, Tampering][] = [
    ["cuts the connection", "swallow"],
    ["does not answer", "hang"],
    ["answers 500", { status: 500, body: "{}" }],
    ["answers 429", { status: 429, body: "slow down" }],
    ["answers something that is no JSON", { status: 200, body: "<html>" }],
    [
      "answers 400 with a limit",
      { status: 400, body: '{"id":null,"error":{"code":-32000,"message":"block range is too wide"}}' },
    ],
    ["answers 413", { status: 413, body: "<html>" }],
    ["leaves the call unanswered", { status: 200, body: "[]" }],
    ["has had enough calls (-32005)", { error: { code: -32_005, message: "limit exceeded" } }],
  ];
  for (const [what, tampering] of failures) {
    it(`go on with the next where one ${what}`, async () => {
      const { balance } = connect(PATIENT);
      await balance();
      node(0).tamper = ({ method }) => (method === "eth_getBalance" ? tampering : undefined);
      expect(await codeOf(balance())).to.equal("answered");
      expect(served(1)).to.equal(1);
    });
  }

  it("leave one that failed alone while it cools down, and come back to it", async () => {
    const patient = connect(PATIENT);
    await patient.balance();
    node(0).tamper = () => "swallow";
    for (let round = 0; round < 3; round += 1) await patient.balance();
    expect(patient.lines.filter(({ msg }) => /failed; using the next/.test(String(msg)))).to.have.length(1);
    node(0).tamper = () => undefined;
    const before = served(0);
    await patient.balance();
    expect(served(0)).to.equal(before);

    const quick = connect(QUICK);
    node(0).tamper = () => "swallow";
    await quick.balance();
    node(0).tamper = () => undefined;
    await until("the first is asked again", async () => {
      await quick.balance();
      return served(0) > before;
    });
    expect(quick.said("good again")).to.equal(true);
  });

  it("pass an error of the call itself on, without asking the next", async () => {
    const { chain } = connect();
    await chain.provider.getBlockNumber();
    const reverting = { to: testChain.deployment.contracts.transferStateRepo, data: "0x12345678" };
    const error = await chain.provider.estimateGas(reverting).catch((cause: unknown) => cause);
    expect(error).to.have.property("code", "CALL_EXCEPTION");
    expect(node(1).calls).not.to.include("eth_estimateGas");
  });

  it("are unavailable while none answers, and there again at once", async () => {
    const { balance } = connect(PATIENT);
    await balance();
    for (const one of nodes) one.tamper = () => "swallow";
    expect(await codeOf(balance())).to.equal("chain-unavailable");
    expect(await codeOf(balance())).to.equal("chain-unavailable");
    for (const one of nodes) one.tamper = () => undefined;
    expect(await codeOf(balance())).to.equal("answered");
  });

  it("never use one that serves another chain, whatever the others do", async () => {
    node(0).target = await anotherChain();
    const { chain, balance, lines } = connect(PATIENT);
    await assertExpectedChain(chain);
    expect(served(0)).to.equal(0);
    const [alarm] = lines.filter(({ level }) => level === 50);
    expect(alarm?.msg).to.include("another chain");
    node(1).tamper = () => "swallow";
    expect(await codeOf(balance())).to.equal("chain-unavailable");
    expect(served(0)).to.equal(0);
    node(1).tamper = () => undefined;
    node(1).target = node(0).target;
    expect(await codeOf(balance())).to.equal("chain-unexpected");
  });

  it("notice that one was swapped for another chain while it was in use", async () => {
    const { balance, said } = connect(PATIENT);
    await balance();
    node(0).target = await anotherChain();
    await until("it is refused", async () => {
      await balance();
      return said("serves another chain");
    });
    const before = served(0);
    await balance();
    expect(served(0)).to.equal(before);
  });

  it("leave one that lags, though it answers", async () => {
    const { chain, balance, lines } = connect(PATIENT);
    await balance();
    const stale = await chain.provider.send("eth_blockNumber", []);
    node(0).tamper = ({ method }) => (method === "eth_blockNumber" ? { result: stale } : undefined);
    await testChain.mine(1);
    await until("it is left", async () => {
      await balance();
      return lines.some(({ error }) => /behind others/.test(String(error)));
    });
    const before = served(0);
    await balance();
    expect(served(0)).to.equal(before);
  });

  it("keep the preferred node out for the whole of its cool-down, though it catches up and passes every check", async () => {
    const { chain, balance, said } = connect(PATIENT);
    await balance();
    const stale = await chain.provider.send("eth_blockNumber", []);
    node(0).tamper = ({ method }) => (method === "eth_blockNumber" ? { result: stale } : undefined);
    await testChain.mine(1);
    await until("the preferred node is left", async () => {
      await balance();
      return said("failed; using the next");
    });
    node(0).tamper = () => undefined;
    const before = served(0);
    for (let check = 0; check < 3; check += 1) await assertExpectedChain(chain);
    await balance();
    expect(said("good again")).to.equal(false);
    expect(served(0)).to.equal(before);
    node(1).tamper = () => "swallow";
    await codeOf(balance());
    expect(await codeOf(balance()), "with no other left, the preferred node serves again").to.equal("answered");
    expect(served(0)).to.equal(before + 1);
  });

  it("leave one that was proven wrong for the next, for longer than one that failed, and never the last", async () => {
    const { chain, lines } = connect({ ...QUICK, distrustMs: 600_000 });
    const names = async () => (await nodesOf(chain)).map(({ name }) => name);
    const [first = "", second = ""] = nodes.map(({ url }) => new URL(url).host);
    expect(await names()).to.deep.equal([first, second]);
    const [liar] = await nodesOf(chain);
    liar?.leave(new AppError("chain-gap", "The node lied."), "proven wrong");
    expect(await names()).to.deep.equal([second]);
    await new Promise((resolve) => setTimeout(resolve, QUICK.coolDownMs * 2));
    await assertExpectedChain(chain);
    expect(await names()).to.deep.equal([second]);
    expect(lines.map(({ error }) => error)).to.include("The node lied.");
    const [honest] = await nodesOf(chain);
    honest?.leave(new Error("it fails"), "failed");
    expect(await names()).to.deep.equal([second]);
    expect(await honest?.chain.provider.getBlockNumber()).to.equal(await testChain.blockNumber());
    expect(node(0).calls.filter((method) => method === "eth_blockNumber")).not.to.be.empty;
  });

  it("take a transaction once, though the first node took it and its answer was lost", async () => {
    const { chain } = connect(PATIENT);
    const signer = new Wallet(keysOf(PAYER_BANK).functions.debit.operatorKey);
    const [id = ""] = await testChain.start(1);
    node(0).tamper = ({ method }) => (method === "eth_sendRawTransaction" ? "swallow" : undefined);
    const before = await testChain.chain.provider.getTransactionCount(signer.address);
    const { provider, deployment } = chain;
    const sender = createTransitionSender({ signer, provider, deployment, logger: SILENT }, DEFAULT_SENDER_OPTIONS);
    const outcome = await sender.send({ transferId: id, to: "PENDING", evidence: `0x${"e1".repeat(32)}` });
    expect(outcome.applied).to.equal(true);
    expect(await testChain.chain.provider.getTransactionCount(signer.address)).to.equal(before + 1);
    expect(node(1).calls).to.include("eth_sendRawTransaction");
  });

  it("are followed without a gap while one after another fails, lags and is swapped", async () => {
    const store = await startTestStore();
    cleanUps.push(store.close);
    const { chain } = connect();
    const watching = startWatching(chain, store.db, { maxPageBlocks: 3 });
    cleanUps.push(watching.stop);
    const stranger = await anotherChain();
    for (const [index, change] of [
      [0, () => (node(0).tamper = () => "swallow")],
      [0, () => (node(0).tamper = () => undefined)],
      [1, () => (node(1).target = stranger)],
      [1, () => (node(1).target = testChain.url)],
      [0, () => (node(0).target = stranger)],
      [0, () => (node(0).target = testChain.url)],
    ] as [number, () => void][]) {
      change();
      await testChain.start(2);
      await untilCaughtUp(testChain.chain, store.db);
      await until(`node ${index} was looked at`, () => node(index).calls.length > 0);
    }
    expect(await store.sequences()).to.deep.equal(Array.from({ length: 12 }, (_, index) => index + 1));
    expect(watching.lines.filter(({ level }) => level === 60)).to.deep.equal([]);
  });
});
