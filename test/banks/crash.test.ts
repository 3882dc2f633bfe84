import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { createRestConnector } from "../../src/banks/rest-connector.js";
import type { PostingOutcome } from "../../src/domain/posting.js";
import { ledgerViolations } from "./helpers/ledger-violations.js";
import { debit } from "./helpers/postings.js";
import { openTestLedger, SILENT, TOKEN } from "./helpers/start-bank.js";
import { tempFolder } from "./helpers/temp-folder.js";

const PROCESS = fileURLToPath(new URL("./helpers/bank-process.ts", import.meta.url));

/** Starts a bank in a process of its own, and gives what kills it at once. */
async function startProcess(ledgerPath: string): Promise<{ baseUrl: string; kill: () => Promise<void> }> {
  const child = spawn(process.execPath, ["--import=tsx", PROCESS, ledgerPath], { stdio: ["ignore", "pipe", "inherit"] });
  const [baseUrl] = await once(createInterface(child.stdout), "line");
  return {
    baseUrl,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

describe("bank killed with -9", function () {
  this.timeout(120_000);
  const folder = tempFolder();
  let stop: (() => Promise<void>) | undefined;

  after(async () => {
    await stop?.();
    folder.remove();
  });

  it("gives every answer it had given again, byte-identical, and no money is lost or made", async () => {
    const path = join(folder.path, "ledger.db");
    const { baseUrl, kill } = await startProcess(path);
    stop = kill;
    const connector = createRestConnector({
      baseUrl,
      token: TOKEN,
      timeoutMs: 2_000,
      logger: SILENT,
      settleDelayMs: 5,
    });
    const answered: PostingOutcome[] = [await connector.close("closed:debit", "AB06")];
    // Killed in the middle of the stream of requests, as soon as some were answered.
    let killed: Promise<void> | undefined;
    const postings = Array.from({ length: 300 }, (_, index) => debit(`${index}`, 10n));
    await Promise.all(
      postings.map(async (posting) => {
        const [result] = await connector.postMany([posting]);
        if (result?.status === "fulfilled") answered.push(result.value);
        if (answered.length > 20) killed ??= kill();
      }),
    );
    await killed;
    await connector.shutdown();
    expect(answered.length).least(21);

    const ledger = openTestLedger(path);
    expect(answered.map(({ reference }) => ledger.find(reference))).deep.equal(answered);
    expect(ledgerViolations(ledger, 1_000n, answered)).deep.equal([]);
    expect(ledger.postMany([debit("closed", 10n)])).deep.equal([answered[0]]);
    ledger.shutdown();
  });
});
