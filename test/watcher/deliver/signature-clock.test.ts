import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { Webhook } from "standardwebhooks";
import { insertFunction } from "../../../src/store/functions/function-registry.js";
import { TEST_SECRETS } from "../../../tools/support/function-secrets.js";
import { startReceiver } from "../../../tools/support/receiver.js";
import { until } from "../../../tools/support/until.js";
import { tempFolder } from "../../banks/helpers/temp-folder.js";
import { startTestChain, type TestChain } from "../../support/chain.js";
import { startWatcherProcess } from "../../support/watcher-process.js";
import { observer, startTestStore } from "../../support/watching.js";

const MINUTE_MS = 60_000;
const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
// Two tries, so that a delivery is dead long before a person would have set the clock right.
const RETRY = { maxAttempts: 2, firstRetryMs: 5, maxRetryMs: 10 };

describe("a function that verifies signatures, while the watcher's clock is wrong", function () {
  this.timeout(300_000);
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let watcher: Awaited<ReturnType<typeof startWatcherProcess>>;
  const folder = tempFolder();
  const stepFile = join(folder.path, "step");
  const cleanUps: (() => Promise<unknown> | unknown)[] = [folder.remove];

  before(async () => {
    testChain = await startTestChain();
    cleanUps.push(testChain.close);
    store = await startTestStore();
    cleanUps.push(store.close);
    // As a leg does: it moves on what it was told of, if it takes the signature.
    const receiver = await startReceiver(async ({ body, headers, events }) => {
      try {
        new Webhook(SECRET).verify(body, headers as Record<string, string>);
      } catch {
        return { status: 401 };
      }
      await testChain.advance([...new Set(events.map(({ subject }) => subject ?? ""))], "PENDING");
      return { status: 200 };
    });
    cleanUps.push(receiver.close);
    await writeFile(stepFile, "0");
    watcher = await startWatcherProcess(
      testChain,
      store.url,
      observer(receiver.url, { name: "unused", types: ["eventmachine.transfer.reversed"] }),
      testChain.url,
      ["--import", resolve("tools/support/stepped-clock.mjs")],
      { CLOCK_STEP_FILE: stepFile, SWEEP_AFTER_MS: "200", FUNCTION_TARGET_NETWORKS: "127.0.0.1/32" },
    );
    cleanUps.push(watcher.end);
    const filter = { payerBank: null, payeeBank: null, ofPrincipal: null, currency: null };
    const types = ["eventmachine.transfer.started"];
    const settings = { url: receiver.url, types, ...filter, batchSize: 10, concurrency: 1, retry: RETRY };
    await insertFunction(store.db, TEST_SECRETS, { name: "leg", secret: SECRET, owner: "alice", settings }, 10);
    await until("the function begins", async () => (await store.position("leg")) >= 0);
  });
  after(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });

  for (const minutes of [10, -10, 120, -120]) {
    it(`by ${minutes} minutes gets its dead letters again, so that no transfer stays STARTED, and the log names the clocks`, async () => {
      await writeFile(stepFile, String(minutes * MINUTE_MS));
      const ids = await testChain.start(2);
      await until("both are given up, or revived since", async () => {
        const rows = await store.rows<{ last_error: string }>(
          "select last_error from retries where function = 'leg' and (status = 'dead' or revivals > 0)",
        );
        return rows.length === 2 && rows.every(({ last_error }) => last_error.startsWith("HTTP 401"));
      });
      const [row] = await store.rows<{ last_error: string }>("select last_error from retries where function = 'leg'");
      expect(row?.last_error).to.match(
        new RegExp(`^HTTP 401, and its clock is \\d+ s ${minutes > 0 ? "behind" : "ahead of"} ours`),
      );
      expect(watcher.said("the function's clock and this machine's differ too much for a signature")).to.equal(true);
      await writeFile(stepFile, "0");
      await until("both have moved on", async () => {
        const states = await store.states();
        return ids.every((id) => states.get(id) === "PENDING");
      });
    });
  }
});
