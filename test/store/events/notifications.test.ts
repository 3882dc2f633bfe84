import { expect } from "chai";
import { type Notice, parseNotice, writeNotice } from "../../../src/store/events/notifications.js";
import { createTransferReader } from "../../../src/store/transfers/transfer-reader.js";
import { until } from "../../../tools/support/until.js";
import { startTestStore } from "../../support/watching.js";

const id = (number: number) => `0x${String(number).padStart(64, "0")}`;
const idsTo = (count: number) => Array.from({ length: count }, (_, index) => id(index));

describe("a notice of the store", () => {
  it("comes as it went", () => {
    const notices: Notice[] = [
      { about: "events", ended: [] },
      { about: "events", ended: idsTo(100) },
      { about: "refusals" },
      { about: "api-keys" },
    ];
    for (const notice of notices) expect(parseNotice(writeNotice(notice))).to.deep.equal(notice);
  });

  it("leaves the ended out where PostgreSQL takes no payload as long", () => {
    expect(writeNotice({ about: "events", ended: idsTo(100) }).length).to.be.lessThan(8_000);
    expect(parseNotice(writeNotice({ about: "events", ended: idsTo(101) }))).to.deep.equal({ about: "events" });
  });

  for (const payload of [undefined, "", "17", "refused", '{"about":"the weather"}', '{"about":"events","ended":[1]}', "[]"]) {
    it(`is about anything where it reads ${payload}`, () => {
      expect(parseNotice(payload)).to.deep.equal({ about: "anything" });
    });
  }
});

describe("who waits for the end of a transfer", () => {
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let tell: (notice: Notice) => void;
  let reader: ReturnType<typeof createTransferReader>;
  let woken: string[];

  beforeEach(async () => {
    store = await startTestStore();
    woken = [];
    reader = createTransferReader(store.db, (callback) => {
      tell = callback;
      return () => undefined;
    });
  });
  afterEach(async () => {
    reader.close();
    await store.close();
  });

  function wait(transferId: string): AbortController {
    const patience = new AbortController();
    void reader.whenFinal(transferId, patience.signal, true).then(() => woken.push(transferId));
    return patience;
  }

  it("is woken by a notice that names it, and nobody else is, without a query", async () => {
    const other = [wait(id(1)), wait(id(2))][1];
    // Nothing is in the store: whoever asked it would learn of no end.
    tell({ about: "events", ended: [id(1), id(9)] });
    await until("it is woken", () => woken.length === 1);
    expect(woken).to.deep.equal([id(1)]);
    other?.abort();
  });

  it("is woken by what the store says, where a notice does not name the ended", async () => {
    await store.rows(`insert into transfers (id, state, payer_bank, payee_bank, currency, amount, deadline, started_block, started_at,
      updated_at, last_sequence) values ('${id(1)}', 'COMPLETED', 'FAASTHB1', 'WHSKTHB1', 764, 1, 1, 1, now(), now(), 1)`);
    const other = [wait(id(1)), wait(id(2))][1];
    tell({ about: "api-keys" });
    tell({ about: "events", ended: [] });
    expect(woken).to.deep.equal([]);
    tell({ about: "events" });
    await until("it is woken", () => woken.length === 1);
    expect(woken).to.deep.equal([id(1)]);
    other?.abort();
  });
});
