import { cp } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { sql } from "kysely";
import { readTransfers } from "../../src/chain/contracts/read-transfers.js";
import { createFunctionApp } from "../../src/functions/app.js";
import { debit } from "../../src/functions/debit.js";
import { handleEvents } from "../../src/functions/handle-events.js";
import type { Db } from "../../src/store/schema.js";
import { SILENT } from "../../tools/support/logger.js";
import { until } from "../../tools/support/until.js";
import { tempFolder } from "../banks/helpers/temp-folder.js";
import { startTestChain, type TestChain } from "../support/chain.js";
import { startLegNetwork } from "../support/leg-network.js";
import { createDatabase } from "../support/postgres.js";
import { startPostgresServer } from "../support/postgres-server.js";
import { observer, startTestStore, startWatching } from "../support/watching.js";

// What waits must not be given up while its store is taken away.
const PATIENT = { maxAttempts: 10_000, firstRetryMs: 5, maxRetryMs: 40 };
/** What the chain cannot tell again, as docs/reliability.md lists it; parents first. */
const NEEDS_BACKUP = [
  ...["journal", "earlier_chains", "earlier_transfers", "api_keys", "functions", "function_modules", "retries"],
  ...["rollbacks", "removed_events"],
];

/** The rows of the tables as of one moment, as `pg_dump` takes them. */
async function backUp(db: Db): Promise<Map<string, unknown[]>> {
  return await db
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute(async (transaction) => {
      const tables = new Map<string, unknown[]>();
      for (const table of NEEDS_BACKUP) {
        const { rows } = await sql<{ row: unknown }>`select to_jsonb(t) as row from ${sql.table(table)} t`.execute(transaction);
        tables.set(
          table,
          rows.map(({ row }) => row),
        );
      }
      return tables;
    });
}

async function restore(db: Db, backup: ReadonlyMap<string, unknown[]>): Promise<void> {
  for (const [table, rows] of backup) {
    await sql`insert into ${sql.table(table)} overriding system value
      select * from jsonb_populate_recordset(null::${sql.table(table)}, ${JSON.stringify(rows)}::jsonb)`.execute(db);
  }
}

describe("a store that is lost", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let network: Awaited<ReturnType<typeof startLegNetwork>>;
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];
  const OPENING_MINOR = 10_000_000n;
  const AMOUNT_MINOR = 12_345n;

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    network = await startLegNetwork(testChain, OPENING_MINOR);
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    await network.close();
  });
  after(() => testChain.close());

  /** The payer's bank's debit function, and how it is registered. `away` makes it unreachable for a while. */
  async function startDebit() {
    const fn = observer("", { name: "debit", types: ["eventmachine.transfer.started"], batchSize: 2 });
    const deps = network.legDeps(debit);
    let away = false;
    const handled: string[] = [];
    const app = createFunctionApp({
      secrets: [fn.secret],
      logger: SILENT,
      handle: async (events) => {
        if (away) throw new Error("away");
        handled.push(...events.map((event) => event.subject ?? ""));
        return await handleEvents(deps, events);
      },
      check: async () => undefined,
    });
    fn.url = `${await app.listen({ host: "127.0.0.1", port: 0 })}/`;
    cleanUps.push(() => app.close());
    return { fn, handled, goAway: (on: boolean) => (away = on) };
  }
  async function storeAt(url?: string) {
    const store = await startTestStore(url);
    cleanUps.push(store.close);
    return store;
  }
  function watch(db: Db, fn: Awaited<ReturnType<typeof startDebit>>["fn"]) {
    const watching = startWatching(testChain.chain, db, { functions: [fn], sweepAfterMs: 500, delivery: PATIENT });
    cleanUps.push(watching.stop);
    return watching;
  }
  const startMany = async (count: number) => {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) ids.push(await network.start());
    return ids;
  };
  async function areDebited(ids: readonly string[]): Promise<boolean> {
    const found = await readTransfers(testChain.chain, ids, await testChain.blockNumber());
    return found.every(({ state }) => state === "PENDING");
  }
  /** Some are parked; others wait at the function's position, since it is asked no more than now and then while it is away. */
  async function wait({ states, retries }: Awaited<ReturnType<typeof storeAt>>, ids: readonly string[]): Promise<boolean> {
    const known = await states();
    return ids.every((id) => known.has(id)) && (await retries()).length > 0;
  }
  function expectOneDebitEach(ids: readonly string[]): void {
    expect(network.balanceMinor()).to.equal(OPENING_MINOR - BigInt(ids.length) * AMOUNT_MINOR);
  }

  it("is made anew from its backup and the chain: no transfer is forgotten, and none is debited twice", async () => {
    const { fn, handled, goAway } = await startDebit();
    const lost = await storeAt();
    const first = watch(lost.db, fn);
    await until("the function begins", async () => (await lost.position("debit")) >= 0);
    const done = await startMany(3);
    await until("they are debited", () => areDebited(done));
    goAway(true);
    const waiting = await startMany(3);
    await until("they wait", () => wait(lost, waiting));
    const backup = await backUp(lost.db);
    const later = await startMany(3);
    await first.stop();
    await lost.close();

    const restored = await storeAt();
    await restore(restored.db, backup);
    expect(await restored.position("debit")).to.be.greaterThan(0);
    goAway(false);
    handled.length = 0;
    watch(restored.db, fn);
    const all = [...done, ...waiting, ...later];
    await until("all are debited", () => areDebited(all));
    expectOneDebitEach(all);
    expect([...(await restored.states()).keys()]).to.have.members(all);
    // What was done is not even asked for again.
    expect(handled).not.to.include.members(done.slice(0, 1));
  });

  it("is made anew from the chain alone, where there is no backup: no transfer is forgotten, and none is debited twice", async () => {
    const { fn, goAway } = await startDebit();
    const lost = await storeAt();
    const first = watch(lost.db, fn);
    await until("the function begins", async () => (await lost.position("debit")) >= 0);
    const done = await startMany(2);
    await until("they are debited", () => areDebited(done));
    goAway(true);
    const open = await startMany(3);
    await first.stop();
    goAway(false);
    const fresh = await storeAt();
    watch(fresh.db, fn);
    await until("all are debited", () => areDebited([...done, ...open]));
    expectOneDebitEach([...done, ...open]);
  });

  it("is rolled back to an older copy of its folder: it comes to what the chain says, and none is debited twice", async () => {
    const { fn, goAway } = await startDebit();
    const server = await startPostgresServer();
    cleanUps.push(server.remove);
    const copy = tempFolder();
    cleanUps.push(copy.remove);
    const url = await createDatabase(server.url, "copied");
    const store = await storeAt(url);
    const watching = watch(store.db, fn);
    await until("the function begins", async () => (await store.position("debit")) >= 0);
    goAway(true);
    const before = await startMany(2);
    await until("they wait", () => wait(store, before));
    await server.stop();
    const folder = join(copy.path, "data");
    await cp(server.dataFolder, folder, { recursive: true, preserveTimestamps: true });
    await server.start();
    goAway(false);
    const after = await startMany(2);
    await until("all are debited", () => areDebited([...before, ...after]));
    await until("its store knows it", async () => (await store.sequences()).length === 8 && (await store.retries()).length === 0);
    await watching.stop();
    const newest = await store.dump();
    await server.stop();
    await server.replaceData(folder);
    await server.start();
    const older = await storeAt(url);
    expect(await older.retries()).not.to.be.empty;
    watch(older.db, fn);
    await until("it has caught up with the chain", async () => (await older.sequences()).length === 8);
    await until("nothing is left to deliver", async () => (await older.retries()).length === 0);
    expect(await older.dump()).to.deep.equal(newest);
    expectOneDebitEach([...before, ...after]);
  });
});
