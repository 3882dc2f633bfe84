import { expect } from "chai";
import { hexlify, randomBytes, ZeroAddress } from "ethers";
import { organisationToBytes } from "../../src/domain/ids.js";
import { BANKS, bic, KINDS, ORGANISATION } from "../../tools/contracts/network.js";
import { EVIDENCE } from "../../tools/contracts/transfers.js";
import { reach } from "./support/positions.js";
import { type TestNetwork, useNetwork } from "./support/use-network.js";

const SHOP = organisationToBytes(ORGANISATION);
const FRESH = bic("FRSHTHB1");
const KEY = hexlify(randomBytes(32));
const OTHER_KEY = hexlify(randomBytes(32));
const KEY_ZERO = `0x${"00".repeat(32)}`;
const NO_BANK = `0x${"00".repeat(8)}`;

describe("a bank's membership", () => {
  const load = useNetwork();

  it("begins with an admin and the first sealing key", async () => {
    const n = await load();
    const adding = await n.bankRepo.addBank(FRESH, n.stranger, KEY);
    await expect(adding).to.emit(n.bankRepo, "BankAdded").withArgs(FRESH, n.stranger);
    await expect(adding).to.emit(n.bankRepo, "BankSealingKeyRotated").withArgs(FRESH, 1n, KEY);
    expect([...(await n.bankRepo.get(FRESH))]).to.deep.equal([n.stranger.address, 1n, true]);
    expect(await n.bankRepo.sealingKey(FRESH, 1)).to.equal(KEY);
    expect(await n.bankRepo.sealingKey(FRESH, 0)).to.equal(KEY_ZERO);
  });

  it("takes a BIC8 of ISO 9362:2014 in upper case: its prefix and suffix letters or digits, its country letters, and nothing else", async () => {
    const n = await load();
    const malformed = [
      "frshTHB1",
      "FRSH1HB1",
      "FRSHT1B1",
      "FRSHTHB ",
      "FRSHTHb1",
      "FRSHTHB@",
      "FRSHTHB[",
      "@RSHTHB1",
      "[RSHTHB1",
      "FRSHTHB/",
      "FRSHTHB:",
      "FRSHTH\u0000\u0000",
    ];
    for (const id of malformed) {
      await expect(n.bankRepo.addBank(bic(id), n.stranger, KEY), id)
        .to.be.revertedWithCustomError(n.bankRepo, "BankIdMalformed")
        .withArgs(bic(id));
    }
    for (const id of ["AAAAAAAA", "ZZZZZZ09", "FRSHTHZA", "1RSHTHB1", "E097AEXX", "0999ZZ90"])
      await n.bankRepo.addBank(bic(id), n.stranger, KEY);
  });

  it("is not begun twice, nor again after its end, nor without an admin or a key", async () => {
    const n = await load();
    await expect(n.bankRepo.addBank(BANKS.payer, n.stranger, KEY))
      .to.be.revertedWithCustomError(n.bankRepo, "BankExists")
      .withArgs(BANKS.payer);
    await n.bankRepo.deactivateBank(BANKS.payer);
    await expect(n.bankRepo.addBank(BANKS.payer, n.stranger, KEY)).to.be.revertedWithCustomError(n.bankRepo, "BankExists");
    await expect(n.bankRepo.addBank(FRESH, ZeroAddress, KEY)).to.be.revertedWithCustomError(n.bankRepo, "BankZeroAddress");
    await expect(n.bankRepo.addBank(FRESH, n.stranger, KEY_ZERO))
      .to.be.revertedWithCustomError(n.bankRepo, "BankSealingKeyInvalid")
      .withArgs(KEY_ZERO);
  });

  it("ends for ever: its admin can do nothing more, its operators still report what has happened", async () => {
    const n = await load();
    const id = await reach(n, "STARTED", await n.helpers.time.latest());
    await expect(n.bankRepo.deactivateBank(BANKS.payer)).to.emit(n.bankRepo, "BankDeactivated").withArgs(BANKS.payer);
    expect((await n.bankRepo.get(BANKS.payer)).active).to.equal(false);
    const own = n.bankRepo.connect(n.bankAdmins.payer);
    const attempts = [
      () => own.rotateSealingKey(BANKS.payer, KEY),
      () => own.addOperator(BANKS.payer, n.stranger, KINDS.LEGS),
      () => own.admitOrganisation(BANKS.payer, SHOP),
      () => own.dismissOrganisation(BANKS.payer, SHOP),
      () => own.changeAdmin(BANKS.payer, n.stranger),
      () => n.bankRepo.changeAdmin(BANKS.payer, n.stranger),
      () => n.bankRepo.deactivateBank(BANKS.payer),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).to.be.revertedWithCustomError(n.bankRepo, "BankInactive").withArgs(BANKS.payer);
    }
    await n.transferStateRepo.connect(n.legs.payer).markPending(id, EVIDENCE);
    await own.removeOperator(BANKS.payer, n.legs.payer);
    await n.bankRepo.removeOperator(BANKS.payer, n.accounts.payer);
  });

  it("is not ended for a bank that never was", async () => {
    const n = await load();
    await expect(n.bankRepo.deactivateBank(FRESH)).to.be.revertedWithCustomError(n.bankRepo, "BankInactive").withArgs(FRESH);
    expect([...(await n.bankRepo.get(FRESH))]).to.deep.equal([ZeroAddress, 0n, false]);
  });
});

describe("a bank's admin", () => {
  const load = useNetwork();

  it("hands over to another, after which only that one is admin", async () => {
    const { n, own } = await bank(load);
    await expect(own.changeAdmin(BANKS.payer, ZeroAddress)).to.be.revertedWithCustomError(n.bankRepo, "BankZeroAddress");
    await expect(own.changeAdmin(BANKS.payer, n.stranger))
      .to.emit(n.bankRepo, "BankAdminChanged")
      .withArgs(BANKS.payer, n.stranger);
    expect([...(await n.bankRepo.get(BANKS.payer))]).to.deep.equal([n.stranger.address, 1n, true]);
    await expect(own.rotateSealingKey(BANKS.payer, KEY))
      .to.be.revertedWithCustomError(n.bankRepo, "BankUnauthorizedAdmin")
      .withArgs(BANKS.payer, n.bankAdmins.payer);
    await n.bankRepo.connect(n.stranger).rotateSealingKey(BANKS.payer, KEY);
  });

  it("is replaced by the network when its key is lost", async () => {
    const { n } = await bank(load);
    await n.bankRepo.changeAdmin(BANKS.payer, n.stranger);
    expect((await n.bankRepo.get(BANKS.payer)).admin).to.equal(n.stranger.address);
  });

  it("rotates the sealing key, keeping the older versions", async () => {
    const { n, own } = await bank(load);
    const first = await n.bankRepo.sealingKey(BANKS.payer, 1);
    await expect(own.rotateSealingKey(BANKS.payer, KEY))
      .to.emit(n.bankRepo, "BankSealingKeyRotated")
      .withArgs(BANKS.payer, 2n, KEY);
    for (const invalid of [KEY, KEY_ZERO]) {
      await expect(own.rotateSealingKey(BANKS.payer, invalid))
        .to.be.revertedWithCustomError(n.bankRepo, "BankSealingKeyInvalid")
        .withArgs(invalid);
    }
    await own.rotateSealingKey(BANKS.payer, OTHER_KEY);
    expect((await n.bankRepo.get(BANKS.payer)).sealingKeyVersion).to.equal(3n);
    const keys = await Promise.all([1, 2, 3].map((version) => n.bankRepo.sealingKey(BANKS.payer, version)));
    expect(keys).to.deep.equal([first, KEY, OTHER_KEY]);
  });

  it("adds operators by kind, changes the kind, and removes them", async () => {
    const { n, own } = await bank(load);
    for (const kinds of [KINDS.ACCOUNTS, KINDS.LEGS, KINDS.OUTCOMES, KINDS.ALL]) {
      await expect(own.addOperator(BANKS.payer, n.stranger, kinds))
        .to.emit(n.bankRepo, "BankOperatorAdded")
        .withArgs(BANKS.payer, n.stranger, kinds);
      expect([...(await n.bankRepo.operatorOf(n.stranger))]).to.deep.equal([BANKS.payer, BigInt(kinds)]);
    }
    await expect(own.removeOperator(BANKS.payer, n.stranger))
      .to.emit(n.bankRepo, "BankOperatorRemoved")
      .withArgs(BANKS.payer, n.stranger);
    expect([...(await n.bankRepo.operatorOf(n.stranger))]).to.deep.equal([NO_BANK, 0n]);
  });

  it("adds no operator of unknown kinds, none of another bank, and not nobody", async () => {
    const { n, own } = await bank(load);
    for (const kinds of [0, 8, 15, 255]) {
      await expect(own.addOperator(BANKS.payer, n.stranger, kinds))
        .to.be.revertedWithCustomError(n.bankRepo, "BankOperatorKindsInvalid")
        .withArgs(kinds);
    }
    await expect(own.addOperator(BANKS.payer, ZeroAddress, KINDS.LEGS)).to.be.revertedWithCustomError(
      n.bankRepo,
      "BankZeroAddress",
    );
    await expect(own.addOperator(BANKS.payer, n.legs.payee, KINDS.LEGS))
      .to.be.revertedWithCustomError(n.bankRepo, "BankOperatorTaken")
      .withArgs(n.legs.payee, BANKS.payee);
  });

  it("removes none but its own bank's operators; the network none that is not that bank's", async () => {
    const { n, own } = await bank(load);
    for (const [by, bankId, operator] of [
      [own, BANKS.payer, n.legs.payee],
      [own, BANKS.payer, n.stranger],
      [n.bankRepo, BANKS.payer, n.legs.payee],
      [n.bankRepo, NO_BANK, n.stranger],
    ] as const) {
      await expect(by.removeOperator(bankId, operator))
        .to.be.revertedWithCustomError(n.bankRepo, "BankOperatorUnknown")
        .withArgs(bankId, operator);
    }
  });

  it("admits and dismisses organisations, each once, and admits only what is a member", async () => {
    const { n, own } = await bank(load);
    const fresh = organisationToBytes("fresh");
    await expect(own.admitOrganisation(BANKS.payer, fresh))
      .to.be.revertedWithCustomError(n.bankRepo, "OrganisationInactive")
      .withArgs(fresh);
    await n.bankRepo.addOrganisation(fresh, n.organisationAdmin);
    await expect(own.admitOrganisation(BANKS.payer, fresh))
      .to.emit(n.bankRepo, "BankOrganisationAdmitted")
      .withArgs(BANKS.payer, fresh);
    expect(await n.bankRepo.isAdmitted(BANKS.payer, fresh)).to.equal(true);
    expect(await n.bankRepo.isAdmitted(BANKS.payee, fresh)).to.equal(false);
    await expect(own.admitOrganisation(BANKS.payer, fresh))
      .to.be.revertedWithCustomError(n.bankRepo, "BankOrganisationExists")
      .withArgs(BANKS.payer, fresh);
    await expect(own.dismissOrganisation(BANKS.payer, fresh))
      .to.emit(n.bankRepo, "BankOrganisationDismissed")
      .withArgs(BANKS.payer, fresh);
    expect(await n.bankRepo.isAdmitted(BANKS.payer, fresh)).to.equal(false);
    await expect(own.dismissOrganisation(BANKS.payer, fresh))
      .to.be.revertedWithCustomError(n.bankRepo, "BankOrganisationUnknown")
      .withArgs(BANKS.payer, fresh);
  });
});

describe("one bank that must be stopped", () => {
  const load = useNetwork();

  it("is stopped by the network removing its operator, and the others go on", async () => {
    const n = await load();
    const now = await n.helpers.time.latest();
    const id = await reach(n, "STARTED", now);
    const other = await reach(n, "PENDING", now);
    await n.bankRepo.removeOperator(BANKS.payer, n.legs.payer);
    await expect(n.transferStateRepo.connect(n.legs.payer).markPending(id, EVIDENCE)).to.be.revertedWithCustomError(
      n.transferStateRepo,
      "TransferUnauthorizedOperator",
    );
    await n.transferStateRepo.connect(n.legs.payee).complete(other, EVIDENCE);
  });
});

async function bank(load: () => Promise<TestNetwork>) {
  const n = await load();
  return { n, own: n.bankRepo.connect(n.bankAdmins.payer) };
}
