import { expect } from "chai";
import { readTransfers } from "../../src/chain/contracts/read-transfers.js";
import { postingReference } from "../../src/domain/posting.js";
import { debit } from "../../src/functions/debit.js";
import { handleEvents } from "../../src/functions/handle-events.js";
import { startTestChain, type TestChain } from "../support/chain.js";
import { eventOf, startLegNetwork } from "../support/leg-network.js";

describe("the result of a leg", function () {
  this.timeout(60_000);
  let testChain: TestChain;
  let network: Awaited<ReturnType<typeof startLegNetwork>>;

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    network = await startLegNetwork(testChain, 30_000n);
  });
  afterEach(() => network.close());
  after(() => testChain.close());

  const state = async (id: string) => (await readTransfers(testChain.chain, [id], await testChain.blockNumber()))[0]?.state;

  it("is none for a suspended transfer whose posting's receipt is of another currency", async () => {
    const id = await network.start();
    await testChain.advance([id], "SUSPENDED", "NARR");
    network.ledger.seedAccount({ number: "2223334445", currency: "USD", openingMinor: 30_000n, status: "open" });
    const reference = postingReference(id, "debit");
    const other = { kind: "debit", reference, account: "2223334445", amountMinor: 12_345n, currency: "USD" } as const;
    expect(await network.bank.post(other)).to.include({ status: "posted" });
    const failed = await handleEvents(network.legDeps(debit), [eventOf(id, 1)]);
    expect(failed[0]?.error).to.match(/^bank-protocol/);
    expect(await state(id)).to.equal("SUSPENDED");
  });

  it("is told to an observer for each transfer", async () => {
    const told: string[] = [];
    const deps = { ...network.legDeps(debit), onLeg: (result: string) => void told.push(result) };
    const [sound, garbled, suspended] = [await network.start(), await network.start({ garbled: true }), await network.start()];
    await testChain.advance([suspended], "SUSPENDED", "NARR");
    for (const id of [sound, garbled, suspended]) await handleEvents(deps, [eventOf(id, 1)]);
    const odd = async () => {
      throw new TypeError("of undefined");
    };
    const other = await network.start();
    await handleEvents({ ...deps, bank: { ...deps.bank, post: odd } }, [eventOf(other, 1)]);
    expect(told).to.deep.equal(["PENDING", "cannot-open", "SUSPENDED", "internal"]);
  });
});
