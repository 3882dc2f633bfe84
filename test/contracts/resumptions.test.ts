import { expect } from "chai";
import { REFUSALS } from "../../src/domain/transfer-state.js";
import { BANKS } from "../../tools/contracts/network.js";
import { EVIDENCE, NO_REASON, REASON } from "../../tools/contracts/transfers.js";
import { type Position, reach } from "./support/positions.js";
import { type TestNetwork, useNetwork } from "./support/use-network.js";

describe("the number of a resumption", () => {
  const load = useNetwork();

  it("is counted per transfer, told by the event, and kept to the end; the negative outcome is none", async () => {
    const { n, id, repo } = await suspended(await load(), "SUSPENDED from STARTED");
    const untouched = await reach(n, "PENDING", await n.helpers.time.latest());
    const [one, other] = [repo.connect(n.arbiter), repo.connect(n.secondArbiter)];
    for (let count = 1; count <= 3; count += 1) {
      await one.proposeResolution(id, 1, NO_REASON);
      await expect(other.confirmResolution(id, 1))
        .to.emit(repo, "TransferResolved")
        .withArgs(id, (await repo.sequence()) + 1n, 1, NO_REASON, n.arbiter, n.secondArbiter, count);
      expect((await repo.get(id)).resumptions).to.equal(BigInt(count));
      await suspendAgain(n, id, count);
      expect((await repo.get(id)).resumptions).to.equal(BigInt(count));
    }
    await n.bankRepo.deactivateBank(BANKS.payer);
    await one.proposeResolution(id, 4, REASON);
    await expect(other.confirmResolution(id, 4))
      .to.emit(repo, "TransferResolved")
      .withArgs(id, (await repo.sequence()) + 1n, 4, REASON, n.arbiter, n.secondArbiter, 3);
    expect((await repo.get(id)).resumptions).to.equal(3n);
    expect((await repo.get(untouched)).resumptions).to.equal(0n);
  });

  it("ends at 255: no further resumption, but people still report the outcome", async () => {
    const { n, id, repo, first, second } = await suspended(await load(), "SUSPENDED from REVERSING");
    // The word of a transfer is the value under its id in the mapping at slot 1; the count begins at its bit 208.
    const slot = n.ethers.solidityPackedKeccak256(["bytes32", "uint256"], [id, 1]);
    const address = await repo.getAddress();
    const word = BigInt(await n.ethers.provider.getStorage(address, slot));
    const full = n.ethers.toBeHex(word | (254n << 208n), 32);
    await n.helpers.setStorageAt(address, slot, full);
    const [one, other] = [repo.connect(n.arbiter), repo.connect(n.secondArbiter)];
    await one.proposeResolution(id, 5, NO_REASON);
    await other.confirmResolution(id, 5);
    const { resumptions, deadline, amount } = await repo.get(id);
    expect([resumptions, deadline, amount]).to.deep.equal([255n, word >> 216n, (word >> 152n) & (2n ** 56n - 1n)]);
    await suspendAgain(n, id, 255);
    await expect(one.proposeResolution(id, 5, NO_REASON))
      .to.be.revertedWithCustomError(repo, "TransferResumptionsExhausted")
      .withArgs(id);
    await first.proposeOutcome(id, 6, NO_REASON, EVIDENCE);
    await second.confirmOutcome(id, 6, NO_REASON, EVIDENCE);
    expect((await repo.get(id)).phase).to.equal(6n);
  });

  describe("in a bank's report with a reason", () => {
    const REJECTED = 4;
    const PENDING = 2;

    async function resumedOnce(n: TestNetwork) {
      const { id, repo } = await suspended(n, "SUSPENDED from STARTED");
      await repo.connect(n.arbiter).proposeResolution(id, 1, NO_REASON);
      await repo.connect(n.secondArbiter).confirmResolution(id, 1);
      return { id, repo, bank: repo.connect(n.legs.payer) };
    }
    const rejection = (id: string) => ({ id, to: REJECTED, reason: REASON, evidence: EVIDENCE });

    it("refuses a rejection of the posting before the resumption, in a batch and alone", async () => {
      const n = await load();
      const { id, repo, bank } = await resumedOnce(n);
      for (const send of [() => bank.advance([rejection(id)]), () => bank.advanceResumed([rejection(id)], "0x00")]) {
        const next = (await repo.sequence()) + 1n;
        await expect(send()).to.emit(repo, "TransitionRefused").withArgs(id, next, 1, REJECTED, REFUSALS.indexOf("RESUMED"));
      }
      await expect(bank.reject(id, REASON, EVIDENCE))
        .to.be.revertedWithCustomError(repo, "TransferWasResumed")
        .withArgs(id, 1);
      expect((await repo.get(id)).phase).to.equal(1n);
    });

    it("takes a rejection of the newest resumption's posting", async () => {
      const n = await load();
      const { id, repo, bank } = await resumedOnce(n);
      await expect(bank.advanceResumed([rejection(id)], "0x01")).to.emit(repo, "TransferRejected");
    });

    it("takes a success of any resumption's posting", async () => {
      const n = await load();
      const { id, repo, bank } = await resumedOnce(n);
      await expect(bank.advance([{ id, to: PENDING, reason: NO_REASON, evidence: EVIDENCE }])).to.emit(repo, "TransferPending");
    });

    it("refuses a batch whose numbers are not as many as its items", async () => {
      const n = await load();
      const { id, repo, bank } = await resumedOnce(n);
      await expect(bank.advanceResumed([rejection(id)], "0x0101"))
        .to.be.revertedWithCustomError(repo, "TransferBatchSizeInvalid")
        .withArgs(2);
    });
  });
});

async function suspendAgain(n: TestNetwork, id: string, resumptions: number): Promise<void> {
  const item = { id, to: 7, reason: REASON, evidence: EVIDENCE };
  await n.transferStateRepo.connect(n.legs.payer).advanceResumed([item], n.ethers.toBeHex(resumptions, 1));
}

/** A transfer that waits for the payer's bank's leg, which was suspended. */
async function suspended(n: TestNetwork, position: Position) {
  const id = await reach(n, position, await n.helpers.time.latest());
  const repo = n.transferStateRepo;
  const [first, second] = n.people.payer;
  return { n, id, repo, first: repo.connect(first), second: repo.connect(second) };
}
