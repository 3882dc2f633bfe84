import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";
import { expect } from "chai";
import { inheritedEnvironment } from "../../../src/config/config.js";
import { upsertFunctions } from "../../../src/store/functions/retries.js";
import { TEST_SECRETS } from "../../../tools/support/function-secrets.js";
import { startReceiver } from "../../../tools/support/receiver.js";
import { until } from "../../../tools/support/until.js";
import { startTestChain, type TestChain } from "../../support/chain.js";
import { program } from "../../support/programs.js";
import { observer, startTestStore, startWatching } from "../../support/watching.js";

describe("a function that is down, dead letters, and npm run deliveries", function () {
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

  async function watch(settings = {}, options: Parameters<typeof startWatching>[2] = {}) {
    const functions = [observer(receiver.url, settings)];
    const watching = startWatching(testChain.chain, store.db, { functions, ...options });
    cleanUps.push(watching.stop);
    await until("the function begins", async () => (await store.position()) === 0);
    return watching;
  }
  const settled = (sequence: number) =>
    until(`all up to ${sequence} is settled`, async () => {
      return (await store.position()) === sequence && (await store.retries()).length === 0;
    });
  const dead = async () => (await store.retries()).filter(({ status }) => status === "dead").length;

  /** The command as an operator runs it. */
  async function deliveries(...args: string[]): Promise<{ code: number; out: string; rows: Record<string, unknown>[] }> {
    const environment = { ...inheritedEnvironment(), DATABASE_URL: store.url };
    const command = [await program("scripts/ops/deliveries.ts"), ...args];
    const { code, stdout, stderr } = await promisify(execFile)(process.execPath, command, { env: environment }).then(
      (done) => ({ code: 0, ...done }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    const lines = args.includes("--json") ? stdout.trim().split("\n") : [];
    return { code, out: stdout + stderr, rows: lines.filter((line) => line !== "").map((line) => JSON.parse(line)) };
  }

  it("is asked by one request at a time, keeps what is new at its position, and gets all once it is back", async () => {
    let underWay = 0;
    let most = 0;
    let down = true;
    receiver.answer = async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 20));
      underWay -= 1;
      return { status: down ? 503 : 200 };
    };
    const delivery = { maxAttempts: 1_000, firstRetryMs: 20, maxRetryMs: 40 };
    const watching = await watch({ batchSize: 1, concurrency: 4 }, { delivery });
    await testChain.start(60);
    await until("it is known to be down", () => watching.said("the function is down"));
    // Of four at once, three may have been launched before it was known, and not have arrived yet.
    const known = receiver.deliveries.length;
    await until("what was launched before is over", () => receiver.deliveries.length >= known + 5 && underWay === 0);
    most = 0;
    const asked = receiver.deliveries.length;
    await until("it was asked now and then", () => receiver.deliveries.length >= asked + 5);
    expect(most).to.equal(1);
    expect(await store.position()).to.be.lessThan(60);
    expect(watching.lines.filter(({ msg }) => msg === "the function is down; asking it now and then")).to.have.length(1);
    down = false;
    await settled(60);
    expect(watching.said("answers again")).to.equal(true);
    expect(new Set(receiver.sequences())).to.have.property("size", 60);
  });

  it("holds up no other function", async () => {
    const other = await startReceiver();
    cleanUps.push(other.close);
    receiver.answer = () => "never";
    await upsertFunctions(store.db, TEST_SECRETS, [observer(other.url, { name: "other" })]);
    await watch({ batchSize: 1, concurrency: 1 });
    await testChain.start(5);
    await until("the other has all", async () => (await store.position("other")) === 5);
    expect(await store.position()).to.equal(0);
  });

  it("shows where each function stands, and what is parked, with the last error", async () => {
    receiver.answer = ({ events }) => {
      const failed = events.filter(({ sequence }) => sequence === "2").map(({ id }) => ({ id, error: "no such account" }));
      return { status: 200, body: { failed } };
    };
    await watch({}, { delivery: { maxAttempts: 2, firstRetryMs: 1, maxRetryMs: 2 } });
    const ids = await testChain.start(3);
    await until("one is dead", async () => (await dead()) === 1);
    await until("the rest is done", async () => (await store.position()) === 3);
    const [standing] = (await deliveries("--json")).rows;
    expect(standing).to.deep.include({ name: "observer", position: "3", behind: 0, waiting: 0, dead: 1, disabledReason: null });
    expect(standing?.lastError).to.equal("no such account");
    const [letter] = (await deliveries("list", "observer", "--dead", "--json")).rows;
    expect(letter).to.include({ function: "observer", sequence: "2", transferId: ids[1], status: "dead", attempts: 2 });
    expect((await deliveries()).out)
      .to.include("observer")
      .and.to.include("no such account");
  });

  it("replays one dead letter, or all of them", async () => {
    let refusing = true;
    receiver.answer = () => ({ status: refusing ? 404 : 200 });
    await watch({ batchSize: 1 });
    await testChain.start(3);
    await until("all are dead", async () => (await dead()) === 3);
    refusing = false;
    receiver.deliveries.length = 0;
    expect(await deliveries("replay", "observer", "2")).to.deep.include({
      code: 0,
      out: "1 dead letter will be delivered again.\n",
    });
    await until("the one is delivered", async () => (await dead()) === 2 && receiver.sequences().length === 1);
    expect(receiver.sequences()).to.deep.equal([2]);
    expect((await deliveries("replay", "--all")).out).to.include("2 dead letters");
    await settled(3);
    expect(receiver.sequences().sort()).to.deep.equal([1, 2, 3]);
    expect((await deliveries("replay", "observer")).code).to.equal(1);
  });

  it("puts a function back into service that answered 410, while the watcher runs, and nothing is lost", async () => {
    receiver.answer = () => ({ status: 410 });
    await watch();
    await testChain.start(2);
    await until("it is out of service", async () => (await deliveries("--json")).rows[0]?.disabledReason !== null);
    await testChain.start(2);
    receiver.answer = () => ({ status: 200 });
    receiver.deliveries.length = 0;
    expect((await deliveries("enable", "observer")).out).to.include("in service again");
    await settled(4);
    expect(new Set(receiver.sequences())).to.deep.equal(new Set([1, 2, 3, 4]));
    expect((await deliveries("enable", "observer")).out).to.include("was not out of service");
  });

  it("has PostgreSQL count what is parked, which it would take for nothing", async () => {
    receiver.answer = () => ({ status: 503 });
    await watch({ batchSize: 120 });
    await testChain.start(120);
    await until("it is counted", async () => {
      const [row] = await store.rows<{ counted: boolean }>(
        "select last_analyze is not null as counted from pg_stat_user_tables where relname = 'retries'",
      );
      return row?.counted === true;
    });
  });

  it("delivers to a function that is registered, or moved, while the watcher runs", async () => {
    await watch();
    await testChain.start(1);
    await settled(1);
    const other = await startReceiver();
    cleanUps.push(other.close);
    await upsertFunctions(store.db, TEST_SECRETS, [observer(other.url), observer(other.url, { name: "new" })]);
    await until("both were taken notice of", async () => {
      await testChain.start(1);
      return (await store.position("new")) > 0 && other.deliveries.length > 1;
    });
  });

  for (const [what, args] of [
    ["an unknown command", ["dance", "observer"]],
    ["an unknown function", ["replay", "nobody"]],
    ["a replay of nothing in particular", ["replay"]],
    ["an unknown option", ["--force"]],
    ["a sequence that is none", ["replay", "observer", "x"]],
  ] as const) {
    it(`explains itself on ${what}`, async () => {
      await upsertFunctions(store.db, TEST_SECRETS, [observer(receiver.url)]);
      const { code, out } = await deliveries(...args);
      expect(code).to.equal(2);
      expect(out).to.include("npm run deliveries");
    });
  }
});
