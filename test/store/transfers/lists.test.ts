import { randomBytes } from "node:crypto";
import { expect } from "chai";
import type { JournalEntry } from "../../../src/domain/transfer-record.js";
import { type EventQuery, readEventLog } from "../../../src/store/events/event-log.js";
import { createJournal } from "../../../src/store/transfers/journal.js";
import {
  type EventRow,
  insertEventRows,
  type TransferRow,
  upsertTransferRows,
  writeCursor,
} from "../../../src/store/transfers/projection.js";
import { type ListPosition, listTransfers, type TransferQuery } from "../../../src/store/transfers/transfer-list.js";
import { startTestStore } from "../../support/watching.js";

const DOMAIN = `0x${"22".repeat(32)}`;
const START_MS = Date.UTC(2026, 0, 1);
const at = (minute: number) => new Date(START_MS + minute * 60_000);
const idOf = (number: number) => `0x${number.toString(16).padStart(64, "0")}`;

const entryOf = (number: number, changes: Partial<JournalEntry> = {}): JournalEntry => ({
  transferId: idOf(number),
  requestHash: `0x${"4e".repeat(32)}`,
  principal: "shop",
  payerBank: "FAASTHB1",
  payeeBank: "WHSKTHB1",
  currencyNumeric: 764,
  amountMinor: BigInt(number + 1),
  deadlineSeconds: 1_900_000_000,
  details: randomBytes(8),
  fieldHashes: {},
  acceptedAt: at(number),
  status: "accepted",
  ...changes,
});

const rowOf = (number: number, changes: Partial<TransferRow> = {}): TransferRow => ({
  id: idOf(number),
  state: "PENDING",
  suspendedFrom: null,
  payerBank: "FAASTHB1",
  payeeBank: "WHSKTHB1",
  currencyNumeric: 764,
  amountMinor: BigInt(number + 1),
  deadlineSeconds: 1_900_000_000,
  resumptions: 0,
  detailsHash: null,
  reason: null,
  startedBlock: 1,
  startedAt: at(number),
  updatedAt: at(number),
  lastSequence: 1n,
  ...changes,
});

const eventOf = (sequence: number, changes: Partial<EventRow> = {}): EventRow => ({
  sequence: BigInt(sequence),
  type: "eventmachine.transfer.started",
  transferId: idOf(sequence % 4),
  state: "STARTED",
  payerBank: "FAASTHB1",
  payeeBank: sequence % 2 === 0 ? "WHSKTHB1" : "THRDTHB1",
  blockNumber: sequence,
  blockHash: `0xb${sequence}`,
  blockTime: at(sequence),
  logIndex: 0,
  transactionHash: `0xt${sequence}`,
  startedBlock: sequence,
  data: {},
  ...changes,
});

describe("the store's lists", function () {
  this.timeout(120_000);
  let store: Awaited<ReturnType<typeof startTestStore>>;

  before(async () => {
    store = await startTestStore();
    const journal = createJournal(store.db, DOMAIN);
    await Promise.all([
      ...[0, 1, 2].map((number) => journal.insert(entryOf(number, { status: "started" }))),
      journal.insert(entryOf(3, { principal: "other", status: "started" })),
      journal.insert(entryOf(4)),
      journal.insert(entryOf(5, { status: "refused", refusal: "ORGANISATION_NOT_ADMITTED" })),
      // Accepted in one moment.
      ...[6, 7, 8].map((number) => journal.insert(entryOf(number, { acceptedAt: at(6), payeeBank: "THRDTHB1" }))),
      createJournal(store.db, `0x${"33".repeat(32)}`).insert(entryOf(9)),
    ]);
    await upsertTransferRows(store.db, [
      ...[0, 1, 3].map((number) => rowOf(number)),
      rowOf(2, { state: "COMPLETED" }),
      // Only the chain knows this one.
      rowOf(10),
    ]);
    await insertEventRows(
      store.db,
      Array.from({ length: 10 }, (_, index) => eventOf(index + 1)),
    );
    await writeCursor(store.db, { blockNumber: 10, blockHash: "0xb10", sequence: 10n, finalBlock: 8, caughtUp: true });
  });
  after(() => store.close());

  const list = async (query: Partial<TransferQuery>) => {
    const found = await listTransfers(store.db, [DOMAIN], { limit: 100, ...query });
    return found.map(({ position }) => Number(position.id));
  };

  it("give a principal its own transfers, newest first, whatever stands where", async () => {
    expect(await list({ principal: "shop" })).to.deep.equal([8, 7, 6, 5, 4, 2, 1, 0]);
    expect(await list({ principal: "other" })).to.deep.equal([3]);
    expect(await list({ principal: "nobody" })).to.deep.equal([]);
  });

  it("give everybody's, what only the chain knows among them, each once", async () => {
    expect(await list({})).to.deep.equal([10, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  });

  it("know what journal and chain know", async () => {
    const found = await listTransfers(store.db, [DOMAIN], { limit: 100 });
    const known = found.map(({ entry, view }) => `${entry?.status ?? "-"} ${view?.state ?? "-"}`);
    expect(known).to.deep.equal([
      "- PENDING",
      ...["accepted -", "accepted -", "accepted -", "refused -", "accepted -"],
      ...["started PENDING", "started COMPLETED", "started PENDING", "started PENDING"],
    ]);
  });

  it("filter by the state that is shown, by bank and by time", async () => {
    expect(await list({ principal: "shop", state: "PENDING" })).to.deep.equal([1, 0]);
    expect(await list({ state: "PENDING" })).to.deep.equal([10, 3, 1, 0]);
    expect(await list({ state: "REJECTED" })).to.deep.equal([5]);
    expect(await list({ principal: "shop", state: "NONE" })).to.deep.equal([8, 7, 6, 4]);
    expect(await list({ bank: "THRDTHB1" })).to.deep.equal([8, 7, 6]);
    expect(await list({ bank: "FAASTHB1", from: at(2), to: at(6) })).to.deep.equal([5, 4, 3, 2]);
  });

  it("filter by the beginning of an id", async () => {
    expect(await list({ idPrefix: idOf(10) })).to.deep.equal([10]);
    expect(await list({ principal: "shop", idPrefix: idOf(8) })).to.deep.equal([8]);
    expect(await list({ idPrefix: "0x0000" })).to.have.length(10);
    expect(await list({ idPrefix: "0xffff" })).to.deep.equal([]);
  });

  for (const principal of ["shop", undefined]) {
    it(`go on where a page ended, for ${principal ?? "everybody"}, in pages of any size`, async () => {
      const all = await list(principal === undefined ? {} : { principal });
      for (const limit of [1, 2, 3]) {
        const seen: number[] = [];
        let before: ListPosition | undefined;
        for (let page = 0; page <= all.length; page += 1) {
          const query = { limit, ...(principal && { principal }), ...(before && { before }) };
          const found = await listTransfers(store.db, [DOMAIN], query);
          seen.push(...found.map(({ position }) => Number(position.id)));
          before = found.at(-1)?.position;
          if (before === undefined) break;
        }
        expect(seen).to.deep.equal(all);
      }
    });
  }

  const log = async (query: Partial<EventQuery>) => {
    const { events, next, final } = await readEventLog(store.db, { after: 0n, limit: 100, ...query });
    return { sequences: events.map(({ sequence }) => Number(sequence)), next: Number(next), final: Number(final) };
  };

  it("show the events that are final, and where to go on", async () => {
    expect(await log({})).to.deep.equal({ sequences: [1, 2, 3, 4, 5, 6, 7, 8], next: 8, final: 8 });
    expect(await log({ limit: 3, after: 2n })).to.deep.equal({ sequences: [3, 4, 5], next: 5, final: 8 });
    expect(await log({ after: 8n })).to.deep.equal({ sequences: [], next: 8, final: 8 });
    expect(await log({ after: 99n }), "a reader of the future stays there").to.deep.equal({ sequences: [], next: 99, final: 8 });
  });

  it("filter events by transfer, bank, type and whose they are, and move on past what does not match", async () => {
    expect(await log({ transfer: idOf(1) })).to.deep.equal({ sequences: [1, 5], next: 8, final: 8 });
    expect((await log({ bank: "THRDTHB1" })).sequences).to.deep.equal([1, 3, 5, 7]);
    expect((await log({ type: "eventmachine.transfer.pending" })).next).to.equal(8);
    expect((await log({ principal: "other" })).sequences).to.deep.equal([3, 7]);
    expect((await log({ principal: "shop", bank: "WHSKTHB1", limit: 1 })).next).to.equal(2);
  });
});
