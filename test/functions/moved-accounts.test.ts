import { expect } from "chai";
import { readTransfers } from "../../src/chain/contracts/read-transfers.js";
import { postingReference } from "../../src/domain/posting.js";
import { debit } from "../../src/functions/debit.js";
import { handleEvents } from "../../src/functions/handle-events.js";
import { startTestChain, type TestChain } from "../support/chain.js";
import { ACCOUNT, eventOf, startLegNetwork } from "../support/leg-network.js";

const OPENING_MINOR = 30_000n;
const AMOUNT_MINOR = 12_345n;
const OTHER_ACCOUNT = "5556667778";
const MANY = 1_000;

describe("a debit whose number moves to another account while the bank's answer is lost", function () {
  this.timeout(60_000);
  let testChain: TestChain;
  let network: Awaited<ReturnType<typeof startLegNetwork>>;
  let sequence = 0;

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    network = await startLegNetwork(testChain, OPENING_MINOR);
    network.ledger.seedAccount({ number: OTHER_ACCOUNT, currency: "THB", openingMinor: OPENING_MINOR, status: "open" });
  });
  afterEach(() => network.close());
  after(() => testChain.close());

  async function wake(id: string): Promise<string[]> {
    sequence += 1;
    const failed = await handleEvents(network.legDeps(debit), [eventOf(id, 1, `wake-${sequence}`)]);
    return failed.map(({ error }) => error.split(":")[0] ?? "");
  }
  async function stateOf(id: string) {
    const [transfer] = await readTransfers(testChain.chain, [id], await testChain.blockNumber());
    return transfer?.state;
  }
  /** Starts a transfer whose debit is tried while the bank answers nothing, then moves the payer's number. */
  async function moveMeanwhile(faults: Parameters<typeof network.setFaults>[0]): Promise<string> {
    const id = await network.start();
    await network.setFaults({ ...faults, on: ["post", "find", "close"] });
    expect(await wake(id)).to.deep.equal(["bank-outcome-unknown"]);
    expect(await stateOf(id)).to.equal("STARTED");
    await network.movePayerTo(OTHER_ACCOUNT);
    return id;
  }

  it("becomes PENDING by the first account's posting once the bank answers, and debits no other account", async () => {
    const id = await moveMeanwhile({ dropReplyAfterCommit: MANY });
    expect(await wake(id)).to.deep.equal(["bank-outcome-unknown"]);
    await network.setFaults({});
    expect(await wake(id)).to.deep.equal([]);
    expect(await stateOf(id)).to.equal("PENDING");
    expect(network.balanceMinor()).to.equal(OPENING_MINOR - AMOUNT_MINOR);
    expect(network.balanceMinor(OTHER_ACCOUNT)).to.equal(OPENING_MINOR);
    const outcome = await network.bank.find(postingReference(id, "debit"));
    expect(JSON.parse(outcome?.receipt ?? "{}")).to.include({ status: "posted", account: ACCOUNT });
  });

  it("becomes PENDING likewise where the number has moved back meanwhile", async () => {
    const id = await moveMeanwhile({ dropReplyAfterCommit: MANY });
    await network.movePayerTo(ACCOUNT);
    await network.setFaults({});
    expect(await wake(id)).to.deep.equal([]);
    expect(await stateOf(id)).to.equal("PENDING");
    expect(network.balanceMinor()).to.equal(OPENING_MINOR - AMOUNT_MINOR);
  });

  it("becomes REJECTED where the bank had not posted, and debits neither account", async () => {
    const id = await moveMeanwhile({ failBeforeCommit: MANY });
    await network.setFaults({});
    expect(await wake(id)).to.deep.equal([]);
    expect(await stateOf(id)).to.equal("REJECTED");
    expect(network.balanceMinor()).to.equal(OPENING_MINOR);
    expect(network.balanceMinor(OTHER_ACCOUNT)).to.equal(OPENING_MINOR);
  });
});
