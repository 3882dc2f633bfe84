import { execFile } from "node:child_process";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { expect } from "chai";
import { AppError } from "../../src/domain/app-error.js";
import type { JournalEntry } from "../../src/domain/transfer-record.js";
import { openStore } from "../../src/store/open-store.js";
import { createJournal } from "../../src/store/transfers/journal.js";
import { SILENT } from "../../tools/support/logger.js";
import { startReceiver } from "../../tools/support/receiver.js";
import { startTcpProxy } from "../../tools/support/tcp-proxy.js";
import { until } from "../../tools/support/until.js";
import { tempFolder } from "../banks/helpers/temp-folder.js";
import { randomTransferId, startTestChain, type TestChain } from "../support/chain.js";
import { createDatabase } from "../support/postgres.js";
import { spawnPostgres, startPostgresServer } from "../support/postgres-server.js";
import { observer, startTestStore, startWatching } from "../support/watching.js";

const FATAL = 60;

describe("a store that fails", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let receiver: Awaited<ReturnType<typeof startReceiver>>;
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    receiver = await startReceiver();
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    await receiver.close();
  });
  after(() => testChain.close());

  type TestStore = Awaited<ReturnType<typeof startTestStore>>;
  async function ownServer(folder?: string) {
    const server = await startPostgresServer(folder);
    cleanUps.push(server.remove);
    return server;
  }
  async function storeAt(url?: string): Promise<TestStore> {
    const store = await startTestStore(url);
    cleanUps.push(store.close);
    return store;
  }
  function watch(store: TestStore) {
    const watching = startWatching(testChain.chain, store.db, { functions: [observer(receiver.url)], maxPageBlocks: 2 });
    cleanUps.push(watching.stop);
    return watching;
  }
  const begun = (store: TestStore) => until("the function begins", async () => (await store.position()) === 0);
  /** Everything is projected once, and was delivered. */
  async function expectComplete(store: TestStore, ids: readonly string[], watching: ReturnType<typeof watch>): Promise<void> {
    await until("all is delivered", async () => {
      const done = await Promise.all([store.position(), store.retries()]).catch(() => undefined);
      return done !== undefined && done[0] === ids.length && done[1].length === 0;
    });
    const all = ids.map((_, index) => index + 1);
    expect(await store.sequences()).to.deep.equal(all);
    expect([...(await store.states()).keys()]).to.have.members(ids);
    expect([...new Set(receiver.sequences())].sort((a, b) => a - b)).to.deep.equal(all);
    expect(watching.lines.filter(({ level }) => level === FATAL)).to.deep.equal([]);
    expect(await Promise.race([watching.ended, "still watching"])).to.equal("still watching");
  }

  it("by cutting connections before a commit and after it: what became of it is read back", async () => {
    const direct = await storeAt();
    const proxy = await startTcpProxy(direct.url);
    const store = openStore(proxy.url, SILENT);
    cleanUps.push(async () => {
      await store.close();
      await proxy.close();
    });
    const watching = startWatching(testChain.chain, store.db, { functions: [observer(receiver.url)], maxPageBlocks: 2 });
    cleanUps.push(watching.stop);
    await begun(direct);
    const cuts = { "cut-before": 0, "cut-after": 0 };
    let commits = 0;
    // A page is one statement, which commits by itself.
    proxy.judge((text) => {
      if (!text.includes("insert into blocks") && !text.includes("commit\0")) return undefined;
      commits += 1;
      const cut = commits % 5 === 2 ? "cut-after" : commits % 5 === 4 ? "cut-before" : undefined;
      if (cut !== undefined) cuts[cut] += 1;
      return cut;
    });
    const ids: string[] = [];
    while (cuts["cut-before"] < 3 || cuts["cut-after"] < 3) ids.push(...(await testChain.start(2)));
    proxy.judge(undefined);
    await expectComplete(direct, ids, watching);
  });

  it("by not answering for an entry of the journal: the same request again finds it", async () => {
    const direct = await storeAt();
    const proxy = await startTcpProxy(direct.url);
    const store = openStore(proxy.url, SILENT);
    cleanUps.push(async () => {
      await store.close();
      await proxy.close();
    });
    const journal = createJournal(store.db, testChain.deployment.domain);
    const entry: JournalEntry = {
      transferId: randomTransferId(),
      requestHash: `0x${"4e".repeat(32)}`,
      principal: "alice",
      payerBank: "FAASTHB1",
      payeeBank: "WHSKTHB1",
      currencyNumeric: 764,
      amountMinor: 5n,
      deadlineSeconds: 2_000_000_000,
      details: new Uint8Array([1]),
      fieldHashes: {},
      acceptedAt: new Date(),
      status: "accepted",
    };
    proxy.judge((text) => (/insert into "?journal/i.test(text) ? "cut-after" : undefined));
    const error = await journal.insert(entry).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).to.be.instanceOf(AppError).with.property("code", "store-unavailable");
    proxy.judge(undefined);
    expect(await journal.insert(entry)).to.equal(false);
    expect(await direct.rows("select transfer_id from journal")).to.deep.equal([{ transfer_id: entry.transferId }]);
  });

  for (const [what, fail] of [
    ["being restarted", "stop"],
    ["crashing", "crash"],
  ] as const) {
    it(`by ${what} again and again: nothing is lost, nothing is projected twice`, async () => {
      const server = await ownServer();
      const store = await storeAt(await createDatabase(server.url, "outages"));
      const watching = watch(store);
      await begun(store);
      const ids: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        ids.push(...(await testChain.start(2)));
        await server[fail]();
        ids.push(...(await testChain.start(2)));
        await server.start();
        ids.push(...(await testChain.start(1)));
      }
      await expectComplete(store, ids, watching);
    });
  }

  it("by refusing a second server on its folder: that one says why, and the first goes on", async () => {
    const server = await ownServer();
    const second = await spawnPostgres(server.dataFolder, server.port + 1, server.password);
    expect(await second.exited).to.equal(1);
    expect(second.output()).to.include("postmaster.pid").and.include("two would destroy the data");
    expect(server.isRunning()).to.equal(true);
    await storeAt(await createDatabase(server.url, "still_there"));
  });

  // A disk of its own takes the right to mount one.
  if (process.getuid?.() === 0) {
    it("by a full disk: what it took it keeps, and it goes on once there is room", async () => {
      const folder = tempFolder();
      await promisify(execFile)("mount", ["-t", "tmpfs", "-o", "size=150m,mode=755", "tmpfs", folder.path]);
      cleanUps.push(async () => {
        await promisify(execFile)("umount", ["-l", folder.path]);
        folder.remove();
      });
      const server = await ownServer(join(folder.path, "postgres"));
      const store = await storeAt(await createDatabase(server.url, "disk"));
      const watching = watch(store);
      await begun(store);
      const ids = await testChain.start(3);
      await until("they are delivered", async () => (await store.position()) === 3);
      const ballast = join(folder.path, "ballast");
      await fill(ballast);
      // A segment of the write-ahead log is made beforehand: it takes that much before nothing more can be written.
      const filler = store.rows("create table filler as select repeat('x', 2000) as text from generate_series(1, 100000)");
      expect(await filler.catch((error: Error) => error)).to.be.instanceOf(Error);
      await fill(ballast);
      ids.push(...(await testChain.start(3)));
      await until("the store fails, or takes it in the room that it kept", async () => {
        if (!server.isRunning()) return true;
        return watching.failures().length > 0 || watching.said("stopped watching") || receiver.sequences().includes(6);
      });
      await rm(ballast);
      if (!server.isRunning()) await server.start();
      await expectComplete(store, ids, watching);
    });
  }
});

/** Writes until there is no room. */
async function fill(path: string): Promise<void> {
  const file = await open(path, "a");
  try {
    for (let chunk = 1 << 20; chunk >= 1 << 12; ) await file.write(Buffer.alloc(chunk, 1)).catch(() => (chunk /= 2));
  } finally {
    await file.close();
  }
}
