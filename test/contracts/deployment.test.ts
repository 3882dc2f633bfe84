import { expect } from "chai";
import { migrateToSuccessor } from "../../scripts/ops/migrate-successor-steps.js";
import { ACCESS, type Access, type GuardedContract } from "../../scripts/ops/verify-deployment-access.js";
import { ADMIN_DELAY_MIN_SECONDS, checkDeployment } from "../../scripts/ops/verify-deployment-check.js";
import { DOMAIN } from "../../tools/contracts/network.js";
import { EVIDENCE, newRequest, REASON, startOf } from "../../tools/contracts/transfers.js";
import { TransferStateRepo__factory } from "../../types/ethers-contracts/index.js";
import { reach } from "./support/positions.js";
import { type TestNetwork, useNetwork } from "./support/use-network.js";

describe("the check of a deployment", () => {
  const load = useNetwork();

  it("finds nothing wrong with one as it should be, and names every selector", async () => {
    const n = await load();
    const { rows, problems } = await check(n);
    expect(problems).to.deep.equal([]);
    expect(rows).to.have.length(41);
    expect(rows.find(({ signature }) => signature.startsWith("startBatch("))?.who).to.equal(
      "initiator of an organisation that the payer's bank has admitted",
    );
    expect(rows.find(({ signature }) => signature.startsWith("complete("))?.who).to.equal("legs operator of the payee's bank");
  });

  it("fails on a function with another role than the table's", async () => {
    const n = await load();
    const { selector } = n.transferStateRepo.interface.getFunction("confirmResolution");
    await n.accessManager.setTargetFunctionRole(n.transferStateRepo, [selector], 1n);
    expect((await check(n)).problems).to.deep.equal(["TransferStateRepo: confirmResolution asks for role 1, not 2"]);
  });

  it("fails on a function that the table does not list", async () => {
    const n = await load();
    const { withdrawResolution: _, ...listed } = ACCESS.TransferStateRepo;
    const { problems } = await check(n, {}, false, { ...ACCESS, TransferStateRepo: listed });
    expect(problems).to.deep.equal(["TransferStateRepo: withdrawResolution(bytes32) is not listed"]);
  });

  it("fails on a selector that has a role and no function", async () => {
    const n = await load();
    await n.accessManager.setTargetFunctionRole(n.bankRepo, ["0x12345678"], 1n);
    expect((await check(n)).problems).to.deep.equal(["the selector 0x12345678 has a role, but no function"]);
  });

  it("fails on a closed target, another authority, another domain, other banks, and no contract", async () => {
    const n = await load();
    await n.accessManager.setTargetClosed(n.phoneAccountRepo, true);
    expect((await check(n)).problems).to.deep.equal(["PhoneAccountRepo: it is closed"]);
    await n.accessManager.setTargetClosed(n.phoneAccountRepo, false);
    expect((await check(n, { domain: EVIDENCE })).problems).to.deep.equal(["TransferStateRepo: its domain is another"]);
    const otherBanks = await n.ethers.deployContract("BankRepo", [n.accessManager]);
    const { problems } = await check(n, { bankRepo: await otherBanks.getAddress() });
    expect(problems).to.include("TransferStateRepo: its BankRepo is another");
    expect((await check(n, { bankRepo: n.stranger.address })).problems).to.include(
      `BankRepo: there is no contract at ${n.stranger.address}`,
    );
    const next = await n.ethers.deployContract("AccessManager", [n.admin]);
    await n.accessManager.updateAuthority(n.bankRepo, next);
    expect((await check(n)).problems).to.deep.equal(["BankRepo: its authority is another"]);
  });

  it("wants for production that the deployer has renounced and that admins act with a delay", async () => {
    const n = await load();
    expect((await check(n, {}, true)).problems).to.deep.equal([
      `the deployer ${n.admin.address} is still an admin`,
      `the admin ${n.admin.address} acts with a delay of 0 s only`,
    ]);
    await n.accessManager.grantRole(0n, n.stranger, ADMIN_DELAY_MIN_SECONDS - 1n);
    await n.accessManager.renounceRole(0n, n.admin);
    expect((await check(n, {}, true)).problems).to.deep.equal([
      `the admin ${n.stranger.address} acts with a delay of 86399 s only`,
    ]);
  });

  it("finds nothing wrong with a production deployment as it should be", async () => {
    const n = await load();
    await n.accessManager.grantRole(0n, n.stranger, ADMIN_DELAY_MIN_SECONDS);
    await n.accessManager.renounceRole(0n, n.admin);
    expect((await check(n, {}, true)).problems).to.deep.equal([]);
  });
});

describe("the migration to a successor", () => {
  const load = useNetwork();

  it("stops the starts first, and waits while a transfer is open", async () => {
    const n = await load();
    const now = await n.helpers.time.latest();
    const done = await reach(n, "COMPLETED", now);
    const open = await reach(n, "SUSPENDED from REVERSING", now);
    const migration = await migrateToSuccessor(n.admin, await n.transferStateRepo.getAddress(), { fromBlock: 0 });
    expect(migration).to.deep.equal({ done: false, openTransfers: [open] });
    expect(done).not.to.equal(open);
    await expect(n.transferStateRepo.connect(n.initiator).start(startOf(now))).to.be.revertedWithCustomError(
      n.transferStateRepo,
      "AccessManagedUnauthorized",
    );
    await n.transferStateRepo.connect(n.arbiter).proposeResolution(open, 5, "0x00000000");
    await n.transferStateRepo.connect(n.legs.payer).markReversed(open, EVIDENCE);
  });

  it("deploys the successor when all is final, with domain, banks, roles and sequence kept", async () => {
    const n = await load();
    const now = await n.helpers.time.latest();
    const requests = [newRequest(), newRequest(), newRequest()] as const;
    await reach(n, "COMPLETED", now, requests[0]);
    await reach(n, "REJECTED", now, requests[1]);
    await reach(n, "REVERSED", now, requests[2]);
    const migration = await migrateToSuccessor(n.admin, await n.transferStateRepo.getAddress(), { fromBlock: 0 });
    if (!migration.done) throw new Error("It is not done");
    expect(migration.sequence).to.equal(await n.transferStateRepo.sequence());
    const { problems } = await check(n, { transferStateRepo: migration.successor });
    expect(problems).to.deep.equal([]);
    const successor = TransferStateRepo__factory.connect(migration.successor, n.initiator);
    for (const requestHash of requests) {
      await expect(successor.start(startOf(now, { requestHash }))).to.be.revertedWithCustomError(
        successor,
        "TransferStartRefused",
      );
    }
    const item = startOf(now);
    await successor.start(item);
    await successor.connect(n.legs.payer).reject(item.id, REASON, EVIDENCE);
    expect(await successor.sequence()).to.equal(migration.sequence + 2n);
  });
});

async function check(
  n: TestNetwork,
  other: { domain?: string; bankRepo?: string; transferStateRepo?: string } = {},
  production = false,
  table: Record<GuardedContract, Record<string, Access>> = ACCESS,
) {
  const contracts = {
    accessManager: await n.accessManager.getAddress(),
    bankRepo: other.bankRepo ?? (await n.bankRepo.getAddress()),
    phoneAccountRepo: await n.phoneAccountRepo.getAddress(),
    transferStateRepo: other.transferStateRepo ?? (await n.transferStateRepo.getAddress()),
  };
  return await checkDeployment({ domain: other.domain ?? DOMAIN, contracts }, n.ethers.provider, { production, table });
}
