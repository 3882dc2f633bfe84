import { expect } from "chai";
import { ZeroAddress } from "ethers";
import fc from "fast-check";
import { ORGANISATION_PATTERN, organisationToBytes, requestHashOf, transferId } from "../../src/domain/ids.js";
import { REFUSALS } from "../../src/domain/transfer-state.js";
import { BANKS, DOMAIN, ORGANISATION, OTHER_ORGANISATION } from "../../tools/contracts/network.js";
import { idOf, newRequest, startOf } from "../../tools/contracts/transfers.js";
import { type TestNetwork, useNetwork } from "./support/use-network.js";

const SHOP = organisationToBytes(ORGANISATION);
const OTHER = organisationToBytes(OTHER_ORGANISATION);
const FRESH = organisationToBytes("fresh");
const NOBODY = `0x${"00".repeat(31)}`;

describe("an organisation's membership", () => {
  const load = useNetwork();

  it("begins with an admin, once, by a name of lower-case letters, digits and hyphens", async () => {
    const n = await load();
    await expect(n.bankRepo.addOrganisation(FRESH, n.stranger))
      .to.emit(n.bankRepo, "OrganisationAdded")
      .withArgs(FRESH, n.stranger);
    expect([...(await n.bankRepo.getOrganisation(FRESH))]).to.deep.equal([n.stranger.address, true]);
    await expect(n.bankRepo.addOrganisation(FRESH, n.stranger))
      .to.be.revertedWithCustomError(n.bankRepo, "OrganisationExists")
      .withArgs(FRESH);
    await expect(n.bankRepo.addOrganisation(organisationToBytes("newer"), ZeroAddress)).to.be.revertedWithCustomError(
      n.bankRepo,
      "BankZeroAddress",
    );
    for (const id of [NOBODY, bytes31("-a"), bytes31("A"), bytes31("a\u0000b"), bytes31("a_b"), bytes31("a ")]) {
      await expect(n.bankRepo.addOrganisation(id, n.stranger), id)
        .to.be.revertedWithCustomError(n.bankRepo, "OrganisationIdMalformed")
        .withArgs(id);
    }
    for (const name of ["0", "a-", "z".repeat(31)]) await n.bankRepo.addOrganisation(organisationToBytes(name), n.stranger);
  });

  it("takes the names that the services take, and no other", async () => {
    const n = await load();
    const character = fc.constantFrom("a", "z", "0", "9", "-", "A", "_", "\u0000", "`", "{", "/", ":");
    const text = fc.oneof(fc.stringMatching(ORGANISATION_PATTERN), fc.string({ unit: character, maxLength: 31 }));
    await fc.assert(
      fc.asyncProperty(text, async (name) => {
        // Zero bytes at the end are no part of a name.
        const end = [...name].findLastIndex((character) => character !== "\u0000") + 1;
        const wellFormed = ORGANISATION_PATTERN.test(name.slice(0, end));
        const taken = await n.bankRepo.addOrganisation.staticCall(bytes31(name), n.stranger).then(
          () => true,
          () => false,
        );
        expect(taken, JSON.stringify(name)).to.equal(wellFormed && bytes31(name) !== SHOP && bytes31(name) !== OTHER);
      }),
    );
  });

  it("ends for ever: it starts nothing more, and its admin can do nothing but remove initiators", async () => {
    const n = await load();
    const now = await n.helpers.time.latest();
    await expect(n.bankRepo.deactivateOrganisation(SHOP)).to.emit(n.bankRepo, "OrganisationDeactivated").withArgs(SHOP);
    const own = n.bankRepo.connect(n.organisationAdmin);
    for (const attempt of [
      () => own.addInitiator(SHOP, n.stranger),
      () => own.changeOrganisationAdmin(SHOP, n.stranger),
      () => n.bankRepo.changeOrganisationAdmin(SHOP, n.stranger),
      () => n.bankRepo.deactivateOrganisation(SHOP),
      () => n.bankRepo.connect(n.bankAdmins.payer).admitOrganisation(BANKS.payer, SHOP),
    ]) {
      await expect(attempt()).to.be.revertedWithCustomError(n.bankRepo, "OrganisationInactive").withArgs(SHOP);
    }
    await expectNoStart(n, n.initiator, now);
    expect(await n.bankRepo.organisationOf(n.initiator)).to.equal(NOBODY);
    await own.removeInitiator(SHOP, n.initiator);
    await n.transferStateRepo.connect(n.otherInitiator).start(startOf(now));
  });

  it("is handed over by its admin, or by the network when the admin's key is lost", async () => {
    const n = await load();
    const own = n.bankRepo.connect(n.organisationAdmin);
    await expect(own.changeOrganisationAdmin(SHOP, ZeroAddress)).to.be.revertedWithCustomError(n.bankRepo, "BankZeroAddress");
    await expect(own.changeOrganisationAdmin(SHOP, n.stranger))
      .to.emit(n.bankRepo, "OrganisationAdminChanged")
      .withArgs(SHOP, n.stranger);
    await expect(own.addInitiator(SHOP, n.arbiter))
      .to.be.revertedWithCustomError(n.bankRepo, "OrganisationUnauthorizedAdmin")
      .withArgs(SHOP, n.organisationAdmin);
    await n.bankRepo.connect(n.stranger).addInitiator(SHOP, n.arbiter);
    await n.bankRepo.changeOrganisationAdmin(SHOP, n.organisationAdmin);
    await own.removeInitiator(SHOP, n.arbiter);
  });
});

describe("an organisation's initiators", () => {
  const load = useNetwork();

  it("are several, and a rotated key keeps the ids", async () => {
    const n = await load();
    const own = n.bankRepo.connect(n.organisationAdmin);
    const now = await n.helpers.time.latest();
    const requestHash = newRequest();
    await expect(own.addInitiator(SHOP, n.stranger)).to.emit(n.bankRepo, "OrganisationInitiatorAdded").withArgs(SHOP, n.stranger);
    await n.transferStateRepo.connect(n.initiator).start(startOf(now, { requestHash }));
    await expect(own.removeInitiator(SHOP, n.initiator))
      .to.emit(n.bankRepo, "OrganisationInitiatorRemoved")
      .withArgs(SHOP, n.initiator);
    await expectNoStart(n, n.initiator, now);
    const again = n.transferStateRepo.connect(n.stranger);
    await expect(again.start(startOf(now, { requestHash })))
      .to.be.revertedWithCustomError(again, "TransferStartRefused")
      .withArgs(idOf(requestHash), REFUSALS.indexOf("EXISTS"));
    await again.start(startOf(now));
  });

  it("belong to the first organisation that added them, for ever", async () => {
    const n = await load();
    const own = n.bankRepo.connect(n.organisationAdmin);
    const takenBy = async (organisation: string) =>
      expect(own.addInitiator(OTHER, n.initiator))
        .to.be.revertedWithCustomError(n.bankRepo, "OrganisationInitiatorTaken")
        .withArgs(n.initiator, organisation);
    await takenBy(SHOP);
    await own.removeInitiator(SHOP, n.initiator);
    await takenBy(SHOP);
    await n.bankRepo.deactivateOrganisation(OTHER);
    await own.addInitiator(SHOP, n.initiator);
    expect([...(await n.bankRepo.initiatorOf(n.initiator))]).to.deep.equal([SHOP, true]);
    expect([...(await n.bankRepo.initiatorOf(n.stranger))]).to.deep.equal([NOBODY, false]);
  });

  it("are added once, and only their own organisation's are removed", async () => {
    const n = await load();
    const own = n.bankRepo.connect(n.organisationAdmin);
    await expect(own.addInitiator(SHOP, n.initiator))
      .to.be.revertedWithCustomError(n.bankRepo, "OrganisationInitiatorExists")
      .withArgs(SHOP, n.initiator);
    await expect(own.addInitiator(SHOP, ZeroAddress)).to.be.revertedWithCustomError(n.bankRepo, "BankZeroAddress");
    for (const [by, organisation, initiator] of [
      [own, SHOP, n.otherInitiator],
      [own, SHOP, n.stranger],
      [n.bankRepo, NOBODY, n.stranger],
    ] as const) {
      await expect(by.removeInitiator(organisation, initiator))
        .to.be.revertedWithCustomError(n.bankRepo, "OrganisationInitiatorUnknown")
        .withArgs(organisation, initiator);
    }
    await n.bankRepo.removeInitiator(SHOP, n.initiator);
    await expect(own.removeInitiator(SHOP, n.initiator)).to.be.revertedWithCustomError(
      n.bankRepo,
      "OrganisationInitiatorUnknown",
    );
  });
});

describe("the id of a transfer", () => {
  const load = useNetwork();

  it("is what the services make of network, organisation, principal and Idempotency-Key", async () => {
    const n = await load();
    const now = await n.helpers.time.latest();
    const repo = n.transferStateRepo.connect(n.initiator);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 40 }), fc.uuid(), async (principal, idempotencyKey) => {
        const requestHash = requestHashOf({ principal, idempotencyKey });
        const id = transferId({ domain: DOMAIN, organisation: ORGANISATION, principal, idempotencyKey });
        await expect(repo.start(startOf(now, { requestHash }))).to.emit(repo, "TransferStarted");
        expect(await repo.isKnown(id)).to.equal(true);
      }),
      { numRuns: 20 },
    );
  });

  it("cannot be taken by an initiator of another organisation that the same bank has admitted, singly or in a batch", async () => {
    const n = await load();
    const now = await n.helpers.time.latest();
    const requestHash = newRequest();
    const item = startOf(now, { requestHash });
    const theirs = startOf(now, { requestHash, amount: 1n });
    const others = n.transferStateRepo.connect(n.otherInitiator);
    await others.start(theirs);
    await others.startBatch([theirs]);
    expect(await others.isKnown(item.id)).to.equal(false);
    expect(await others.isKnown(idOf(requestHash, OTHER_ORGANISATION))).to.equal(true);
    await n.transferStateRepo.connect(n.initiator).start(item);
    expect((await others.get(item.id)).amount).to.equal(item.amount);
  });

  it("is told in the refusal of an item of a batch", async () => {
    const n = await load();
    const repo = n.transferStateRepo.connect(n.otherInitiator);
    const item = startOf(await n.helpers.time.latest(), { amount: 0n });
    await expect(repo.startBatch([item]))
      .to.emit(repo, "TransitionRefused")
      .withArgs(idOf(item.requestHash, OTHER_ORGANISATION), 1n, 0, 1, REFUSALS.indexOf("AMOUNT_INVALID"));
  });
});

async function expectNoStart(n: TestNetwork, initiator: TestNetwork["initiator"], now: number): Promise<void> {
  const repo = n.transferStateRepo.connect(initiator);
  for (const attempt of [() => repo.start(startOf(now)), () => repo.startBatch([startOf(now)])]) {
    await expect(attempt()).to.be.revertedWithCustomError(repo, "TransferUnauthorizedInitiator").withArgs(initiator);
  }
}

function bytes31(text: string): string {
  return `0x${Buffer.from(text, "latin1").toString("hex").padEnd(62, "0")}`;
}
