import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { sql } from "kysely";
import { startReceiver } from "../../../tools/support/receiver.js";
import { startApiProcess } from "../../support/api-process.js";
import { startTestChain, type TestChain } from "../../support/chain.js";
import { startWatcherProcess } from "../../support/watcher-process.js";
import { observer, startTestStore } from "../../support/watching.js";

const FIRST = `0x${"11".repeat(32)}`;
const SECOND = `0x${"22".repeat(32)}`;
const KEYS = { FUNCTION_SECRET_KEYS: JSON.stringify({ 1: FIRST }) };
// From docs/operations.md, "The key of functions' secrets".
const REPLACE_LOST = `update functions set previous_secret = null,
  secret = 'whsec_' || encode(sha256((gen_random_uuid()::text || gen_random_uuid()::text)::bytea), 'base64')`;

describe("functions' secrets in PostgreSQL", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  after(() => testChain.close());
  beforeEach(async () => {
    store = await startTestStore();
    cleanUps.push(store.close);
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  async function startApi(settings: Record<string, string> = KEYS) {
    const api = await startApiProcess(testChain, store.url, { FUNCTION_TARGET_NETWORKS: "127.0.0.1", ...settings });
    cleanUps.push(api.end);
    return api;
  }

  async function register(api: Awaited<ReturnType<typeof startApi>>): Promise<string[]> {
    const receiver = await startReceiver();
    cleanUps.push(receiver.close);
    const post = async (path: string, body: object) => {
      const headers = { authorization: `Bearer ${api.apiKey}`, "content-type": "application/json" };
      const response = await fetch(`${api.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
      expect(response.status).to.equal(201);
      return String(((await response.json()) as { secret: unknown }).secret);
    };
    const made = await post("/v1/functions", { name: "shop", types: ["eventmachine.transfer.completed"], url: receiver.url });
    return [made, await post("/v1/functions/shop/secret-rotations", { overlapSeconds: 3_600 })];
  }

  /** Every row of every table, as a dump has it. */
  async function dump(): Promise<string> {
    const tables = await store.rows<{ name: string }>(
      "select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public'",
    );
    const rows = await Promise.all(tables.map(({ name }) => store.rows<{ row: string }>(`select t::text as row from ${name} t`)));
    return rows
      .flat()
      .map(({ row }) => row)
      .join("\n");
  }

  const sealedWith = async () =>
    (await store.rows<{ secret: string; previous_secret: string | null }>("select secret, previous_secret from functions"))
      .flatMap(({ secret, previous_secret }) => [secret, ...(previous_secret === null ? [] : [previous_secret])])
      .map((sealed) => sealed.split(":").slice(0, 2).join(":"));

  function expectSealed(text: string, secrets: readonly string[]): void {
    expect(text).to.include("shop");
    expect(text).not.to.include("whsec_");
    for (const secret of secrets) expect(text).not.to.include(secret.slice("whsec_".length));
  }

  it("are in no table in the clear, the deployment's and registered ones, rotated ones too", async () => {
    const fn = observer("http://127.0.0.1:9/");
    const watcher = await startWatcherProcess(testChain, store.url, fn, testChain.url, [], KEYS);
    cleanUps.push(watcher.end);
    const secrets = await register(await startApi());
    const text = await dump();
    expect(text).to.include(fn.name);
    expectSealed(text, [fn.secret, ...secrets]);
  });

  it("stop API and watcher that have another key, with a message that names the variable and the key's version", async () => {
    const first = await startApi();
    await register(first);
    await first.end();
    const other = { FUNCTION_SECRET_KEYS: JSON.stringify({ 1: SECOND }) };
    const missing = { FUNCTION_SECRET_KEYS: JSON.stringify({ 2: SECOND }) };
    for (const settings of [other, missing]) {
      const api = await startApi(settings);
      const watcher = await startWatcherProcess(
        testChain,
        store.url,
        observer("http://127.0.0.1:9/"),
        testChain.url,
        [],
        settings,
      );
      cleanUps.push(watcher.end);
      for (const service of [api, watcher]) {
        expect(await service.exited).to.equal(1);
        expect(service.output()).to.match(/FUNCTION_SECRET_KEYS.*version 1/);
      }
    }
    expect(await sealedWith()).to.deep.equal(["sealed:1", "sealed:1"]);
  });

  it("are sealed with a new key at the next start, and need the old one no more", async () => {
    const before = await startApi();
    const secrets = await register(before);
    await before.end();
    const both = JSON.stringify({ 1: FIRST, 2: SECOND });
    const known = await startApi({ FUNCTION_SECRET_KEYS: both, FUNCTION_SECRET_KEY_VERSION: "1" });
    expect(await sealedWith()).to.deep.equal(["sealed:1", "sealed:1"]);
    await known.end();
    const rotated = await startApi({ FUNCTION_SECRET_KEYS: both });
    expect(await sealedWith()).to.deep.equal(["sealed:2", "sealed:2"]);
    await rotated.end();
    const after = await startApi({ FUNCTION_SECRET_KEYS: JSON.stringify({ 2: SECOND }) });
    expect(after.isRunning()).to.equal(true);
    expectSealed(await dump(), secrets);
  });

  it("that an earlier version left in the clear are sealed at the next start", async () => {
    const before = await startApi();
    await register(before);
    await before.end();
    const clear = [randomBytes(32), randomBytes(32)].map((bytes) => `whsec_${bytes.toString("base64")}`);
    await sql`update functions set secret = ${clear[0]}, previous_secret = ${clear[1]}`.execute(store.db);
    const after = await startApi();
    expect(after.isRunning()).to.equal(true);
    expect(await sealedWith()).to.deep.equal(["sealed:1", "sealed:1"]);
    expectSealed(await dump(), clear);
  });

  it("whose key is lost are replaced by the statement of the operations manual", async () => {
    const before = await startApi();
    await register(before);
    await before.end();
    await sql.raw(REPLACE_LOST).execute(store.db);
    const after = await startApi({ FUNCTION_SECRET_KEYS: JSON.stringify({ 2: SECOND }) });
    expect(after.isRunning()).to.equal(true);
    expect(await sealedWith()).to.deep.equal(["sealed:2"]);
    expect((await after.get("/v1/functions")).body.functions).to.have.length(1);
  });
});
