import { expect } from "chai";
import { migrateToSuccessor } from "../../../scripts/ops/migrate-successor-steps.js";
import { type Chain, connectChain } from "../../../src/chain/connect-chain.js";
import type { Deployment } from "../../../src/chain/deployment.js";
import { bankIdToBytes } from "../../../src/domain/ids.js";
import { startReceiver } from "../../../tools/support/receiver.js";
import { until } from "../../../tools/support/until.js";
import { PAYEE_BANK, PAYER_BANK, startTestChain, type TestChain } from "../../support/chain.js";
import { ALL_TYPES, observer, startTestStore, startWatching, untilCaughtUp } from "../../support/watching.js";

describe("a contract's successor", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];

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

  function watch(chain: Chain, options: Parameters<typeof startWatching>[2] = {}) {
    const types = [...ALL_TYPES, "eventmachine.transfer.refused"];
    const watching = startWatching(chain, store.db, { functions: [observer(receiver.url, { types })], ...options });
    cleanUps.push(watching.stop);
    return watching;
  }
  /** Three events of the contract, all of them delivered; the transfer that they are of. */
  async function history(): Promise<string> {
    const watching = watch(testChain.chain);
    await until("the function begins", async () => (await store.position()) === 0);
    const [id = ""] = await testChain.start(1);
    await testChain.advance([id], "PENDING");
    await testChain.advance([id], "COMPLETED");
    await until("all is delivered", async () => (await store.position()) === 3);
    await watching.stop();
    return id;
  }
  async function migrate(): Promise<Chain> {
    const { deployment } = testChain;
    const admin = await testChain.chain.provider.getSigner(0);
    const migration = await migrateToSuccessor(admin, deployment.contracts.transferStateRepo, deployment);
    if (!migration.done) throw new Error("There are open transfers.");
    const contracts = { ...deployment.contracts, transferStateRepo: migration.successor };
    return connect({ ...deployment, fromBlock: migration.fromBlock, contracts });
  }
  function connect(deployment: Deployment): Chain {
    const chain = connectChain(testChain.url, deployment);
    cleanUps.push(() => chain.close());
    return chain;
  }
  async function startAt(successor: Chain): Promise<string> {
    const { requestHash, transferId } = testChain.newRequest();
    const latest = await successor.provider.getBlock("latest");
    const banks = { payerBank: bankIdToBytes(PAYER_BANK), payeeBank: bankIdToBytes(PAYEE_BANK) };
    const terms = { currency: 764, amount: 1n, deadline: (latest?.timestamp ?? 0) + 3_600, details: "0x" };
    const key = testChain.secrets.initiatorKey;
    const contract = testChain.contractAs(key).attach(successor.deployment.contracts.transferStateRepo);
    await (await (contract as typeof successor.transfers).startBatch([{ requestHash, ...banks, ...terms }])).wait();
    return transferId;
  }

  it("is followed by the same store, which keeps what was before and delivers what comes next", async () => {
    const old = await history();
    const successor = await migrate();
    const next = await startAt(successor);
    watch(successor);
    await untilCaughtUp(successor, store.db);
    expect(await store.sequences()).to.deep.equal([1, 2, 3, 4]);
    expect(await store.states()).to.deep.equal(
      new Map([
        [old, "COMPLETED"],
        [next, "STARTED"],
      ]),
    );
    await until("the next is delivered", async () => (await store.position()) === 4);
    expect(receiver.deliveries.flatMap(({ events }) => events.map(({ sequence }) => sequence))).to.deep.equal([
      "1",
      "2",
      "3",
      "4",
    ]);
  });

  it("has the sequences of what the contract before has refused since", async () => {
    const old = await history();
    const successor = await migrate();
    const before = watch(testChain.chain);
    await testChain.advance([old, old], "COMPLETED");
    const refusals = () => store.rows<{ sequence: bigint }>("select sequence from refusals");
    await until("the refusals are in the store", async () => (await refusals()).length === 2);
    await until("they are behind the function", async () => (await store.position()) === 5);
    await before.stop();
    const next = await startAt(successor);
    watch(successor);
    await untilCaughtUp(successor, store.db);
    await until("the next is delivered", async () => (await store.position()) === 4);
    expect(receiver.deliveries.at(-1)?.events.map(({ subject }) => subject)).to.deep.equal([next]);
    expect(await store.retries()).to.deep.equal([]);
    expect(await refusals()).to.deep.equal([]);
    expect(await store.sequences()).to.deep.equal([1, 2, 3, 4]);
    expect((await store.states()).get(old)).to.equal("COMPLETED");
    expect(await store.rows("select last_sequence from transfers order by last_sequence")).to.deep.equal([
      { last_sequence: 3n },
      { last_sequence: 4n },
    ]);
  });

  it("waits until the store has come to the end of the contract before", async () => {
    await history();
    const [id = ""] = await testChain.start(1);
    await testChain.advance([id], "REJECTED", "AM04");
    const successor = await migrate();
    const error = await watch(successor).ended;
    expect(error).to.include({ code: "store-foreign" });
    expect(String(error)).to.include("begins after event 5; the store has come to 3");
    const before = watch(testChain.chain);
    await untilCaughtUp(testChain.chain, store.db);
    await before.stop();
    watch(successor);
    await startAt(successor);
    await until("it goes on", async () => (await store.sequences()).length === 6);
  });

  it("is not given up for the contract before it", async () => {
    await history();
    const successor = await migrate();
    const after = watch(successor);
    await untilCaughtUp(successor, store.db);
    await after.stop();
    expect(await watch(testChain.chain).ended).to.include({ code: "store-foreign" });
  });
});
