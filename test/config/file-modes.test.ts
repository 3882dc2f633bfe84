import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { openLog } from "../../scripts/stack/open-log.js";
import { inheritedEnvironment } from "../../src/config/config.js";
import { until } from "../../tools/support/until.js";

const SIMULATOR = fileURLToPath(new URL("../../src/bin/bank-simulator.ts", import.meta.url));

describe("files of services", function () {
  this.timeout(120_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "file-modes-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** The files that others than their owner may use. */
  const open = () => readdirSync(folder).filter((name) => (statSync(join(folder, name)).mode & 0o077) !== 0);

  it("are a ledger that only its owner may read", async () => {
    const child = spawn(process.execPath, ["--import=tsx", SIMULATOR], {
      stdio: "ignore",
      env: {
        ...inheritedEnvironment(),
        ...{ BANK_ID: "FAASTHB1", BANK_TOKEN: "token", PORT: "0", LEDGER_FILE: join(folder, "faas.db"), LOG_LEVEL: "silent" },
      },
    });
    const exited = once(child, "exit");
    await until("the ledger is there", () => readdirSync(folder).includes("faas.db"));
    child.kill("SIGTERM");
    const found = open();
    await exited;
    expect(found).to.deep.equal([]);
  });

  it("are a log that only its owner may read", async () => {
    const log = openLog(join(folder, "api.log"));
    log.write(Buffer.from("a line\n"));
    await until("the log is there", () => readdirSync(folder).includes("api.log"));
    log.end();
    expect(open()).to.deep.equal([]);
  });
});
