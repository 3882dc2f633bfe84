import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { keccak256 } from "../../../src/domain/keccak.js";
import type { JournalEntry } from "../../../src/domain/transfer-record.js";
import { createApiKeys } from "../../../src/store/auth/api-keys.js";
import { openStore, type Store } from "../../../src/store/open-store.js";
import { createJournal } from "../../../src/store/transfers/journal.js";
import { type TransferRow, upsertTransferRows } from "../../../src/store/transfers/projection.js";
import { createTransferReader } from "../../../src/store/transfers/transfer-reader.js";
import { SILENT } from "../../../tools/support/logger.js";
import { until } from "../../../tools/support/until.js";
import { findJournalEntry } from "../../support/journal-entry.js";
import { createStoreDatabase } from "../../support/postgres.js";

const newId = () => `0x${randomBytes(32).toString("hex")}`;

function entryOf(overrides: Partial<JournalEntry> = {}): JournalEntry {
  return {
    transferId: newId(),
    requestHash: `0x${"4e".repeat(32)}`,
    principal: "shop",
    payerBank: "FAASTHB1",
    payeeBank: "WHSKTHB1",
    currencyNumeric: 764,
    amountMinor: 10n ** 15n,
    deadlineSeconds: 1_900_000_000,
    details: randomBytes(198),
    fieldHashes: { "/payer/phone": randomBytes(32).toString("hex"), '/"odd"': "}," },
    acceptedAt: new Date("2026-01-02T03:04:05.678Z"),
    status: "accepted",
    ...overrides,
  };
}

describe("the journal", function () {
  this.timeout(120_000);
  let url: string;
  let store: Store;
  let journal: ReturnType<typeof createJournal>;

  before(async () => {
    url = await createStoreDatabase();
    store = openStore(url, SILENT);
    journal = createJournal(store.db, `0x${"22".repeat(32)}`, store.byKey);
  });
  after(() => store.close());

  it("gives back what it was given, many at once", async () => {
    const entries = Array.from({ length: 40 }, (_, index) => entryOf({ amountMinor: BigInt(index + 1) }));
    const written = await Promise.all(entries.map((entry) => journal.insert(entry)));
    expect(written).to.deep.equal(entries.map(() => true));
    const found = await Promise.all(entries.toReversed().map(({ transferId }) => findJournalEntry(store.db, transferId)));
    expect(found.toReversed()).to.deep.equal(entries);
  });

  it("takes one of many equal requests", async () => {
    const transferId = newId();
    const entries = Array.from({ length: 50 }, () => entryOf({ transferId, details: randomBytes(10) }));
    const written = await Promise.all(entries.map((entry) => journal.insert(entry)));
    const taken = entries.filter((_, index) => written[index]);
    expect(taken).to.have.length(1);
    expect(await findJournalEntry(store.db, transferId)).to.deep.equal(taken[0]);
  });

  it("takes none that the projection knows, and the others all the same", async () => {
    const [there, fresh] = [entryOf(), entryOf()];
    await store.db
      .insertInto("transfers")
      .values({
        ...{ id: there.transferId, state: "STARTED", payer_bank: "FAASTHB1", payee_bank: "WHSKTHB1", currency: 764, amount: 1n },
        ...{ deadline: 1n, started_block: 1n, started_at: new Date(), updated_at: new Date(), last_sequence: 1n },
      })
      .execute();
    expect(await Promise.all([there, fresh].map((entry) => journal.insert(entry)))).to.deep.equal([false, true]);
    expect(await findJournalEntry(store.db, there.transferId)).to.equal(undefined);
  });

  describe("beside another replica", () => {
    const domain = `0x${"33".repeat(32)}`;
    let other: Store;
    beforeEach(async () => {
      other = openStore(url, SILENT);
    });
    afterEach(() => other.close());

    it("gives its accepted starts to the other as soon as its session has ended, and not before", async () => {
      const own = openStore(url, SILENT);
      const entry = entryOf();
      await createJournal(own.db, domain, own.byKey, await own.holdSession()).insert(entry);
      const heir = createJournal(other.db, domain, other.byKey, await other.holdSession());
      expect(await heir.takeOver()).to.deep.equal([]);
      await own.close();
      let taken: JournalEntry[] = [];
      await until("it is taken over", async () => {
        taken = await heir.takeOver();
        return taken.length > 0;
      });
      expect(taken).to.deep.equal([entry]);
      // Now it is the other's.
      expect(await heir.takeOver()).to.deep.equal([]);
    });

    it("keeps its accepted starts for the lease where it holds no session", async () => {
      const entry = entryOf();
      await createJournal(store.db, domain, store.byKey).insert(entry);
      const taken = await createJournal(other.db, domain, other.byKey, await other.holdSession()).takeOver();
      expect(taken.map(({ transferId }) => transferId)).not.to.include(entry.transferId);
    });
  });

  it("does not know what it was not given", async () => {
    expect(await findJournalEntry(store.db, newId())).to.equal(undefined);
  });

  it("settles many at once, and none that is settled", async () => {
    const entries = Array.from({ length: 10 }, () => entryOf());
    await Promise.all(entries.map((entry) => journal.insert(entry)));
    const [refused, ...others] = entries as [JournalEntry, ...JournalEntry[]];
    await journal.settle(refused.transferId, { status: "refused", refusal: "ORGANISATION_NOT_ADMITTED" });
    await Promise.all(entries.map(({ transferId }) => journal.settle(transferId, { status: "started" })));
    expect(await findJournalEntry(store.db, refused.transferId)).to.include({
      status: "refused",
      refusal: "ORGANISATION_NOT_ADMITTED",
    });
    const found = await Promise.all(others.map(({ transferId }) => findJournalEntry(store.db, transferId)));
    expect(found.map((entry) => entry?.status)).to.deep.equal(others.map(() => "started"));
  });

  it("says of an API key whose it is, many at once", async () => {
    const keys = createApiKeys(store.db);
    const principals = ["a", "b", "c"].map((id) => ({ id, scopes: ["transfers:read"], payers: "any" as const }));
    for (const principal of principals) await keys.put(principal.id, `token-${principal.id}`, principal);
    const tokens = ["token-b", "token-a", "no-token", "token-b", "token-c", undefined, ""];
    const found = await Promise.all(tokens.map((token) => keys.authenticate(token)));
    expect(found.map((principal) => principal?.id)).to.deep.equal(["b", "a", undefined, "b", "c", undefined, undefined]);
  });

  it("is read together with the chain's own, many at once", async () => {
    const [both, here, there] = [entryOf(), entryOf(), newId()];
    await Promise.all([both, here].map((entry) => journal.insert(entry)));
    const row = (id: string): TransferRow => ({
      id,
      state: "SUSPENDED",
      suspendedFrom: "PENDING",
      payerBank: "FAASTHB1",
      payeeBank: "WHSKTHB1",
      currencyNumeric: 392,
      amountMinor: 10n ** 15n,
      deadlineSeconds: 2_000_000_000,
      resumptions: 0,
      detailsHash: null,
      reason: "AB10",
      startedBlock: 4_000_000_000,
      startedAt: new Date("2026-01-02T03:04:05Z"),
      updatedAt: new Date("2026-01-02T03:05:05Z"),
      lastSequence: 2n ** 60n,
    });
    await upsertTransferRows(store.db, [row(both.transferId), row(there)]);
    const reader = createTransferReader(store.db, () => () => undefined, store.byKey);
    const ids = [there, newId(), both.transferId, here.transferId, there];
    const view = (id: string) => row(id) as unknown;
    expect(await Promise.all(ids.map((id) => reader.known(id)))).to.deep.equal([
      { view: view(there) },
      {},
      { entry: both, view: view(both.transferId) },
      { entry: here },
      { view: view(there) },
    ]);
    expect(await reader.find(there)).to.deep.equal(view(there));
    reader.close();
  });

  it("counts as refused where the chain has started its id with other sealed details", async () => {
    const [own, foreign] = [entryOf(), entryOf()];
    await Promise.all([own, foreign].map((entry) => journal.insert(entry)));
    const row = (id: string, detailsHash: string): TransferRow => ({
      ...{ id, state: "COMPLETED", suspendedFrom: null, payerBank: "FAASTHB1", payeeBank: "WHSKTHB1", currencyNumeric: 764 },
      ...{ amountMinor: 10n ** 15n, deadlineSeconds: 1_900_000_000, resumptions: 0, detailsHash, reason: null, startedBlock: 4 },
      ...{ startedAt: new Date(0), updatedAt: new Date(0), lastSequence: 3n },
    });
    await upsertTransferRows(store.db, [
      row(own.transferId, keccak256(own.details)),
      row(foreign.transferId, keccak256(own.details)),
    ]);
    const reader = createTransferReader(store.db, () => () => undefined, store.byKey);
    expect((await reader.known(own.transferId)).view?.state).to.equal("COMPLETED");
    const known = await reader.known(foreign.transferId);
    expect(known.view).to.equal(undefined);
    expect(known.entry).to.include({ status: "refused", refusal: "EXISTS" });
    reader.close();
  });

  it("finds no transfer that the chain does not have", async () => {
    const reader = createTransferReader(store.db, () => () => undefined, store.byKey);
    expect(await Promise.all([newId(), newId()].map((id) => reader.find(id)))).to.deep.equal([undefined, undefined]);
    reader.close();
  });
});
