import { expect } from "chai";
import { type BytesLike, hexlify, randomBytes } from "ethers";
import { decodeWordsOf } from "../../src/chain/contracts/call-codec.js";
import { organisationToBytes } from "../../src/domain/ids.js";
import { REFUSALS, type Refusal } from "../../src/domain/transfer-state.js";
import { BANKS, bic, DOMAIN, deploySuccessor, ORGANISATION } from "../../tools/contracts/network.js";
import {
  DAY_SECONDS,
  EVIDENCE,
  NO_EVIDENCE,
  NO_REASON,
  newId,
  REASON,
  reasonCode,
  type StartItem,
  startOf,
  THB,
} from "../../tools/contracts/transfers.js";
import { reach } from "./support/positions.js";
import { type TestNetwork, useNetwork } from "./support/use-network.js";

const MAX_AMOUNT = 10n ** 15n;
const MAX_CURRENCY = 999;
const MAX_DETAILS_BYTES = 1024;
const MAX_DEADLINE_SECONDS = 30 * DAY_SECONDS;
const MAX_BATCH_ITEMS = 400;
const REQUEST_ZERO = `0x${"00".repeat(32)}`;

type Overrides = Partial<Omit<StartItem, "id">>;

/** What is refused, why, and the nearest that is taken; `at` is the time of the block that the start is mined in. */
const REFUSED: { what: string; cause: Refusal; refused(at: number): Overrides; taken?(at: number): Overrides }[] = [
  {
    what: "the zero hash of a request",
    cause: "REQUEST_HASH_ZERO",
    refused: () => ({ requestHash: REQUEST_ZERO }),
    taken: () => ({ requestHash: `0x${"00".repeat(31)}01` }),
  },
  { what: "an amount of zero", cause: "AMOUNT_INVALID", refused: () => ({ amount: 0n }), taken: () => ({ amount: 1n }) },
  {
    what: "an amount over 10^15",
    cause: "AMOUNT_INVALID",
    refused: () => ({ amount: MAX_AMOUNT + 1n }),
    taken: () => ({ amount: MAX_AMOUNT }),
  },
  { what: "the largest uint64 as amount", cause: "AMOUNT_INVALID", refused: () => ({ amount: 2n ** 64n - 1n }) },
  { what: "currency zero", cause: "CURRENCY_INVALID", refused: () => ({ currency: 0 }), taken: () => ({ currency: 1 }) },
  {
    what: "a currency over 999",
    cause: "CURRENCY_INVALID",
    refused: () => ({ currency: MAX_CURRENCY + 1 }),
    taken: () => ({ currency: MAX_CURRENCY }),
  },
  {
    what: "a deadline that is now",
    cause: "DEADLINE_INVALID",
    refused: (at) => ({ deadline: at }),
    taken: (at) => ({ deadline: at + 1 }),
  },
  { what: "a deadline that has passed", cause: "DEADLINE_INVALID", refused: (at) => ({ deadline: at - 1 }) },
  { what: "no deadline", cause: "DEADLINE_INVALID", refused: () => ({ deadline: 0 }) },
  {
    what: "a deadline more than 30 days ahead",
    cause: "DEADLINE_INVALID",
    refused: (at) => ({ deadline: at + MAX_DEADLINE_SECONDS + 1 }),
    taken: (at) => ({ deadline: at + MAX_DEADLINE_SECONDS }),
  },
  {
    what: "details over 1024 bytes",
    cause: "DETAILS_TOO_LONG",
    refused: () => ({ details: hexlify(randomBytes(MAX_DETAILS_BYTES + 1)) }),
    taken: () => ({ details: hexlify(randomBytes(MAX_DETAILS_BYTES)) }),
  },
  { what: "an unknown payer's bank", cause: "PAYER_BANK_INACTIVE", refused: () => ({ payerBank: bic("NOBKTHB1") }) },
  { what: "an unknown payee's bank", cause: "PAYEE_BANK_INACTIVE", refused: () => ({ payeeBank: bic("NOBKTHB1") }) },
  {
    what: "no banks at all",
    cause: "PAYER_BANK_INACTIVE",
    refused: () => ({ payerBank: `0x${"00".repeat(8)}`, payeeBank: `0x${"00".repeat(8)}` }),
  },
  {
    what: "banks of nothing but ones",
    cause: "PAYER_BANK_INACTIVE",
    refused: () => ({ payerBank: `0x${"ff".repeat(8)}`, payeeBank: `0x${"ff".repeat(8)}` }),
  },
];

describe("a start's values", () => {
  const load = useNetwork();

  for (const { what, cause, refused, taken } of REFUSED) {
    it(`refuses ${what}, and leaves the state as it was`, async () => {
      const n = await load();
      const repo = n.transferStateRepo.connect(n.initiator);
      const at = (await n.helpers.time.latest()) + 10;
      const number = REFUSALS.indexOf(cause);
      const item = startOf(at, refused(at));
      await n.helpers.time.setNextBlockTimestamp(at);
      await expect(repo.start(item)).to.be.revertedWithCustomError(repo, "TransferStartRefused").withArgs(item.id, number);
      expect(await repo.sequence()).to.equal(0n);
      await n.helpers.time.setNextBlockTimestamp(at + 10);
      await expect(repo.startBatch([startOf(at + 10, refused(at + 10))])).to.emit(repo, "TransitionRefused");
      expect((await repo.get(item.id)).phase).to.equal(0n);
      expect(await repo.isKnown(item.id)).to.equal(false);
    });

    if (taken === undefined) continue;
    it(`takes the nearest to ${what}`, async () => {
      const n = await load();
      const repo = n.transferStateRepo.connect(n.initiator);
      const at = (await n.helpers.time.latest()) + 10;
      const item = startOf(at, taken(at));
      await n.helpers.time.setNextBlockTimestamp(at);
      await repo.start(item);
      expect((await repo.get(item.id)).phase).to.equal(1n);
    });
  }

  it("stores and announces a started transfer field by field", async () => {
    const n = await load();
    const repo = n.transferStateRepo.connect(n.initiator);
    const item = startOf(await n.helpers.time.latest(), {
      details: hexlify(randomBytes(220)),
      currency: 978,
      amount: MAX_AMOUNT,
    });
    await expect(repo.start(item))
      .to.emit(repo, "TransferStarted")
      .withArgs(item.id, BANKS.payer, BANKS.payee, 1n, 978, MAX_AMOUNT, item.deadline, item.details);
    const stored = [1n, BANKS.payer, BANKS.payee, 978n, MAX_AMOUNT, 0n, item.deadline];
    expect([...(await repo.get(item.id))].map(String)).to.deep.equal(stored.map(String));
    const [unknown, known] = await repo.getMany([newId(), item.id]);
    expect(known).to.deep.equal(await repo.get(item.id));
    expect([...(unknown ?? [])].map(String)).to.deep.equal([
      "0",
      `0x${"00".repeat(8)}`,
      `0x${"00".repeat(8)}`,
      "0",
      "0",
      "0",
      "0",
    ]);
    const answer = await callWordsOf(n, [item.id, newId()]);
    const [word, none] = decodeWordsOf(answer, ["known", "unknown"]);
    expect(word).to.include({ state: "STARTED", payerBank: "FAASTHB1", payeeBank: "WHSKTHB1", currencyNumeric: 978 });
    expect(word).to.include({ amountMinor: MAX_AMOUNT, deadlineSeconds: Number(item.deadline) });
    expect(none).to.include({ state: "NONE", payerBank: "", payeeBank: "" });
    for (const ids of [[], [item.id], [newId(), item.id, item.id]]) {
      const coded = repo.interface.encodeFunctionResult("wordsOf", [await repo.wordsOf(ids)]);
      expect(await callWordsOf(n, ids)).to.equal(coded);
    }
    expect(await repo.isKnown(item.id)).to.equal(true);
  });

  it("takes a transfer within one bank", async () => {
    const n = await load();
    const repo = n.transferStateRepo;
    const item = startOf(await n.helpers.time.latest(), { payeeBank: BANKS.payer });
    await repo.connect(n.initiator).start(item);
    await repo.connect(n.legs.payer).advance([
      { id: item.id, to: 2, reason: NO_REASON, evidence: EVIDENCE },
      { id: item.id, to: 3, reason: NO_REASON, evidence: EVIDENCE },
    ]);
    expect((await repo.get(item.id)).phase).to.equal(3n);
  });
});

describe("who may start out of a bank's accounts", () => {
  const load = useNetwork();

  it("refuses an organisation that the payer's bank has dismissed, though the payee's bank admits it", async () => {
    const n = await load();
    await n.bankRepo.connect(n.bankAdmins.payer).dismissOrganisation(BANKS.payer, organisationToBytes(ORGANISATION));
    await expectRefused(n, {}, "ORGANISATION_NOT_ADMITTED");
    await expectTaken(n, { payerBank: BANKS.payee, payeeBank: BANKS.payer });
  });

  it("refuses either bank once it is deactivated", async () => {
    const n = await load();
    await n.bankRepo.deactivateBank(BANKS.third);
    await expectRefused(n, { payerBank: BANKS.third }, "PAYER_BANK_INACTIVE");
    await expectRefused(n, { payeeBank: BANKS.third }, "PAYEE_BANK_INACTIVE");
    await expectTaken(n, {});
  });

  it("asks anew in a batch whenever one of the banks is another", async () => {
    const n = await load();
    const repo = n.transferStateRepo.connect(n.initiator);
    await n.bankRepo.connect(n.bankAdmins.third).dismissOrganisation(BANKS.third, organisationToBytes(ORGANISATION));
    const now = await n.helpers.time.latest();
    const items = [
      startOf(now),
      startOf(now, { payerBank: BANKS.third }),
      startOf(now, { payeeBank: BANKS.third }),
      startOf(now, { payeeBank: bic("NOBKTHB1") }),
      startOf(now),
    ];
    await repo.startBatch(items);
    expect((await repo.getMany(items.map(({ id }) => id))).map(({ phase }) => phase)).to.deep.equal([1n, 0n, 1n, 0n, 1n]);
    expect(await repo.sequence()).to.equal(5n);
  });

  it("refuses the same two banks again in a batch, as often as they come", async () => {
    const n = await load();
    const repo = n.transferStateRepo.connect(n.initiator);
    const now = await n.helpers.time.latest();
    const unknown = { payeeBank: bic("NOBKTHB1") };
    const items = [startOf(now), startOf(now, unknown), startOf(now, unknown), startOf(now), startOf(now, unknown)];
    await repo.startBatch(items);
    expect((await repo.getMany(items.map(({ id }) => id))).map(({ phase }) => phase)).to.deep.equal([1n, 0n, 0n, 1n, 0n]);
  });
});

describe("a batch", () => {
  const load = useNetwork();

  it("refuses a second start of the same id in it, and starts the first", async () => {
    const n = await load();
    const repo = n.transferStateRepo.connect(n.initiator);
    const item = startOf(await n.helpers.time.latest());
    await expect(repo.startBatch([item, { ...item, amount: 1n }]))
      .to.emit(repo, "TransitionRefused")
      .withArgs(item.id, 2n, 1, 1, REFUSALS.indexOf("EXISTS"));
    expect((await repo.get(item.id)).amount).to.equal(item.amount);
  });

  it("is refused empty or over 400 items, and taken with 400", async () => {
    const n = await load();
    const repo = n.transferStateRepo.connect(n.initiator);
    const legs = n.transferStateRepo.connect(n.legs.payer);
    const now = await n.helpers.time.latest();
    const starts = Array.from({ length: MAX_BATCH_ITEMS + 1 }, () => startOf(now));
    const outcomes = starts.map(({ id }) => ({ id, to: 2, reason: NO_REASON, evidence: EVIDENCE }));
    for (const count of [0, MAX_BATCH_ITEMS + 1]) {
      await expect(repo.startBatch(starts.slice(0, count)))
        .to.be.revertedWithCustomError(repo, "TransferBatchSizeInvalid")
        .withArgs(count);
      await expect(legs.advance(outcomes.slice(0, count)))
        .to.be.revertedWithCustomError(repo, "TransferBatchSizeInvalid")
        .withArgs(count);
    }
    await repo.startBatch(starts.slice(1));
    await legs.advance(outcomes.slice(1));
    expect(await repo.sequence()).to.equal(BigInt(2 * MAX_BATCH_ITEMS));
    expect((await repo.get(starts.at(-1)?.id ?? "")).phase).to.equal(2n);
  });

  it("mixes states, and applies what it can around what it cannot", async () => {
    const n = await load();
    const now = await n.helpers.time.latest();
    const repo = n.transferStateRepo.connect(n.legs.payer);
    const started = await reach(n, "STARTED", now);
    const reversing = await reach(n, "REVERSING", now);
    const completed = await reach(n, "COMPLETED", now);
    const refused = await reach(n, "STARTED", now);
    const before = await repo.sequence();
    await repo.advance([
      { id: completed, to: 6, reason: NO_REASON, evidence: EVIDENCE },
      { id: started, to: 2, reason: NO_REASON, evidence: EVIDENCE },
      { id: newId(), to: 2, reason: NO_REASON, evidence: EVIDENCE },
      { id: reversing, to: 6, reason: NO_REASON, evidence: EVIDENCE },
      { id: refused, to: 4, reason: REASON, evidence: EVIDENCE },
    ]);
    const phases = (await repo.getMany([completed, started, reversing, refused])).map(({ phase }) => phase);
    expect(phases).to.deep.equal([3n, 2n, 6n, 4n]);
    const events = await repo.queryFilter(repo.filters.TransitionRefused(), -1);
    expect(events.map(({ args }) => args.sequence - before)).to.deep.equal([1n, 3n]);
  });
});

describe("a report's reason and evidence", () => {
  const load = useNetwork();
  const MALFORMED = [
    NO_REASON,
    reasonCode("ac04"),
    reasonCode("AC4 "),
    reasonCode("AC0@"),
    reasonCode("AC0["),
    reasonCode("/C04"),
    reasonCode(":C04"),
    "0x41433034".replace("34", "00"),
  ];

  it("refuses a missing or malformed reason wherever one belongs", async () => {
    const n = await load();
    const repo = n.transferStateRepo.connect(n.legs.payer);
    const id = await reach(n, "STARTED", await n.helpers.time.latest());
    for (const reason of MALFORMED) {
      const refusal = expect(repo.reject(id, reason, EVIDENCE), reason).to.be.revertedWithCustomError(
        repo,
        "TransferReasonInvalid",
      );
      await refusal.withArgs(id, reason);
      await expect(repo.suspend(id, reason, EVIDENCE)).to.be.revertedWithCustomError(repo, "TransferReasonInvalid");
    }
    await repo.reject(id, reasonCode("AZ09"), EVIDENCE);
  });

  it("refuses a reason where none belongs", async () => {
    const n = await load();
    const repo = n.transferStateRepo.connect(n.legs.payer);
    const id = await reach(n, "STARTED", await n.helpers.time.latest());
    await expect(repo.advance([{ id, to: 2, reason: REASON, evidence: EVIDENCE }]))
      .to.emit(repo, "TransitionRefused")
      .withArgs(id, 2n, 1, 2, REFUSALS.indexOf("REASON_INVALID"));
  });

  it("refuses every outcome without evidence, but not a suspension", async () => {
    const n = await load();
    const now = await n.helpers.time.latest();
    const payer = n.transferStateRepo.connect(n.legs.payer);
    const payee = n.transferStateRepo.connect(n.legs.payee);
    const started = await reach(n, "STARTED", now);
    const pending = await reach(n, "PENDING", now);
    const reversing = await reach(n, "REVERSING", now);
    const attempts = [
      () => payer.markPending(started, NO_EVIDENCE),
      () => payer.reject(started, REASON, NO_EVIDENCE),
      () => payee.complete(pending, NO_EVIDENCE),
      () => payee.reverse(pending, REASON, NO_EVIDENCE),
      () => payer.markReversed(reversing, NO_EVIDENCE),
    ];
    for (const attempt of attempts) await expect(attempt()).to.be.revertedWithCustomError(payer, "TransferEvidenceMissing");
    await expect(payer.advance([{ id: started, to: 2, reason: NO_REASON, evidence: NO_EVIDENCE }]))
      .to.emit(payer, "TransitionRefused")
      .withArgs(started, (await payer.sequence()) + 1n, 1, 2, REFUSALS.indexOf("EVIDENCE_MISSING"));
    await payer.suspend(started, REASON, NO_EVIDENCE);
  });
});

describe("the contracts as such", () => {
  const load = useNetwork();

  it("take no ether, with a call or without", async () => {
    const n = await load();
    for (const contract of [n.transferStateRepo, n.phoneAccountRepo, n.bankRepo]) {
      const to = await contract.getAddress();
      await expect(n.admin.sendTransaction({ to, value: 1n })).to.revert(n.ethers);
      const data = contract.interface.encodeFunctionData("setAuthority" as never, [await n.accessManager.getAddress()] as never);
      await expect(n.admin.sendTransaction({ to, value: 1n, data })).to.revert(n.ethers);
      expect(await n.ethers.provider.getBalance(to)).to.equal(0n);
    }
  });

  it("tell what they were deployed with", async () => {
    const n = await load();
    expect(await n.transferStateRepo.domain()).to.equal(DOMAIN);
    expect(await n.transferStateRepo.bankRepo()).to.equal(await n.bankRepo.getAddress());
    expect(await n.transferStateRepo.predecessor()).to.equal(n.ethers.ZeroAddress);
    const successor = await deploySuccessor(n);
    expect(await successor.predecessor()).to.equal(await n.transferStateRepo.getAddress());
  });

  it("refuse a first contract without a domain", async () => {
    const n = await load();
    const factory = await n.ethers.getContractFactory("TransferStateRepo");
    await expect(factory.deploy(n.accessManager, n.bankRepo, NO_EVIDENCE, n.ethers.ZeroAddress))
      .to.be.revertedWithCustomError(factory, "TransferDomainInvalid")
      .withArgs(NO_EVIDENCE);
  });
});

describe("a successor", () => {
  const load = useNetwork();

  it("keeps the domain, and can have no other", async () => {
    const n = await load();
    expect(await (await deploySuccessor(n)).domain()).to.equal(DOMAIN);
    const factory = await n.ethers.getContractFactory("TransferStateRepo");
    for (const domain of [NO_EVIDENCE, EVIDENCE]) {
      await expect(factory.deploy(n.accessManager, n.bankRepo, domain, n.transferStateRepo))
        .to.be.revertedWithCustomError(factory, "TransferDomainInvalid")
        .withArgs(domain);
    }
  });

  it("refuses its predecessors' ids, the grandparent's too, and takes new ones", async () => {
    const n = await load();
    const now = await n.helpers.time.latest();
    const first = startOf(now);
    const second = startOf(now);
    await n.transferStateRepo.connect(n.initiator).start(first);
    const child = await deploySuccessor(n);
    await child.connect(n.initiator).start(second);
    const grandchild = await deploySuccessor({ ...n, transferStateRepo: child });
    const repo = grandchild.connect(n.initiator);
    for (const item of [first, second]) {
      expect(await repo.isKnown(item.id)).to.equal(true);
      await expect(repo.start(item))
        .to.be.revertedWithCustomError(repo, "TransferStartRefused")
        .withArgs(item.id, REFUSALS.indexOf("EXISTS"));
    }
    await repo.start(startOf(now));
  });

  it("counts on from where its predecessor stood, and does not move its transfers", async () => {
    const n = await load();
    const id = await reach(n, "PENDING", await n.helpers.time.latest());
    const successor = await deploySuccessor(n);
    expect(await successor.sequence()).to.equal(2n);
    await expect(successor.connect(n.legs.payee).complete(id, EVIDENCE)).to.be.revertedWithCustomError(
      successor,
      "TransferUnexpectedState",
    );
    await n.transferStateRepo.connect(n.legs.payee).complete(id, EVIDENCE);
    const next = startOf(await n.helpers.time.latest(), { currency: THB });
    await expect(successor.connect(n.initiator).start(next)).to.emit(successor, "TransferStarted");
    expect(await successor.sequence()).to.equal(3n);
  });
});

async function expectRefused(n: TestNetwork, overrides: Overrides, cause: Refusal): Promise<void> {
  const repo = n.transferStateRepo.connect(n.initiator);
  const item = startOf(await n.helpers.time.latest(), overrides);
  await expect(repo.start(item))
    .to.be.revertedWithCustomError(repo, "TransferStartRefused")
    .withArgs(item.id, REFUSALS.indexOf(cause));
}

async function expectTaken(n: TestNetwork, overrides: Overrides): Promise<void> {
  const repo = n.transferStateRepo.connect(n.initiator);
  await expect(repo.start(startOf(await n.helpers.time.latest(), overrides))).to.emit(repo, "TransferStarted");
}

/** What the contract answers, byte for byte. */
async function callWordsOf({ transferStateRepo, stranger }: TestNetwork, ids: readonly BytesLike[]): Promise<string> {
  const data = transferStateRepo.interface.encodeFunctionData("wordsOf", [[...ids]]);
  return await stranger.call({ to: transferStateRepo, data });
}
