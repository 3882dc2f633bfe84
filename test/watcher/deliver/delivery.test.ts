import { expect } from "chai";
import pg from "pg";
import { Webhook } from "standardwebhooks";
import { wipeProjection } from "../../../src/store/chain-identity.js";
import type { ConfiguredFunction } from "../../../src/store/functions/retries.js";
import { type Answer, type Delivery, startReceiver } from "../../../tools/support/receiver.js";
import { until } from "../../../tools/support/until.js";
import { startTestChain, type TestChain } from "../../support/chain.js";
import { observer, startTestStore, startWatching, untilCaughtUp } from "../../support/watching.js";

describe("delivering events", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  const cleanUps: (() => Promise<unknown>)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    store = await startTestStore();
    receiver = await startReceiver();
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    await receiver.close();
    await store.close();
  });
  after(() => testChain.close());

  function watch(functions: ConfiguredFunction[], options: Parameters<typeof startWatching>[2] = {}) {
    const watching = startWatching(testChain.chain, store.db, { functions, ...options });
    cleanUps.push(watching.stop);
    return watching;
  }
  /** Begins to watch an empty chain, so that every event from now on is delivered by position. */
  async function watchFromNow(settings: Partial<ConfiguredFunction> = {}, options: Parameters<typeof startWatching>[2] = {}) {
    const watching = watch([observer(receiver.url, settings)], options);
    await until("the function begins", async () => (await store.position()) === 0);
    return watching;
  }
  const settled = (sequence: number) =>
    until(
      `all up to ${sequence} is settled`,
      async () => (await store.position()) === sequence && (await store.retries()).length === 0,
    );
  const fail =
    (status: number, headers: Record<string, string> = {}) =>
    (): Answer => ({ status, headers });
  const has = (delivery: Delivery, sequence: number) => delivery.events.some((event) => Number(event.sequence) === sequence);

  it("posts CloudEvents in a batch, signed by Standard Webhooks", async () => {
    const fn = observer(receiver.url);
    watch([fn]);
    await until("the function begins", async () => (await store.position()) === 0);
    const [id = ""] = await testChain.start(1);
    await settled(1);
    const [delivery] = receiver.deliveries;
    expect(delivery?.headers["content-type"]).to.match(/^application\/cloudevents-batch\+json/);
    const headers = delivery?.headers as Record<string, string>;
    expect(() => new Webhook(fn.secret).verify(delivery?.body ?? "", headers)).not.to.throw();
    expect(() => new Webhook(observer("").secret).verify(delivery?.body ?? "", headers)).to.throw();
    const [event] = delivery?.events ?? [];
    const [row] = await store.rows<{ block_hash: string; log_index: number }>("select block_hash, log_index from events");
    expect(event).to.include({
      specversion: "1.0",
      id: `31337-${row?.block_hash}-${row?.log_index}`,
      source: `/chains/31337/contracts/${testChain.deployment.contracts.transferStateRepo.toLowerCase()}`,
      type: "eventmachine.transfer.started",
      subject: id,
      sequence: "1",
    });
    expect(event?.data).to.deep.include({ state: "STARTED", amount: { amount: "12345", currency: "THB" } });
    expect(delivery?.body).not.to.include("details");
  });

  it("posts one event at a time in structured mode, as a broker takes them, where it is told to", async () => {
    await watchFromNow({ batchSize: 1, concurrency: 1 });
    const ids = await testChain.start(3);
    await settled(3);
    for (const { headers, events } of receiver.deliveries) {
      expect(headers["content-type"]).to.match(/^application\/cloudevents\+json/);
      expect(events).to.have.length(1);
    }
    expect(new Set(receiver.deliveries.map(({ events }) => events[0]?.subject))).to.deep.equal(new Set(ids));
  });

  it("sends only the events that a function asks for", async () => {
    const completed = { types: ["eventmachine.transfer.completed"], payeeBank: "WHSKTHB1" };
    await watchFromNow(completed);
    const ids = await testChain.start(2);
    await testChain.advance(ids, "PENDING");
    await testChain.advance(ids, "COMPLETED");
    await settled(6);
    expect(receiver.types()).to.deep.equal(["completed", "completed"]);
  });

  for (const status of [401, 403, 408, 409, 429, 500, 503]) {
    it(`tries again on ${status}, with the same id, until it is taken`, async () => {
      receiver.answer = () => ({ status: receiver.deliveries.length < 4 ? status : 204 });
      await watchFromNow();
      await testChain.start(1);
      await settled(1);
      expect(receiver.sequences()).to.deep.equal([1, 1, 1, 1]);
      expect(new Set(receiver.deliveries.map(({ headers }) => headers["webhook-id"]))).to.have.property("size", 1);
    });
  }

  it("gives different requests different ids", async () => {
    let taken = false;
    receiver.answer = ({ events }) => ({ status: 200, body: { failed: taken ? [] : [{ id: events[0]?.id, error: "later" }] } });
    await watchFromNow();
    await testChain.start(2);
    await until("one of the two came again", () => receiver.deliveries.length >= 2);
    taken = true;
    await settled(2);
    const [both, one] = receiver.deliveries;
    expect(both?.events).to.have.length(2);
    expect(one?.events).to.have.length(1);
    expect(both?.headers["webhook-id"]).not.to.equal(one?.headers["webhook-id"]);
  });

  it("waits for as long as Retry-After asks", async () => {
    receiver.answer = fail(429, { "retry-after": "3000" });
    await watchFromNow();
    await testChain.start(1);
    await until("it is parked", async () => (await store.retries()).length === 1);
    const [retry] = await store.retries();
    expect(retry?.due_in).to.be.within(2_900, 3_000);
    expect(retry).to.include({ status: "waiting", attempts: 1 });
  });

  it("does not let Retry-After: 0 use up all tries at once", async () => {
    receiver.answer = fail(503, { "retry-after": "0" });
    await watchFromNow({}, { delivery: { maxAttempts: 5, firstRetryMs: 600_000, maxRetryMs: 600_000 } });
    await testChain.start(1);
    await until("it is parked", async () => (await store.retries()).length === 1);
    expect((await store.retries())[0])
      .to.include({ status: "waiting", attempts: 1 })
      .and.property("due_in")
      .to.be.above(200);
  });

  it("makes a dead letter of what fails too often, with the last error, and delivers the rest", async () => {
    receiver.answer = (delivery) => (has(delivery, 1) ? { status: 500, body: "no" } : { status: 200 });
    await watchFromNow({ batchSize: 1 }, { delivery: { maxAttempts: 3, firstRetryMs: 1, maxRetryMs: 2 } });
    await testChain.start(3);
    await until("it is dead", async () => (await store.retries())[0]?.status === "dead");
    await until("the rest is delivered", async () => (await store.position()) === 3);
    const retries = await store.retries();
    expect(retries).to.have.length(1);
    expect(retries[0]).to.include({ sequence: 1n, attempts: 3, last_error: 'HTTP 500: "no"' });
    expect(receiver.sequences().filter((sequence) => sequence === 1)).to.have.length(3);
  });

  it("makes a dead letter at once of what is refused", async () => {
    receiver.answer = fail(404);
    await watchFromNow();
    await testChain.start(2);
    await until("both are dead", async () => (await store.retries()).filter(({ status }) => status === "dead").length === 2);
    expect(receiver.deliveries).to.have.length(1);
    expect(await store.position()).to.equal(2);
  });

  it("finds the one event that a function cannot take, and delivers the others of its batch", async () => {
    receiver.answer = (delivery) => ({ status: has(delivery, 5) ? 400 : 200 });
    await watchFromNow();
    await testChain.start(8);
    await until("all is settled", async () => (await store.position()) === 8);
    expect((await store.retries()).map(({ sequence, status }) => [sequence, status])).to.deep.equal([[5n, "dead"]]);
    const taken = receiver.deliveries.filter((delivery) => !has(delivery, 5)).flatMap(({ events }) => events);
    expect(taken.map((event) => Number(event.sequence))).to.have.members([1, 2, 3, 4, 6, 7, 8]);
  });

  it("takes a function that answers 410 out of service, loses nothing of what is for it, and goes on with others", async () => {
    const other = await startReceiver();
    cleanUps.push(other.close);
    receiver.answer = fail(410);
    watch([observer(receiver.url), observer(other.url, { name: "other" })]);
    await until("both begin", async () => (await store.position()) === 0 && (await store.position("other")) === 0);
    await testChain.start(2);
    await until("the other has both", async () => (await store.position("other")) === 2);
    await until("the first is out of service", async () => {
      const [fn] = await store.rows<{ disabled_reason: string }>("select disabled_reason from functions where name = 'observer'");
      return fn?.disabled_reason?.includes("410") === true;
    });
    expect((await store.retries()).map(({ status }) => status)).to.deep.equal(["waiting", "waiting"]);
    await testChain.start(1);
    await until("the other has the third", async () => (await store.position("other")) === 3);
    expect(receiver.deliveries).to.have.length(1);
  });

  it("sends again only what the function says it could not deal with", async () => {
    receiver.answer = ({ events }) => {
      const failed = events.filter(({ sequence }) => sequence === "2").map(({ id }) => ({ id, error: "not yet" }));
      return { status: 200, body: { failed: receiver.deliveries.length < 3 ? failed : [] } };
    };
    await watchFromNow();
    await testChain.start(3);
    await settled(3);
    expect(receiver.sequences()).to.deep.equal([1, 2, 3, 2, 2]);
  });

  it("holds a transfer's later events back behind one that is parked, while others proceed", async () => {
    let broken = true;
    receiver.answer = (delivery) => ({ status: broken && has(delivery, 1) ? 503 : 200 });
    await watchFromNow({ batchSize: 1, concurrency: 4, retry: { maxAttempts: 10_000, firstRetryMs: 5, maxRetryMs: 40 } });
    const ids = await testChain.start(2);
    await testChain.advance(ids, "PENDING");
    await testChain.advance(ids, "COMPLETED");
    await until("the other transfer is done", () => receiver.sequences().includes(6));
    await until("what comes after the parked one waits behind it", async () => (await store.retries()).length === 3);
    expect(receiver.sequences()).not.to.include.members([3]);
    expect(receiver.sequences()).not.to.include.members([5]);
    broken = false;
    await settled(6);
    const first = receiver.sequences().filter((sequence) => sequence % 2 === 1);
    expect([...new Set(first)]).to.deep.equal([1, 3, 5]);
    expect(first.slice(-2)).to.deep.equal([3, 5]);
  });

  it("does not move its position past a batch whose failures are not parked yet", async () => {
    receiver.answer = (delivery) => ({ status: has(delivery, 1) ? 503 : 200 });
    await watchFromNow({ batchSize: 1, concurrency: 2 });
    // A row that is locked holds up the first event's parking; it is dead, so that it holds up nothing else.
    await store.rows("insert into retries values ('observer', 1, '0x', 0, now(), 'dead', null)");
    const locker = new pg.Client({ connectionString: store.url });
    await locker.connect();
    await locker.query("begin; select * from retries for update");
    await testChain.start(3);
    // The third takes the place of the second, whose outcome is committed by then.
    await until("the third has come", () => receiver.sequences().includes(3));
    expect(await store.position()).to.equal(0);
    await locker.query("rollback");
    await locker.end();
    await until("the first is parked, and the position past all", async () => (await store.position()) === 3);
    expect((await store.retries()).map(({ sequence, status }) => [sequence, status])).to.deep.equal([[1n, "waiting"]]);
  });

  it("delivers each event at least once and each transfer's in order, to a function that fails a third of the time", async () => {
    const acknowledged = new Map<string, number[]>();
    let seed = 7;
    const chance = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    receiver.answer = ({ events }) => {
      if (chance() < 0.15) return { status: 503 };
      const failed = events.filter(() => chance() < 0.2);
      for (const event of events) {
        const list = acknowledged.get(event.subject ?? "") ?? [];
        if (!failed.includes(event)) acknowledged.set(event.subject ?? "", [...list, Number(event.sequence)]);
      }
      return { status: 200, body: { failed: failed.map(({ id }) => ({ id, error: "by chance" })) } };
    };
    await watchFromNow({ batchSize: 7, concurrency: 4 }, { delivery: { maxAttempts: 1_000, firstRetryMs: 1, maxRetryMs: 8 } });
    const ids = await testChain.start(24);
    await testChain.advance(ids, "PENDING");
    await testChain.advance(ids, "COMPLETED");
    await settled(72);
    expect([...acknowledged.keys()]).to.have.members(ids);
    for (const sequences of acknowledged.values()) {
      // What was acknowledged behind a failure of the same request comes again: then in order.
      const last = sequences.slice(sequences.lastIndexOf(Math.min(...sequences)));
      expect([...new Set(last)]).to.deep.equal([...new Set(sequences)].sort((a, b) => a - b));
    }
  });

  it("sends again what a function answered for without acting", async () => {
    const [id = ""] = await testChain.start(1);
    watch([observer(receiver.url, { types: ["eventmachine.transfer.started"] })], { sweepAfterMs: 100 });
    await until("it has come three times", () => receiver.sequences().length >= 3);
    await testChain.advance([id], "PENDING");
    await untilCaughtUp(testChain.chain, store.db);
    await settled(2);
    expect(new Set(receiver.sequences())).to.deep.equal(new Set([1]));
  });

  it("rebuilds the same projection, and wakes functions for what is open only", async () => {
    const first = await watchFromNow();
    const ids = await testChain.start(3);
    await testChain.advance(ids, "PENDING");
    await testChain.advance(ids.slice(0, 1), "COMPLETED");
    await testChain.advance(ids.slice(1, 2), "REVERSING", "AC04");
    await settled(8);
    await first.stop();
    const before = await store.dump();
    await store.db.transaction().execute(wipeProjection);
    expect(await store.dump()).to.deep.equal([]);
    receiver.deliveries.length = 0;
    watch([observer(receiver.url)]);
    await settled(8);
    expect(await store.dump()).to.deep.equal(before);
    expect(receiver.deliveries.flatMap(({ events }) => events.map(({ subject }) => subject))).to.have.members(ids.slice(1));
    expect(receiver.types()).to.have.members(["pending", "reversing"]);
  });
});
