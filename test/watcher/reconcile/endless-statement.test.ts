import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { expect } from "chai";
import { createProcessComparison } from "../../../src/watcher/reconcile/compare-in-process.js";
import { startReceiver } from "../../../tools/support/receiver.js";
import { until } from "../../../tools/support/until.js";
import { startTestChain, type TestChain } from "../../support/chain.js";
import { program } from "../../support/programs.js";
import { startWatcherProcess } from "../../support/watcher-process.js";
import { observer, startTestStore } from "../../support/watching.js";

const BANK = "FAASTHB1";
const LINE = { postingId: "1", reference: "r", kind: "debit", amount: "1", currency: "THB", bookedAt: "2026-03-01T00:00:00Z" };
const DAY = "2026-03-01";

/** How a bank answers when it is asked for page number `page` of its statement. */
type Answer = (response: ServerResponse, page: number) => void;

const json = (response: ServerResponse, body: unknown) => response.end(JSON.stringify(body));
const STATEMENTS: Record<string, Answer> = {
  "always has a next page": (response, page) => json(response, { lines: [LINE], next: `p${page}` }),
  "has the same next page for ever": (response) => json(response, { lines: [LINE], next: "again" }),
  "has a thousand lines a page for ever": (response, page) =>
    json(response, { lines: Array(1_000).fill(LINE), next: `p${page}` }),
  "is a page of garbage": (response) => response.end("\u0000".repeat(1_000_000)),
  "is an answer of 64 MB": (response) => {
    const chunk = " ".repeat(1 << 20);
    for (let count = 0; count < 64; count += 1) response.write(chunk);
    response.end("{}");
  },
  "has a reference of a megabyte": (response) => json(response, { lines: [{ ...LINE, reference: "r".repeat(1 << 20) }] }),
};

describe("a bank's statement without an end", function () {
  this.timeout(180_000);
  let testChain: TestChain;
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });
  after(() => testChain.close());

  async function bankThat(answer: Answer) {
    let pages = 0;
    const server = createServer((request, response) => {
      request.resume();
      pages += 1;
      answer(response, pages);
    }).listen(0, "127.0.0.1");
    cleanUps.push(() => {
      server.closeAllConnections();
      server.close();
    });
    await until("the bank listens", () => server.listening);
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, pages: () => pages };
  }

  for (const [how, answer] of Object.entries(STATEMENTS)) {
    it(`is a failed comparison and nothing else where it ${how}`, async () => {
      const bank = await bankThat(answer);
      const receiver = await startReceiver();
      cleanUps.push(receiver.close);
      const store = await startTestStore();
      cleanUps.push(store.close);
      const overrides = { RECONCILE_BANKS: JSON.stringify([{ bank: BANK, url: bank.url, token: "t" }]) };
      const watcher = await startWatcherProcess(testChain, store.url, observer(receiver.url), testChain.url, [], overrides);
      cleanUps.push(watcher.end);
      await until("the bank is asked", () => bank.pages() > 0);
      const ids = await testChain.start(3);
      await until("the watcher delivers", () => receiver.sequences().length >= ids.length);
      await until("the comparison has failed", () => watcher.said("not compared with the chain"));
      let failures: { code: string }[] = [];
      await until("the failure is kept", async () => {
        failures = await store.rows<{ code: string }>("select code from reconciliation_failures");
        return failures.length > 0;
      });
      expect(failures.map(({ code }) => code)).to.include.oneOf(["bank-protocol", "bank-outcome-unknown", "internal"]);
      await testChain.start(1);
      await until("it goes on delivering", () => receiver.sequences().length > ids.length);
      expect(watcher.said("stopped watching")).to.equal(false);
    });
  }

  async function comparison(answer: Answer, limits: { timeLimitMs?: number; heapMb?: number }) {
    const bank = await bankThat(answer);
    const store = await startTestStore();
    cleanUps.push(store.close);
    await store.rows(`insert into chain (chain_id, genesis_hash, domain, contract) values ('1', '0x', 'd', '0x')`);
    await store.rows(
      `insert into cursor (block_number, block_hash, sequence, final_block, caught_up) values (1, '0x1', 0, 1, true)`,
    );
    const file = pathToFileURL(resolve(await program("src/bin/reconcile-statement.ts")));
    const deps = { program: file, databaseUrl: store.url, banks: [{ bank: BANK, url: bank.url, token: "t" }] };
    return createProcessComparison(deps, limits)(BANK, DAY, new AbortController().signal).then(
      () => "compared",
      (error: Error) => error.message,
    );
  }

  it("is given up after a time limit", async () => {
    expect(await comparison(() => undefined, { timeLimitMs: 2_000 })).to.equal("The comparison did not end within 2 s.");
  });

  it("fills the memory of its own process only", async () => {
    const message = await comparison(STATEMENTS["has a thousand lines a page for ever"] as Answer, { heapMb: 24 });
    expect(message).to.match(/process of the comparison ended with (SIGABRT|SIGTRAP|13\d|5)/);
  });

  it("is compared where it has one", async () => {
    expect(await comparison((response) => json(response, { lines: [] }), {})).to.equal("compared");
  });
});
