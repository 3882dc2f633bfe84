import { expect } from "chai";
import { readTransfers } from "../../src/chain/contracts/read-transfers.js";
import { AppError } from "../../src/domain/app-error.js";
import { postingReference } from "../../src/domain/posting.js";
import { createOpener } from "../../src/domain/sealing.js";
import { credit } from "../../src/functions/credit.js";
import { handleEvents, type LegDeps } from "../../src/functions/handle-events.js";
import { startRpcProxy } from "../../tools/support/rpc-proxy.js";
import { PAYEE_BANK, startTestChain, type TestChain } from "../support/chain.js";
import { ACCOUNT, eventOf, startLegNetwork } from "../support/leg-network.js";

const OPENING_MINOR = 30_000n;
const CREDITED_MINOR = 42_345n;
const PAST_THE_DEADLINE_SECONDS = 4_000;

describe("the credit of a pending transfer", function () {
  this.timeout(60_000);
  let testChain: TestChain;
  let network: Awaited<ReturnType<typeof startLegNetwork>>;

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    network = await startLegNetwork(testChain, OPENING_MINOR, PAYEE_BANK);
  });
  afterEach(() => network.close());
  after(() => testChain.close());

  const standing = async (id: string) => (await readTransfers(testChain.chain, [id], await testChain.blockNumber()))[0];
  const reasons = async (ending: "TransferReversing" | "TransferSuspended") => {
    const { transfers } = testChain.chain;
    const found = await transfers.queryFilter(transfers.filters[ending]());
    return found.map(({ args }) => Buffer.from(args.reason.slice(2), "hex").toString("ascii"));
  };
  async function startPending(of: Parameters<typeof network.start>[0] = {}): Promise<string> {
    const id = await network.start(of);
    await testChain.advance([id], "PENDING");
    return id;
  }
  async function passDeadline(): Promise<void> {
    await testChain.rpc("evm_increaseTime", PAST_THE_DEADLINE_SECONDS);
    await testChain.mine(1);
  }
  const withoutKeys = (): LegDeps => ({ ...network.legDeps(credit), opener: createOpener(new Map()) });

  it("gives the money to the payee's account and completes the transfer", async () => {
    const id = await startPending();
    expect(await handleEvents(network.legDeps(credit), [eventOf(id, 2)])).to.deep.equal([]);
    expect(await standing(id)).to.include({ state: "COMPLETED" });
    expect(network.balanceMinor()).to.equal(CREDITED_MINOR);
    expect(await network.bank.find(postingReference(id, "credit"))).to.include({ status: "posted" });
  });

  it("credits after the deadline too, since the payer is debited", async () => {
    const id = await startPending();
    await passDeadline();
    expect(await handleEvents(network.legDeps(credit), [eventOf(id, 2)])).to.deep.equal([]);
    expect(await standing(id)).to.include({ state: "COMPLETED" });
    expect(network.balanceMinor()).to.equal(CREDITED_MINOR);
  });

  it("credits nothing while the payer is not debited", async () => {
    const id = await network.start();
    expect(await handleEvents(network.legDeps(credit), [eventOf(id, 1)])).to.deep.equal([]);
    expect(await standing(id)).to.include({ state: "STARTED" });
    expect(network.balanceMinor()).to.equal(OPENING_MINOR);
  });

  it("reverses the transfer with the bank's reason where the bank refuses", async () => {
    const id = await startPending();
    network.ledger.setAccountStatus(ACCOUNT, "closed");
    expect(await handleEvents(network.legDeps(credit), [eventOf(id, 2)])).to.deep.equal([]);
    expect(await standing(id)).to.include({ state: "REVERSING" });
    expect(await reasons("TransferReversing")).to.deep.equal(["AC04"]);
  });

  it("reverses the transfer, and closes the credit's name, where the payee's number has a newer entry", async () => {
    const id = await startPending({ aliasVersion: 7 });
    expect(await handleEvents(network.legDeps(credit), [eventOf(id, 2)])).to.deep.equal([]);
    expect(await standing(id)).to.include({ state: "REVERSING" });
    expect(await reasons("TransferReversing")).to.deep.equal(["BE23"]);
    expect(await network.bank.find(postingReference(id, "credit"))).to.include({ status: "refused", reason: "BE23" });
    expect(network.balanceMinor()).to.equal(OPENING_MINOR);
  });

  it("asks again before the deadline where the bank's key is missing, and credits once the key is there", async () => {
    const id = await startPending();
    const failed = await handleEvents(withoutKeys(), [eventOf(id, 2)]);
    expect(failed[0]?.error).to.match(/^cannot-open/);
    expect(await standing(id)).to.include({ state: "PENDING" });
    expect(await handleEvents(network.legDeps(credit), [eventOf(id, 2)])).to.deep.equal([]);
    expect(await standing(id)).to.include({ state: "COMPLETED" });
  });

  it("suspends the transfer after the deadline where the bank's key is missing, and posts nothing", async () => {
    const id = await startPending();
    await passDeadline();
    expect(await handleEvents(withoutKeys(), [eventOf(id, 2)])).to.deep.equal([]);
    expect(await standing(id)).to.include({ state: "SUSPENDED", suspendedFrom: "PENDING" });
    expect(await reasons("TransferSuspended")).to.deep.equal(["MS03"]);
    expect(await network.bank.find(postingReference(id, "credit"))).to.equal(undefined);
  });

  it("asks again after the deadline where the node leaves the start out, and suspends nothing", async () => {
    const id = await startPending();
    await passDeadline();
    const proxy = await startRpcProxy(testChain.url);
    const chain = testChain.connect(proxy.url);
    proxy.tamper = ({ method }) => (method === "eth_getLogs" ? { result: [] } : undefined);
    const failed = await handleEvents(network.legDeps(credit, chain), [eventOf(id, 2)]);
    chain.close();
    await proxy.close();
    expect(failed[0]?.error).to.match(/^chain-unavailable/);
    expect(await standing(id)).to.include({ state: "PENDING" });
  });

  it("asks again after the deadline where the bank is away, and suspends nothing", async () => {
    const id = await startPending();
    await passDeadline();
    const deps = network.legDeps(credit);
    const post = () => Promise.reject(new AppError("bank-unreachable", "away"));
    const failed = await handleEvents({ ...deps, bank: { ...deps.bank, post } }, [eventOf(id, 2)]);
    expect(failed[0]?.error).to.match(/^bank-unreachable/);
    expect(await standing(id)).to.include({ state: "PENDING" });
  });
});
