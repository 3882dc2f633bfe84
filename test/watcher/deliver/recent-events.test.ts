import { expect } from "chai";
import type { Subscription } from "../../../src/store/functions/retries.js";
import type { EventRow } from "../../../src/store/transfers/projection.js";
import { createNews, type News } from "../../../src/watcher/deliver/recent-events.js";
import { observer } from "../../support/watching.js";

const STARTED = "eventmachine.transfer.started";

const event = (sequence: bigint, of: Partial<EventRow> = {}): EventRow => ({
  sequence,
  type: STARTED,
  transferId: "0x01",
  state: "STARTED",
  payerBank: "FAASTHB1",
  payeeBank: "WHSKTHB1",
  blockNumber: 7,
  blockHash: "0x07",
  blockTime: new Date(0),
  logIndex: 0,
  transactionHash: "0x",
  startedBlock: 7,
  data: {},
  ...of,
});
const cursor = (sequence: bigint, finalBlock = 7) => ({
  blockNumber: 7,
  blockHash: "0x07",
  sequence,
  finalBlock,
  caughtUp: true,
});
const debit = observer("http://x/", { types: [STARTED], payerBank: "FAASTHB1" });
const credit = observer("http://x/", { types: ["eventmachine.transfer.pending"] });

/** How far there is nothing for a function, where there is nothing, and the store need not be asked. */
function nothingFor(news: News, fn: Subscription, after: bigint): bigint | undefined {
  const found = news.newFor(fn, { after, limit: 10 });
  return found === undefined || found.events.length > 0 ? undefined : found.final;
}

describe("the news of the newest pages", () => {
  it("hold a function's events, in order, at most as many as are asked for, and none that may not be acted upon", () => {
    const news = createNews();
    const other = event(2n, { payerBank: "WHSKTHB1" });
    news.add(0n, [event(1n), other, event(3n), event(4n), event(5n, { blockNumber: 8 })], { ...cursor(5n), blockNumber: 8 });
    const found = (after: bigint, limit: number) => {
      const { final, events } = news.newFor(debit, { after, limit }) ?? { final: undefined, events: [] };
      return [final, ...events.map(({ sequence }) => sequence)];
    };
    expect(found(0n, 10)).deep.equal([4n, 1n, 3n, 4n]);
    expect(found(0n, 2)).deep.equal([4n, 1n, 3n]);
    expect(found(1n, 2)).deep.equal([4n, 3n, 4n]);
    expect(found(4n, 2)).deep.equal([4n]);
  });

  for (const condition of [{ ofPrincipal: "shop" }, { currency: 764 }]) {
    it(`leave it to the store what a function with ${Object.keys(condition)} gets, unless it is none at all`, () => {
      const news = createNews();
      news.add(0n, [event(1n)], cursor(1n));
      const asked = { after: 0n, limit: 10 };
      expect(news.newFor(observer("http://x/", { types: [STARTED], ...condition }), asked)).equal(undefined);
      expect(news.newFor({ ...credit, ...condition }, asked)).deep.equal({ final: 1n, events: [] });
    });
  }

  it("know how far there is nothing for a function, by type and by bank", () => {
    const news = createNews();
    news.add(0n, [event(1n), event(2n, { payerBank: "WHSKTHB1" })], cursor(2n));
    expect(nothingFor(news, debit, 0n)).equal(undefined);
    expect(nothingFor(news, debit, 1n)).equal(2n);
    expect(nothingFor(news, debit, 2n)).equal(2n);
    expect(nothingFor(news, credit, 0n)).equal(2n);
    expect(nothingFor(news, observer("http://x/", { types: [STARTED], payeeBank: "FAASTHB1" }), 0n)).equal(2n);
  });

  it("add up over pages", () => {
    const news = createNews();
    news.add(0n, [event(1n)], cursor(1n));
    news.add(1n, [event(2n, { type: "eventmachine.transfer.pending" })], cursor(2n));
    expect(nothingFor(news, credit, 0n)).equal(undefined);
    expect(nothingFor(news, debit, 0n)).equal(undefined);
    expect(nothingFor(news, debit, 1n)).equal(2n);
  });

  it("take in a page of a catch-up, however much it holds, and keep its end", () => {
    const news = createNews();
    const page = Array.from({ length: 300_000 }, (_, index) => event(BigInt(index + 1)));
    news.add(0n, page, cursor(300_000n));
    expect(nothingFor(news, credit, 0n)).equal(undefined);
    expect(nothingFor(news, credit, 299_000n)).equal(300_000n);
    expect(nothingFor(news, debit, 299_999n)).equal(undefined);
  });

  it("say nothing of what came before them, nor after", () => {
    const news = createNews();
    expect(nothingFor(news, credit, 0n)).equal(undefined);
    news.add(5n, [event(6n)], cursor(6n));
    expect(nothingFor(news, credit, 4n)).equal(undefined);
    expect(nothingFor(news, credit, 5n)).equal(6n);
  });

  it("begin anew where a page does not follow on the one before", () => {
    const news = createNews();
    news.add(0n, [event(1n)], cursor(1n));
    news.add(3n, [event(4n)], cursor(4n));
    expect(nothingFor(news, credit, 0n)).equal(undefined);
    expect(nothingFor(news, credit, 3n)).equal(4n);
  });

  it("go no further than what may be acted upon", () => {
    const news = createNews();
    news.add(0n, [event(1n, { blockNumber: 5 }), event(2n, { blockNumber: 6 }), event(3n)], cursor(3n, 6));
    expect(nothingFor(news, credit, 0n)).equal(2n);
    expect(nothingFor(news, debit, 1n)).equal(undefined);
    expect(nothingFor(news, debit, 2n)).equal(2n);
    news.add(3n, [], cursor(3n));
    expect(nothingFor(news, debit, 2n)).equal(undefined);
    expect(nothingFor(news, debit, 3n)).equal(3n);
  });

  it("leave it to the store where none of what they have may be acted upon yet, and after a roll-back", () => {
    const news = createNews();
    news.add(0n, [event(1n)], cursor(1n, 6));
    expect(nothingFor(news, credit, 0n)).equal(undefined);
    news.add(1n, [], cursor(1n));
    expect(nothingFor(news, credit, 0n)).equal(1n);
    news.forget();
    expect(nothingFor(news, credit, 0n)).equal(undefined);
  });

  it("need not ask again where the store has said that all before them is final, a roll-back or not", () => {
    const news = createNews();
    news.add(3n, [], cursor(3n, 6));
    expect(nothingFor(news, credit, 3n)).equal(undefined);
    news.learn(2n);
    expect(nothingFor(news, credit, 3n)).equal(undefined);
    news.learn(3n);
    expect(nothingFor(news, credit, 3n)).equal(3n);
    news.add(3n, [event(4n)], cursor(4n, 6));
    expect(nothingFor(news, debit, 3n)).equal(3n);
    news.forget();
    expect(nothingFor(news, debit, 3n)).equal(undefined);
    news.add(3n, [event(4n)], cursor(4n, 6));
    expect(nothingFor(news, debit, 3n)).equal(3n);
  });

  it("say nothing of a page that is committed and not yet among them, however final it is", () => {
    const news = createNews();
    news.add(3n, [], cursor(3n, 6));
    news.learn(9n);
    expect(nothingFor(news, credit, 3n)).equal(3n);
    news.add(3n, [event(4n), event(5n, { blockNumber: 8 })], cursor(5n, 6));
    expect(nothingFor(news, debit, 3n)).equal(3n);
  });

  it("forget the oldest of very many", () => {
    const news = createNews();
    const events = Array.from({ length: 6_000 }, (_, index) => event(BigInt(index + 1)));
    news.add(0n, events, cursor(6_000n));
    expect(nothingFor(news, credit, 0n)).equal(undefined);
    expect(nothingFor(news, credit, 1_000n)).equal(6_000n);
  });
});
