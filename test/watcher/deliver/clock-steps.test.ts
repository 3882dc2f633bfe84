import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { until } from "../../../tools/support/until.js";
import { tempFolder } from "../../banks/helpers/temp-folder.js";
import { startTestChain, type TestChain } from "../../support/chain.js";
import { startWatcherProcess } from "../../support/watcher-process.js";
import { observer, startTestStore } from "../../support/watching.js";

const TWO_HOURS_MS = 7_200_000;

describe("a watcher whose machine's clock is set", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });
  after(() => testChain.close());

  for (const [where, stepMs] of [
    ["back", -TWO_HOURS_MS],
    ["forward", TWO_HOURS_MS],
  ] as const) {
    it(`two hours ${where} while a function is down delivers once the function is back`, async () => {
      const folder = tempFolder();
      cleanUps.push(folder.remove);
      const stepFile = join(folder.path, "step");
      await writeFile(stepFile, "0");
      const store = await startTestStore();
      cleanUps.push(store.close);
      let isUp = false;
      let answered = 0;
      const server = createServer((request, response) => {
        request.resume().on("end", () => {
          if (isUp) answered += 1;
          response.writeHead(isUp ? 200 : 503).end();
        });
      }).listen(0, "127.0.0.1");
      cleanUps.push(
        () => server.closeAllConnections(),
        () => server.close(),
      );
      await until("the receiver listens", () => server.listening);
      const { port } = server.address() as AddressInfo;
      const fn = observer(`http://127.0.0.1:${port}/`, { batchSize: 1, concurrency: 8 });
      const preload = ["--import", resolve("tools/support/stepped-clock.mjs")];
      const watcher = await startWatcherProcess(testChain, store.url, fn, testChain.url, preload, { CLOCK_STEP_FILE: stepFile });
      cleanUps.push(watcher.end);
      await until("the function begins", async () => (await store.position()) >= 0);
      const ids = await testChain.start(8);
      await until("the function is taken for down", () => watcher.said("the function is down"));
      await writeFile(stepFile, String(stepMs));
      isUp = true;
      await until("all is delivered", () => answered >= ids.length);
      // It goes on: a new block, a new event, a renewed lease.
      await testChain.start(1);
      await until("a later event is delivered", () => answered > ids.length);
      expect(watcher.said("stopped watching")).to.equal(false);
    });
  }
});
