import { expect } from "chai";
import { sql } from "kysely";
import pg from "pg";
import { AppError } from "../../src/domain/app-error.js";
import { migrateStore, openStore, type Store } from "../../src/store/open-store.js";
import { SILENT } from "../../tools/support/logger.js";
import { until } from "../../tools/support/until.js";
import { startApiProcess } from "../support/api-process.js";
import { startTestChain, type TestChain } from "../support/chain.js";
import { createTestDatabase } from "../support/postgres.js";
import { startWatcherProcess } from "../support/watcher-process.js";
import { observer } from "../support/watching.js";

const PARALLEL = 8;

describe("a database that fails over", function () {
  this.timeout(120_000);
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];
  let url: string;
  let name: string;
  let admin: pg.Client;

  beforeEach(async () => {
    url = await createTestDatabase();
    name = new URL(url).pathname.slice(1);
    const server = new URL(url);
    server.pathname = "/postgres";
    admin = new pg.Client({ connectionString: server.href });
    await admin.connect();
    cleanUps.push(() => admin.end());
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  async function prepared(fill?: Parameters<Store["prepare"]>[0]): Promise<Store> {
    const store = openStore(url, SILENT);
    cleanUps.push(store.close);
    await store.prepare(fill);
    return store;
  }
  const endSessions = () => admin.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1", [name]);
  /** Sessions keep what they began with: that is how a demoted server looks to connections of before. */
  async function setReadOnly(on: boolean): Promise<void> {
    await admin.query(`alter database ${name} set default_transaction_read_only = ${on ? "on" : "off"}`);
  }
  async function recreate(): Promise<void> {
    await admin.query(`drop database ${name} with (force)`);
    await admin.query(`create database ${name}`);
  }
  const write = (store: Store) =>
    store.db.insertInto("leases").values({ name: crypto.randomUUID(), holder: "h", epoch: 1n, expires_at: new Date() }).execute();
  const writes = (store: Store) => Promise.allSettled(Array.from({ length: PARALLEL }, () => write(store)));
  const codesOf = (results: PromiseSettledResult<unknown>[]) =>
    results.map((result) => (result.status === "fulfilled" ? "ok" : String(Reflect.get(result.reason as Error, "code"))));

  it("discards every connection of a read-only server after the first refused write", async () => {
    const store = await prepared();
    await setReadOnly(true);
    await endSessions();
    // Each of these makes a connection, and none can write.
    const [first] = codesOf((await writes(store)).slice(0, 1));
    expect(first).to.be.oneOf(["25006", "57P01", "undefined"]);
    await until("all connections are read-only", async () =>
      (await codesOf(await writes(store))).every((code) => code === "25006"),
    );
    // Idle again, and of before the promotion.
    await Promise.all(Array.from({ length: PARALLEL }, () => sql`select pg_sleep(0.05)`.execute(store.db)));
    const failure = await store.assertWritable().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(AppError).with.property("code", "store-unavailable");
    await setReadOnly(false);
    await Promise.all(Array.from({ length: PARALLEL }, () => sql`select pg_sleep(0.05)`.execute(store.db)));
    await write(store).catch(() => undefined);
    expect(codesOf(await writes(store))).to.deep.equal(Array(PARALLEL).fill("ok"));
    await store.assertWritable();
  });

  it("prepares a database again that was dropped and made anew, schema and content", async () => {
    let filled = 0;
    const store = await prepared(async (db) => {
      filled += 1;
      await sql`insert into leases (name, holder, epoch, expires_at) values ('filled', 'h', 1, now())`.execute(db);
    });
    await recreate();
    await until("it is prepared again", async () =>
      sql`select 1 from leases where name = 'filled'`.execute(store.db).then(
        ({ rows }) => rows.length === 1,
        () => false,
      ),
    );
    expect(filled).to.equal(2);
    await store.assertWritable();
  });

  it("notices that another service has made the tables anew under its open connections", async () => {
    let filled = 0;
    const store = await prepared(async () => {
      filled += 1;
    });
    const other = openStore(url, SILENT);
    cleanUps.push(other.close);
    await sql.raw("drop schema public cascade; create schema public").execute(other.db);
    await migrateStore(other.db);
    const failure = await store.assertSame().catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(AppError).with.property("code", "store-unavailable");
    await until("it is prepared again", async () =>
      store.assertSame().then(
        () => true,
        () => false,
      ),
    );
    expect(filled).to.equal(2);
  });

  describe("under the API and the watcher", () => {
    let testChain: TestChain;
    before(async () => {
      testChain = await startTestChain();
    });
    after(() => testChain.close());

    async function services() {
      const watcher = await startWatcherProcess(testChain, url, observer("http://127.0.0.1:9/"));
      cleanUps.push(watcher.end);
      const api = await startApiProcess(testChain, url);
      cleanUps.push(api.end);
      await until("the API is ready", async () => (await api.get("/readyz")).status === 200);
      return { api, watcher };
    }

    it("answers 503 with Retry-After while the server is read-only, says so in /readyz, and goes on by itself", async () => {
      const { api, watcher } = await services();
      await setReadOnly(true);
      await endSessions();
      await until("it is not ready", async () => (await api.get("/readyz")).status === 503);
      await until("the watcher is not ready", async () => (await watcher.ready()).status === 503);
      await setReadOnly(false);
      await until("it is ready again", async () => (await api.get("/readyz")).status === 200);
      await until("the watcher is ready again", async () => (await watcher.ready()).status === 200);
      expect((await api.get("/v1/functions")).status).to.equal(200);
      expect(api.isRunning()).to.equal(true);
    });

    it("answers neither 500 nor 401 over an empty database, and goes on by itself", async () => {
      const { api, watcher } = await services();
      await recreate();
      const seen = new Set<number>();
      await until("it answers again", async () => {
        const { status, retryAfter } = await api.get("/v1/functions");
        seen.add(status);
        if (status === 503) expect(retryAfter).to.match(/^[1-9]/);
        return status === 200;
      });
      expect([...seen]).to.have.members(seen.has(503) ? [200, 503] : [200]);
      await until("it is ready", async () => (await api.get("/readyz")).status === 200);
      await until("the watcher is ready", async () => (await watcher.ready()).status === 200);
      expect((await api.get("/v1/functions", "another-key")).status).to.equal(401);
      expect(api.isRunning()).to.equal(true);
      expect(watcher.said('"level":60')).to.equal(false);
    });

    it("answers 503 for its own key while the watcher alone has made the tables anew", async () => {
      const { api } = await services();
      const other = openStore(url, SILENT);
      cleanUps.push(other.close);
      await sql.raw("drop schema public cascade; create schema public").execute(other.db);
      await migrateStore(other.db);
      const seen = new Set<number>();
      await until("it answers again", async () => {
        const { status } = await api.get("/v1/functions");
        seen.add(status);
        return status === 200;
      });
      expect(seen.has(401), "401").to.equal(false);
      expect(seen.has(500), "500").to.equal(false);
    });
  });
});
