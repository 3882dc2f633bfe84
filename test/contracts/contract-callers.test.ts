import { expect } from "chai";
import { concat } from "ethers";
import { organisationToBytes } from "../../src/domain/ids.js";
import { BANKS, KINDS, ORGANISATION } from "../../tools/contracts/network.js";
import { EVIDENCE, NO_REASON, newId, REASON, startOf } from "../../tools/contracts/transfers.js";
import { reach } from "./support/positions.js";
import { type TestNetwork, useNetwork } from "./support/use-network.js";

const RELAY = "0x00000000000000000000000000000000000e1a70";

/**
 * EVM code that calls the address in the first 20 bytes of its calldata with the rest of it, and returns or reverts with the answer:
 * copy the rest to memory; CALL; copy the answer; on success jump over REVERT to RETURN. It runs with the rules of Paris, without PUSH0.
 */
const RELAY_CODE = "0x6014360380601460003760006000916000600060003560601c5af13d600060003e3d600091602a5790fd5b90f3";

describe("a caller that is a contract", () => {
  const load = useNetwork();

  it("starts as itself, and not in the right of the account that signed", async () => {
    const { n, relayed } = await withRelay(await load());
    const repo = n.transferStateRepo;
    const item = startOf(await n.helpers.time.latest());
    const call = repo.interface.encodeFunctionData("start", [item]);
    await expect(relayed(repo, call, n.initiator))
      .to.be.revertedWithCustomError(repo, "TransferUnauthorizedInitiator")
      .withArgs(RELAY);
    await n.bankRepo.connect(n.organisationAdmin).addInitiator(organisationToBytes(ORGANISATION), RELAY);
    await relayed(repo, call, n.stranger);
    expect((await repo.get(item.id)).phase).to.equal(1n);
  });

  it("reports a leg as itself, and is named in a suspension", async () => {
    const { n, relayed } = await withRelay(await load());
    const repo = n.transferStateRepo;
    const id = await reach(n, "STARTED", await n.helpers.time.latest());
    const call = repo.interface.encodeFunctionData("suspend", [id, REASON, EVIDENCE]);
    await expect(relayed(repo, call, n.legs.payer))
      .to.be.revertedWithCustomError(repo, "TransferUnauthorizedOperator")
      .withArgs(RELAY);
    await n.bankRepo.connect(n.bankAdmins.payer).addOperator(BANKS.payer, RELAY, KINDS.ALL);
    await expect(relayed(repo, call, n.stranger))
      .to.emit(repo, "TransferSuspended")
      .withArgs(id, 2n, 1, REASON, EVIDENCE, RELAY);
  });

  it("resolves as itself: its signer is another arbiter", async () => {
    const { n, relayed } = await withRelay(await load());
    await n.accessManager.grantRole(2n, RELAY, 0);
    const repo = n.transferStateRepo;
    const id = await reach(n, "SUSPENDED from PENDING", await n.helpers.time.latest());
    const propose = repo.interface.encodeFunctionData("proposeResolution", [id, 2, NO_REASON]);
    const withdraw = repo.interface.encodeFunctionData("withdrawResolution", [id]);
    const confirm = repo.interface.encodeFunctionData("confirmResolution", [id, 2]);
    await expect(relayed(repo, propose, n.arbiter))
      .to.emit(repo, "ResolutionProposed")
      .withArgs(id, 4n, 2, NO_REASON, RELAY);
    expect((await repo.resolutionOf(id)).proposer.toLowerCase()).to.equal(RELAY);
    await expect(relayed(repo, confirm, n.arbiter))
      .to.be.revertedWithCustomError(repo, "ResolutionNeedsAnother")
      .withArgs(id, RELAY);
    await expect(relayed(repo, withdraw, n.arbiter))
      .to.emit(repo, "ResolutionWithdrawn")
      .withArgs(id, 5n, RELAY);
    await repo.connect(n.arbiter).proposeResolution(id, 2, NO_REASON);
    await expect(relayed(repo, confirm, n.arbiter))
      .to.emit(repo, "TransferResolved")
      .withArgs(id, 7n, 2, NO_REASON, n.arbiter, RELAY, 1);
  });

  it("keeps a bank's numbers as itself, and is named in a claim's end", async () => {
    const { n, relayed } = await withRelay(await load());
    const repo = n.phoneAccountRepo;
    const aliases = [newId(), newId()] as const;
    const register = repo.interface.encodeFunctionData("register", [aliases[0], "0x01"]);
    await expect(relayed(repo, register, n.accounts.payer))
      .to.be.revertedWithCustomError(repo, "PhoneAccountUnauthorizedOperator")
      .withArgs(RELAY);
    await n.bankRepo.connect(n.bankAdmins.payer).addOperator(BANKS.payer, RELAY, KINDS.ALL);
    await relayed(repo, register, n.stranger);
    await repo.connect(n.accounts.payer).register(aliases[1], "0x01");
    for (const alias of aliases) await repo.connect(n.accounts.payee).openClaim(alias, "0x02");
    const confirm = repo.interface.encodeFunctionData("confirmClaim", [aliases[0]]);
    await expect(relayed(repo, confirm, n.stranger))
      .to.emit(repo, "ClaimGranted")
      .withArgs(aliases[0], BANKS.payee, BANKS.payer, 2n, "0x02", RELAY);
    const release = repo.interface.encodeFunctionData("release", [aliases[1]]);
    await expect(relayed(repo, release, n.stranger))
      .to.emit(repo, "ClaimEnded")
      .withArgs(aliases[1], BANKS.payee, RELAY);
  });

  it("administers a bank as itself", async () => {
    const { n, relayed } = await withRelay(await load());
    const repo = n.bankRepo;
    const rotate = repo.interface.encodeFunctionData("rotateSealingKey", [BANKS.payer, EVIDENCE]);
    const remove = repo.interface.encodeFunctionData("removeOperator", [BANKS.payer, n.legs.payer.address]);
    await expect(relayed(repo, rotate, n.bankAdmins.payer))
      .to.be.revertedWithCustomError(repo, "BankUnauthorizedAdmin")
      .withArgs(BANKS.payer, RELAY);
    for (const signer of [n.bankAdmins.payer, n.admin]) {
      await expect(relayed(repo, remove, signer))
        .to.be.revertedWithCustomError(repo, "AccessManagedUnauthorized")
        .withArgs(RELAY);
    }
    await repo.changeAdmin(BANKS.payer, RELAY);
    await relayed(repo, rotate, n.stranger);
    await relayed(repo, remove, n.stranger);
  });
});

/** The network with the relay in it, and a way to call a contract through it. */
async function withRelay(n: TestNetwork) {
  await n.helpers.setCode(RELAY, RELAY_CODE);
  const relayed = (to: { target: unknown }, call: string, signer: TestNetwork["admin"]) =>
    signer.sendTransaction({ to: RELAY, data: concat([String(to.target), call]) });
  return { n, relayed };
}
