import { expect } from "chai";
import { BANKS } from "./support/network.js";
import { type Position, reach } from "./support/positions.js";
import { EVIDENCE, NO_REASON, REASON } from "./support/transfers.js";
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
      await repo.connect(n.legs.payer).suspend(id, REASON, EVIDENCE);
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
    await n.ethers.provider.send("hardhat_setStorageAt", [address, slot, full]);
    const [one, other] = [repo.connect(n.arbiter), repo.connect(n.secondArbiter)];
    await one.proposeResolution(id, 5, NO_REASON);
    await other.confirmResolution(id, 5);
    const { resumptions, deadline, amount } = await repo.get(id);
    expect([resumptions, deadline, amount]).to.deep.equal([255n, word >> 216n, (word >> 152n) & (2n ** 56n - 1n)]);
    await repo.connect(n.legs.payer).suspend(id, REASON, EVIDENCE);
    await expect(one.proposeResolution(id, 5, NO_REASON))
      .to.be.revertedWithCustomError(repo, "TransferResumptionsExhausted")
      .withArgs(id);
    await first.proposeOutcome(id, 6, NO_REASON, EVIDENCE);
    await second.confirmOutcome(id, 6, NO_REASON, EVIDENCE);
    expect((await repo.get(id)).phase).to.equal(6n);
  });
});

/** A transfer that waits for the payer's bank's leg, which was suspended. */
async function suspended(n: TestNetwork, position: Position) {
  const id = await reach(n, position, await n.helpers.time.latest());
  const repo = n.transferStateRepo;
  const [first, second] = n.people.payer;
  return { n, id, repo, first: repo.connect(first), second: repo.connect(second) };
}
