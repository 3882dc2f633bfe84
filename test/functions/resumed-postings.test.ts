import { expect } from "chai";
import { readTransfers } from "../../src/chain/contracts/read-transfers.js";
import { keccak256 } from "../../src/domain/keccak.js";
import { postingReference } from "../../src/domain/posting.js";
import { stateNumber } from "../../src/domain/transfer-state.js";
import { debit } from "../../src/functions/debit.js";
import { handleEvents } from "../../src/functions/handle-events.js";
import { refund } from "../../src/functions/refund.js";
import { startTestChain, type TestChain } from "../support/chain.js";
import { ACCOUNT, eventOf, startLegNetwork } from "../support/leg-network.js";

const NO_REASON = "0x00000000";
const REASON = "0x41433034";
const EVIDENCE = keccak256(new Uint8Array([1]));
const OPENING_MINOR = 30_000n;
const AMOUNT_MINOR = 12_345n;

describe("a leg of a transfer that arbiters have resumed", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let network: Awaited<ReturnType<typeof startLegNetwork>>;
  let sequence = 0;

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    network = await startLegNetwork(testChain, OPENING_MINOR);
  });
  afterEach(() => network.close());
  after(() => testChain.close());

  const wake = async (leg: typeof debit, id: string) => {
    sequence += 1;
    return await handleEvents(network.legDeps(leg), [eventOf(id, 1, `wake-${sequence}`)]);
  };
  const standing = async (id: string) => {
    const [transfer] = await readTransfers(testChain.chain, [id], await testChain.blockNumber());
    return transfer?.state;
  };
  const contractOf = (key: string) => testChain.contractAs(key);
  const payer = () => testChain.secrets.banks.find(({ id }) => id === network.payerBank) ?? expect.fail("no payer's bank");
  const payee = () => testChain.secrets.banks.find(({ id }) => id !== network.payerBank) ?? expect.fail("no payee's bank");

  async function resume(id: string, to: "STARTED" | "REVERSING"): Promise<void> {
    const [one, other] = testChain.secrets.arbiterKeys;
    await (await contractOf(one).proposeResolution(id, stateNumber(to), NO_REASON)).wait();
    await (await contractOf(other).confirmResolution(id, stateNumber(to))).wait();
  }

  const postDebit = (reference: string) =>
    network.bank.post({ kind: "debit", reference, account: ACCOUNT, amountMinor: AMOUNT_MINOR, currency: "THB" });

  /** The payer is debited, the payee's bank refuses, and the payer's account is closed: the refund is refused, too. */
  async function refusedRefund(): Promise<string> {
    const id = await network.start();
    await wake(debit, id);
    await (await contractOf(payee().functions.credit.operatorKey).reverse(id, REASON, EVIDENCE)).wait();
    network.ledger.setAccountStatus(ACCOUNT, "closed");
    await wake(refund, id);
    expect(await standing(id)).to.equal("SUSPENDED");
    return id;
  }

  it("refunds under a new name once the account is open again, although the bank refused the first name for ever", async () => {
    const id = await refusedRefund();
    network.ledger.setAccountStatus(ACCOUNT, "open");
    await resume(id, "REVERSING");
    expect(await wake(refund, id)).to.deep.equal([]);
    expect(await standing(id)).to.equal("REVERSED");
    expect(network.balanceMinor()).to.equal(OPENING_MINOR);
    expect((await network.bank.find(postingReference(id, "refund")))?.status).to.equal("refused");
    expect((await network.bank.find(postingReference(id, "refund", 1)))?.status).to.equal("posted");
  });

  it("is suspended again, and resumed again, until the bank posts", async () => {
    const id = await refusedRefund();
    await resume(id, "REVERSING");
    await wake(refund, id);
    expect(await standing(id)).to.equal("SUSPENDED");
    network.ledger.setAccountStatus(ACCOUNT, "open");
    await resume(id, "REVERSING");
    await wake(refund, id);
    expect(await standing(id)).to.equal("REVERSED");
    expect((await network.bank.find(postingReference(id, "refund", 2)))?.status).to.equal("posted");
    expect(network.balanceMinor()).to.equal(OPENING_MINOR);
  });

  it("closes the names before the resumption first, and reports the posting that arrived under one of them", async () => {
    const id = await network.start();
    await (await contractOf(payer().functions.debit.operatorKey).suspend(id, REASON, EVIDENCE)).wait();
    await postDebit(postingReference(id, "debit"));
    await resume(id, "STARTED");
    await wake(debit, id);
    expect(await standing(id)).to.equal("PENDING");
    expect(network.balanceMinor()).to.equal(OPENING_MINOR - AMOUNT_MINOR);
    expect(await network.bank.find(postingReference(id, "debit", 1))).to.equal(undefined);
  });

  it("is not rejected by a function that still holds the answer from before the resumption", async () => {
    const id = await network.start();
    const deps = network.legDeps(debit);
    await network.bank.close(postingReference(id, "debit"), "AM04");
    // The function reads the transfer and gets the refusal; suspension, resumption and another function's debit come before its report.
    const late = {
      ...deps,
      sender: {
        ...deps.sender,
        send: async (transition: Parameters<typeof deps.sender.send>[0]) => {
          await (await contractOf(payer().functions.debit.operatorKey).suspend(id, REASON, EVIDENCE)).wait();
          await resume(id, "STARTED");
          await postDebit(postingReference(id, "debit", 1));
          return await deps.sender.send(transition);
        },
      },
    };
    const failed = await handleEvents(late, [eventOf(id, 1)]);
    expect(failed.map(({ error }) => error.split(":")[0])).to.deep.equal(["chain-unavailable"]);
    expect(await standing(id)).to.equal("STARTED");
    await wake(debit, id);
    expect(await standing(id)).to.equal("PENDING");
    expect(network.balanceMinor()).to.equal(OPENING_MINOR - AMOUNT_MINOR);
  });

  describe("while one of the bank's people proposes the outcome", () => {
    async function proposed(): Promise<string> {
      const id = await network.start();
      await (await contractOf(payer().functions.debit.operatorKey).suspend(id, REASON, EVIDENCE)).wait();
      const [person = ""] = payer().outcomesOperatorKeys;
      await (await contractOf(person).proposeOutcome(id, stateNumber("REJECTED"), REASON, EVIDENCE)).wait();
      return id;
    }

    it("is closed at the bank, so that a debit that arrives later is refused, and nothing is reported", async () => {
      const id = await proposed();
      await wake(debit, id);
      const late = await postDebit(postingReference(id, "debit"));
      expect(late.status).to.equal("refused");
      expect(await standing(id)).to.equal("SUSPENDED");
      expect(network.balanceMinor()).to.equal(OPENING_MINOR);
    });

    it("is reported where the bank had posted already", async () => {
      const id = await proposed();
      await postDebit(postingReference(id, "debit"));
      await wake(debit, id);
      expect(await standing(id)).to.equal("PENDING");
    });

    it("stays suspended once the proposal is withdrawn, and is debited under a new name once it is resumed", async () => {
      const id = await proposed();
      await wake(debit, id);
      const [person = ""] = payer().outcomesOperatorKeys;
      await (await contractOf(person).withdrawOutcome(id)).wait();
      await wake(debit, id);
      expect(await standing(id)).to.equal("SUSPENDED");
      await resume(id, "STARTED");
      await wake(debit, id);
      expect(await standing(id)).to.equal("PENDING");
      expect((await network.bank.find(postingReference(id, "debit", 1)))?.status).to.equal("posted");
    });
  });
});
