import { expect } from "chai";
import { hexlify, keccak256, randomBytes, toUtf8Bytes } from "ethers";
import { BANKS, KINDS } from "../../tools/contracts/network.js";
import { DAY_SECONDS } from "../../tools/contracts/transfers.js";
import { type TestNetwork, useNetwork } from "./support/use-network.js";

const ALIAS = keccak256(toUtf8Bytes("an alias"));
const OTHER_ALIAS = keccak256(toUtf8Bytes("another alias"));
const ALIAS_ZERO = `0x${"00".repeat(32)}`;
const NO_BANK = `0x${"00".repeat(8)}`;
const SEALED = hexlify(randomBytes(90));
const RESEALED = hexlify(randomBytes(40));
const MAX_SEALED_BYTES = 256;
const MAX_BATCH_ITEMS = 120;
const CLAIM_SECONDS = 7 * DAY_SECONDS;
const COOLDOWN_SECONDS = DAY_SECONDS;

describe("a bank's own number", () => {
  const load = useNetwork();

  it("is registered, updated and released by its bank, each a new version", async () => {
    const { repo, payer, n } = await contracts(load);
    await expect(payer.register(ALIAS, SEALED)).to.emit(repo, "PhoneAccountRegistered").withArgs(ALIAS, BANKS.payer, 1n, SEALED);
    expect([...(await repo.get(ALIAS))]).to.deep.equal([BANKS.payer, 1n, SEALED]);
    await expect(payer.update(ALIAS, RESEALED)).to.emit(repo, "PhoneAccountUpdated").withArgs(ALIAS, BANKS.payer, 2n, RESEALED);
    expect([...(await repo.get(ALIAS))]).to.deep.equal([BANKS.payer, 2n, RESEALED]);
    await expect(payer.release(ALIAS)).to.emit(repo, "PhoneAccountReleased").withArgs(ALIAS, BANKS.payer, 3n);
    expect([...(await repo.get(ALIAS))]).to.deep.equal([NO_BANK, 3n, "0x"]);
    expect([...((await repo.holdersOf([ALIAS]))[0] ?? [])]).to.deep.equal([NO_BANK, 3n]);
    const payee = repo.connect(n.accounts.payee);
    await expect(payee.register(ALIAS, SEALED)).to.emit(repo, "PhoneAccountRegistered").withArgs(ALIAS, BANKS.payee, 4n, SEALED);
    const [unknown, known] = await repo.getMany([OTHER_ALIAS, ALIAS]);
    expect([...(unknown ?? [])]).to.deep.equal([NO_BANK, 0n, "0x"]);
    expect([...(known ?? [])]).to.deep.equal([BANKS.payee, 4n, SEALED]);
    expect((await repo.holdersOf([OTHER_ALIAS, ALIAS])).map(String)).to.deep.equal([`${NO_BANK},0`, `${BANKS.payee},4`]);
  });

  it("is not registered twice, not even by its holder", async () => {
    const { repo, payer, payee } = await contracts(load);
    await payer.register(ALIAS, SEALED);
    for (const caller of [payer, payee]) {
      await expect(caller.register(ALIAS, RESEALED))
        .to.be.revertedWithCustomError(repo, "PhoneAccountHeld")
        .withArgs(ALIAS, BANKS.payer);
    }
  });

  it("is neither updated nor released by another bank, nor while nobody holds it", async () => {
    const { repo, payer, payee } = await contracts(load);
    await expect(payer.update(ALIAS, SEALED))
      .to.be.revertedWithCustomError(repo, "PhoneAccountNotHolder")
      .withArgs(ALIAS, NO_BANK);
    await payer.register(ALIAS, SEALED);
    for (const attempt of [() => payee.update(ALIAS, RESEALED), () => payee.release(ALIAS)]) {
      await expect(attempt()).to.be.revertedWithCustomError(repo, "PhoneAccountNotHolder").withArgs(ALIAS, BANKS.payer);
    }
  });

  it("is not the zero alias, and its sealed account has 1 to 256 bytes", async () => {
    const { repo, payer, payee } = await contracts(load);
    await expect(payer.register(ALIAS_ZERO, SEALED)).to.be.revertedWithCustomError(repo, "PhoneAccountAliasZero");
    await payer.register(ALIAS, hexlify(randomBytes(MAX_SEALED_BYTES)));
    await payer.register(OTHER_ALIAS, "0x01");
    for (const sealed of ["0x", hexlify(randomBytes(MAX_SEALED_BYTES + 1))]) {
      const length = (sealed.length - 2) / 2;
      const attempts = [
        () => payer.register(keccak256("0x"), sealed),
        () => payer.update(ALIAS, sealed),
        () => payee.openClaim(ALIAS, sealed),
      ];
      for (const attempt of attempts) {
        await expect(attempt()).to.be.revertedWithCustomError(repo, "PhoneAccountSealedAccountInvalid").withArgs(length);
      }
    }
  });

  it("is written by an accounts operator of an active bank alone", async () => {
    const { repo, payer, n } = await contracts(load);
    await payer.register(ALIAS, SEALED);
    await n.bankRepo.deactivateBank(BANKS.third);
    for (const caller of [n.legs.payer, n.bankAdmins.payer, n.accounts.third, n.registrar, n.admin, n.initiator, n.stranger]) {
      const by = repo.connect(caller);
      const attempts = [
        () => by.register(OTHER_ALIAS, SEALED),
        () => by.registerBatch([{ aliasId: OTHER_ALIAS, sealedAccount: SEALED }]),
        () => by.update(ALIAS, SEALED),
        () => by.release(ALIAS),
        () => by.openClaim(ALIAS, SEALED),
        () => by.confirmClaim(ALIAS),
      ];
      for (const attempt of attempts) {
        await expect(attempt()).to.be.revertedWithCustomError(repo, "PhoneAccountUnauthorizedOperator").withArgs(caller);
      }
    }
  });
});

describe("a batch of registrations", () => {
  const load = useNetwork();

  it("registers what it can around what it cannot, and says why", async () => {
    const { repo, payer, payee } = await contracts(load);
    await payee.register(ALIAS, SEALED);
    const long = hexlify(randomBytes(MAX_SEALED_BYTES + 1));
    const fresh = keccak256("0x01");
    const items = [
      { aliasId: ALIAS_ZERO, sealedAccount: SEALED },
      { aliasId: fresh, sealedAccount: "0x" },
      { aliasId: fresh, sealedAccount: long },
      { aliasId: ALIAS, sealedAccount: SEALED },
      { aliasId: OTHER_ALIAS, sealedAccount: SEALED },
      { aliasId: OTHER_ALIAS, sealedAccount: RESEALED },
    ];
    const receipt = await (await payer.registerBatch(items)).wait();
    const names = receipt?.logs.map((log) => {
      const parsed = repo.interface.parseLog(log);
      return [parsed?.args.aliasId, parsed?.args.bank, parsed?.args.cause ?? parsed?.args.version];
    });
    expect(names).to.deep.equal([
      [ALIAS_ZERO, BANKS.payer, 1n],
      [fresh, BANKS.payer, 2n],
      [fresh, BANKS.payer, 2n],
      [ALIAS, BANKS.payer, 3n],
      [OTHER_ALIAS, BANKS.payer, 1n],
      [OTHER_ALIAS, BANKS.payer, 3n],
    ]);
    expect((await repo.get(OTHER_ALIAS)).sealedAccount).to.equal(SEALED);
    expect((await repo.get(ALIAS)).bank).to.equal(BANKS.payee);
  });

  it("is refused empty or over 120 items, and taken with 120", async () => {
    const { repo, payer } = await contracts(load);
    const items = Array.from({ length: MAX_BATCH_ITEMS + 1 }, (_, i) => ({
      aliasId: keccak256(`0x${(i + 256).toString(16).padStart(4, "0")}`),
      sealedAccount: "0x01",
    }));
    for (const count of [0, MAX_BATCH_ITEMS + 1]) {
      await expect(payer.registerBatch(items.slice(0, count)))
        .to.be.revertedWithCustomError(repo, "PhoneAccountBatchSizeInvalid")
        .withArgs(count);
    }
    await payer.registerBatch(items.slice(1));
    expect((await repo.get(items.at(-1)?.aliasId ?? "")).bank).to.equal(BANKS.payer);
  });
});

describe("a claim", () => {
  const load = useNetwork();

  it("moves the number when the holder confirms it", async () => {
    const { repo, payer, n, lapsesAt } = await claimed(load);
    expect([...(await repo.claimOf(ALIAS))]).to.deep.equal([
      BANKS.payee,
      lapsesAt,
      lapsesAt + BigInt(COOLDOWN_SECONDS),
      RESEALED,
    ]);
    await expect(payer.confirmClaim(ALIAS))
      .to.emit(repo, "ClaimGranted")
      .withArgs(ALIAS, BANKS.payee, BANKS.payer, 2n, RESEALED, n.accounts.payer);
    expect([...(await repo.get(ALIAS))]).to.deep.equal([BANKS.payee, 2n, RESEALED]);
    await expectOver(n);
  });

  it("moves the number when a registrar grants it, and does not when he refuses it", async () => {
    const granted = await claimed(load);
    await expect(granted.repo.connect(granted.n.registrar).decideClaim(ALIAS, true))
      .to.emit(granted.repo, "ClaimGranted")
      .withArgs(ALIAS, BANKS.payee, BANKS.payer, 2n, RESEALED, granted.n.registrar);
    await expectOver(granted.n);
    const refused = await claimed(load);
    await expect(refused.repo.connect(refused.n.registrar).decideClaim(ALIAS, false))
      .to.emit(refused.repo, "ClaimEnded")
      .withArgs(ALIAS, BANKS.payee, refused.n.registrar);
    expect([...(await refused.repo.get(ALIAS))]).to.deep.equal([BANKS.payer, 1n, SEALED]);
    await expectOver(refused.n);
  });

  it("is withdrawn by the claiming bank alone", async () => {
    const { repo, payer, payee, n } = await claimed(load);
    await expect(payer.withdrawClaim(ALIAS)).to.be.revertedWithCustomError(repo, "ClaimNotClaimant").withArgs(ALIAS, BANKS.payee);
    await expect(payee.withdrawClaim(ALIAS)).to.emit(repo, "ClaimEnded").withArgs(ALIAS, BANKS.payee, n.accounts.payee);
    expect((await repo.get(ALIAS)).bank).to.equal(BANKS.payer);
    await expectOver(n);
  });

  it("is confirmed by the holder alone", async () => {
    const { repo, payee, n } = await claimed(load);
    for (const caller of [payee, repo.connect(n.accounts.third)]) {
      await expect(caller.confirmClaim(ALIAS))
        .to.be.revertedWithCustomError(repo, "PhoneAccountNotHolder")
        .withArgs(ALIAS, BANKS.payer);
    }
  });

  it("can be decided up to the second it lapses, and no longer", async () => {
    const { repo, payer, n, lapsesAt } = await claimed(load);
    await n.helpers.time.setNextBlockTimestamp(lapsesAt);
    await payer.confirmClaim(ALIAS);
    const late = await claimed(load);
    await late.n.helpers.time.increaseTo(late.lapsesAt + 1n);
    const attempts = [
      () => late.payer.confirmClaim(ALIAS),
      () => late.payee.withdrawClaim(ALIAS),
      () => repo.connect(late.n.registrar).decideClaim(ALIAS, true),
    ];
    for (const attempt of attempts) await expect(attempt()).to.be.revertedWithCustomError(repo, "ClaimNotOpen").withArgs(ALIAS);
    expect([...(await repo.claimOf(ALIAS))]).to.deep.equal([NO_BANK, 0n, late.lapsesAt + BigInt(COOLDOWN_SECONDS), "0x"]);
  });

  it("that lapsed makes way for another only after the cooldown", async () => {
    const { repo, n, lapsesAt } = await claimed(load);
    const third = repo.connect(n.accounts.third);
    const claimableFrom = lapsesAt + BigInt(COOLDOWN_SECONDS);
    await expect(third.openClaim(ALIAS, SEALED))
      .to.be.revertedWithCustomError(repo, "ClaimTooEarly")
      .withArgs(ALIAS, claimableFrom);
    await n.helpers.time.setNextBlockTimestamp(claimableFrom - 1n);
    await expect(third.openClaim(ALIAS, SEALED))
      .to.be.revertedWithCustomError(repo, "ClaimTooEarly")
      .withArgs(ALIAS, claimableFrom);
    await n.helpers.time.setNextBlockTimestamp(claimableFrom);
    await third.openClaim(ALIAS, SEALED);
    expect((await repo.claimOf(ALIAS)).bank).to.equal(BANKS.third);
  });

  it("is pointless for a number that nobody, or the bank itself, holds", async () => {
    const { repo, payer, payee } = await contracts(load);
    await expect(payee.openClaim(ALIAS, SEALED)).to.be.revertedWithCustomError(repo, "ClaimPointless").withArgs(ALIAS, NO_BANK);
    await payer.register(ALIAS, SEALED);
    await expect(payer.openClaim(ALIAS, SEALED))
      .to.be.revertedWithCustomError(repo, "ClaimPointless")
      .withArgs(ALIAS, BANKS.payer);
  });

  it("is not granted to a bank deactivated since", async () => {
    const { repo, payer, n } = await claimed(load);
    await n.bankRepo.deactivateBank(BANKS.payee);
    for (const attempt of [() => payer.confirmClaim(ALIAS), () => repo.connect(n.registrar).decideClaim(ALIAS, true)]) {
      await expect(attempt()).to.be.revertedWithCustomError(repo, "ClaimantInactive").withArgs(ALIAS, BANKS.payee);
    }
    await repo.connect(n.registrar).decideClaim(ALIAS, false);
  });

  it("stays open while the holder updates, and ends when the holder releases the number", async () => {
    const { repo, payer, n } = await claimed(load);
    await payer.update(ALIAS, RESEALED);
    expect((await repo.claimOf(ALIAS)).bank).to.equal(BANKS.payee);
    await expect(payer.release(ALIAS)).to.emit(repo, "ClaimEnded").withArgs(ALIAS, BANKS.payee, n.accounts.payer);
    await expectOver(n);
    await payer.register(ALIAS, SEALED);
    await expect(payer.confirmClaim(ALIAS)).to.be.revertedWithCustomError(repo, "ClaimNotOpen");
  });

  it("that lapsed is not ended once more by a release", async () => {
    const { repo, payer, n, lapsesAt } = await claimed(load);
    await n.helpers.time.increaseTo(lapsesAt + 1n);
    await expect(payer.release(ALIAS)).not.to.emit(repo, "ClaimEnded");
    expect((await repo.claimOf(ALIAS)).claimableFrom).to.equal(lapsesAt + BigInt(COOLDOWN_SECONDS));
  });
});

async function contracts(load: () => Promise<TestNetwork>) {
  const n = await load();
  const repo = n.phoneAccountRepo;
  return { n, repo, payer: repo.connect(n.accounts.payer), payee: repo.connect(n.accounts.payee) };
}

/** The payer's bank holds the number, and the payee's bank has just claimed it. */
async function claimed(load: () => Promise<TestNetwork>) {
  const found = await contracts(load);
  await found.payer.register(ALIAS, SEALED);
  const at = BigInt(await found.n.helpers.time.latest()) + 10n;
  const lapsesAt = at + BigInt(CLAIM_SECONDS);
  await found.n.helpers.time.setNextBlockTimestamp(at);
  await expect(found.payee.openClaim(ALIAS, RESEALED))
    .to.emit(found.repo, "ClaimOpened")
    .withArgs(ALIAS, BANKS.payee, BANKS.payer, lapsesAt);
  return { ...found, lapsesAt };
}

/** No claim is open, and the next can be opened a cooldown after this block. */
async function expectOver(n: TestNetwork): Promise<void> {
  const claimableFrom = BigInt((await n.helpers.time.latest()) + COOLDOWN_SECONDS);
  expect([...(await n.phoneAccountRepo.claimOf(ALIAS))]).to.deep.equal([NO_BANK, 0n, claimableFrom, "0x"]);
}

describe("an operator for accounts and legs", () => {
  const load = useNetwork();

  it("may register a number", async () => {
    const { repo, n } = await contracts(load);
    await n.bankRepo.connect(n.bankAdmins.payer).addOperator(BANKS.payer, n.stranger, KINDS.ALL);
    await repo.connect(n.stranger).register(ALIAS, SEALED);
    expect((await repo.get(ALIAS)).bank).to.equal(BANKS.payer);
  });
});
