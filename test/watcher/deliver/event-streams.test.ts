import { expect } from "chai";
import { createJournal } from "../../../src/store/transfers/journal.js";
import { DOMAIN } from "../../../tools/api-fakes/fake-deps.js";
import { openEventSocket, openEventStream, type Told } from "../../../tools/support/stream-clients.js";
import { until } from "../../../tools/support/until.js";
import { commitEvents, idOf, range } from "../../support/happening.js";
import { run } from "../../support/postgres.js";
import { startStreamingApi } from "../../support/streaming-api.js";
import { startTestStore } from "../../support/watching.js";

const KEY = "operator-key";
const sequencesOf = (told: readonly Told[]) => told.map(({ value }) => Number(value.sequence));

describe("streams of events", function () {
  this.timeout(120_000);
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let api: Awaited<ReturnType<typeof startStreamingApi>>;
  let newest = 0;
  const cleanUps: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    store = await startTestStore();
    newest = 0;
    await happen(10);
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    await store.close();
  });

  async function serve(settings: Parameters<typeof startStreamingApi>[1] = {}): Promise<void> {
    api = await startStreamingApi(store.url, settings);
    cleanUps.push(api.close);
  }

  /** So many more events. */
  async function happen(count: number): Promise<void> {
    await commitEvents(store.db, newest + 1, newest + count);
    newest += count;
  }

  const stream = async (query = "", lastEventId?: string, key = KEY) => {
    const opened = await openEventStream(`${api.url}/v1/events/stream${query}`, key, lastEventId);
    cleanUps.push(opened.cut);
    return opened;
  };
  const socket = async (query = "", options = {}) => {
    const opened = await openEventSocket(`${api.url}/v1/events/socket${query}`, KEY, options);
    cleanUps.push(opened.cut);
    return opened;
  };

  it("tell what comes from now on, or all from the beginning, as it is committed", async () => {
    await serve();
    const [all, fresh] = [await stream("?after=0"), await stream()];
    await happen(3);
    await all.untilTold(13);
    await fresh.untilTold(3);
    expect(sequencesOf(all.told)).to.deep.equal(range(1, 13));
    expect(sequencesOf(fresh.told)).to.deep.equal(range(11, 13));
    expect(all.response.headers.get("content-type")).to.equal("text/event-stream; charset=utf-8");
    expect(all.told[10]?.value).to.deep.include({
      id: "31337-0xb3-3",
      sequence: "11",
      type: "eventmachine.transfer.started",
      transfer: idOf(2),
      payer: { bank: "FAASTHB1" },
      blockNumber: "3",
    });
    expect(all.told[10]?.value).not.to.have.property("payerBank");
  });

  for (const way of ["server-sent events", "a WebSocket"]) {
    it(`miss nothing and tell nothing twice over ${way} that is cut again and again`, async () => {
      await serve();
      const seen: number[] = [];
      let cursor = "0";
      const counts = range(0, 39).map((round) => 1 + (round % 7));
      const total = counts.reduce((sum, count) => sum + count, newest);
      const writing = (async () => {
        for (const count of counts) await happen(count);
      })();
      for (let cuts = 0; seen.length < total; cuts += 1) {
        const opened = way === "a WebSocket" ? await socket(`?after=${cursor}`) : await stream("", cursor);
        await opened.untilTold(Math.min(1 + (cuts % 5), total - seen.length));
        await opened.cut();
        seen.push(...sequencesOf(opened.told));
        cursor = opened.told.at(-1)?.id ?? cursor;
      }
      await writing;
      expect(seen).to.deep.equal(range(1, newest));
    });
  }

  it("go on from the cursor of a quiet stream, past what did not concern it", async () => {
    await serve({ heartbeatMs: 50 });
    const opened = await stream("?after=0&type=eventmachine.transfer.completed");
    await until("the cursor has moved on", () => opened.lastId().endsWith("-10"));
    expect(opened.told).to.deep.equal([]);
    const beat = await socket("?after=0&type=eventmachine.transfer.completed");
    await until("the cursor has moved on", () => beat.lastCursor()?.endsWith("-10") === true);
    expect(beat.told).to.deep.equal([]);
  });

  it("filter by type, bank and transfer, in the log and in what is new alike", async () => {
    await serve();
    const filters = ["type=eventmachine.transfer.pending", "bank=THRDTHB1", `transfer=${idOf(2)}`];
    const matching = [(n: number) => n % 2 === 0, (n: number) => n % 2 === 1, (n: number) => n % 3 === 2];
    const opened = await Promise.all(filters.map((filter) => stream(`?after=0&${filter}`)));
    for (let count = 0; count < 4; count += 1) await happen(3);
    for (const [index, one] of opened.entries()) {
      const expected = range(1, newest).filter(matching[index] ?? (() => false));
      await one.untilTold(expected.length);
      expect(sequencesOf(one.told)).to.deep.equal(expected);
    }
  });

  it("tell a principal of its own transfers only", async () => {
    const entry = { payerBank: "FAASTHB1", payeeBank: "WHSKTHB1", currencyNumeric: 764, amountMinor: 1n, deadlineSeconds: 1 };
    await createJournal(store.db, DOMAIN).insert({
      ...{
        ...entry,
        transferId: idOf(1),
        requestHash: idOf(1),
        principal: "reader",
        details: new Uint8Array(1),
        fieldHashes: {},
      },
      ...{ acceptedAt: new Date(), status: "started" },
    });
    await serve();
    const opened = await stream("?after=0", undefined, "reader-key");
    await happen(6);
    await opened.untilTold(6);
    expect(sequencesOf(opened.told)).to.deep.equal([1, 4, 7, 10, 13, 16]);
  });

  it("are read once for all who follow: none of them asks the log for what is new", async () => {
    await serve();
    const followers = await Promise.all(range(1, 20).map(() => stream("?after=9")));
    for (const follower of followers) await follower.untilTold(1);
    const before = api.reads.length;
    await happen(5);
    for (const follower of followers) await follower.untilTold(6);
    const feed = new Set(api.reads.map(({ limit }) => limit).filter((limit) => limit > 100));
    expect(feed.size).to.equal(1);
    expect(api.reads.slice(before).every(({ limit }) => feed.has(limit))).to.equal(true);
    for (const follower of followers) expect(sequencesOf(follower.told)).to.deep.equal(range(10, 15));
  });

  it("wait for a projection that is made anew, and ask no more than now and then meanwhile", async () => {
    await serve();
    const reader = await stream("?after=10");
    await happen(2);
    await reader.untilTold(2);
    // As a rebuild does: the events come again, and nobody is told of them twice.
    await store.rows("truncate cursor, events");
    const other = await stream("?after=5");
    const readsBy = (isFollower: boolean) => api.reads.filter(({ limit }) => (limit === 100) === isFollower).length;
    const before = { feed: readsBy(false), followers: readsBy(true) };
    await until("the feed has looked again", () => readsBy(false) >= before.feed + 3);
    expect(readsBy(true) - before.followers, "a follower asks no more often than the feed").to.be.below(12);
    newest = 0;
    await happen(13);
    await reader.untilTold(3);
    await other.untilTold(8);
    expect(sequencesOf(reader.told)).to.deep.equal([11, 12, 13]);
    expect(sequencesOf(other.told)).to.deep.equal(range(6, 13));
  });

  it("survive the store's connections being cut", async () => {
    await serve();
    const opened = await stream("?after=0");
    await opened.untilTold(10);
    await run(
      store.url,
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    await until("the store answers", () =>
      happen(2).then(
        () => true,
        () => false,
      ),
    );
    await opened.untilTold(newest);
    expect(sequencesOf(opened.told)).to.deep.equal(range(1, newest));
  });

  it("drop a WebSocket's client that acknowledges nothing, by a code of its own, and go on where it was", async () => {
    await happen(1_990);
    await serve({ stallMs: 200 });
    const slow = await socket("?after=0", { acknowledge: false });
    expect(await slow.closed).to.deep.equal({ code: 4408, reason: "Too slow; come again with the last cursor." });
    expect(slow.messages).to.have.length(8);
    // A client on a busy machine may need more than 200 ms to acknowledge.
    await serve();
    const again = await socket(`?after=${slow.lastCursor()}`);
    await again.untilTold(newest - slow.told.length);
    expect([...sequencesOf(slow.told), ...sequencesOf(again.told)]).to.deep.equal(range(1, newest));
  });

  it("drop a client of server-sent events that takes nothing, and go on where it was", async () => {
    await happen(30_000);
    await serve({ stallMs: 200 });
    const abort = new AbortController();
    const headers = { authorization: `Bearer ${KEY}` };
    // Whoever reads nothing of the body fills the buffers between the two.
    const response = await fetch(`${api.url}/v1/events/stream?after=0`, { headers, signal: abort.signal });
    await until("it is dropped", () => api.deps.log().includes("a stream was dropped"));
    abort.abort();
    expect(response.status).to.equal(200);
    const furthest = Math.max(...api.reads.filter(({ limit }) => limit <= 100).map(({ after }) => Number(after.sequence)));
    expect(furthest, "no more is read for it than the buffers hold").to.be.below(newest - 1_000);
  });

  it("are closed when the process stops", async () => {
    await serve();
    const [one, other] = [await stream(), await socket()];
    await api.closeApi();
    expect(await one.ended).to.equal("ended");
    expect(await other.closed).to.deep.equal({ code: 1001, reason: "The server stops; come again with the last cursor." });
  });
});
