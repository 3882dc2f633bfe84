import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect } from "chai";
import { waitFor } from "../../tools/system/wait-for.js";
import {
  assertInstalled,
  assertNothingListens,
  type Launched,
  launch,
  type StartEnvironment,
  startEnvironment,
} from "../system/launcher.js";
import { alive, descendants, descendantsUntil, descendantsWith } from "../system/processes.js";

const START_TIMEOUT_MS = 120_000;

describe("npm start", function () {
  this.timeout(180_000);
  this.slow(30_000);
  let folder: string;
  const launched: Launched[] = [];

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "event-machine-test-"));
    await assertInstalled();
  });

  afterEach(async () => {
    // After a test that failed; any other has seen it end.
    for (const { pid } of launched.splice(0)) await killAll([pid, ...(await descendants(pid))]);
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  function start(environment: StartEnvironment): Launched {
    const run = launch(environment);
    launched.push(run);
    return run;
  }

  for (const [variable, offset] of [
    ["API_PORT", 0],
    ["CHAIN_PORT", 0],
    ["DATABASE_PORT", 0],
    ["SERVICES_PORT", 3],
  ] as const) {
    it(`names the port that is in use, and ${variable}, and starts nothing`, async () => {
      const environment = await startEnvironment(join(folder, "data"));
      const port = Number(environment[variable]) + offset;
      const server = createServer().listen(port, "127.0.0.1");
      await once(server, "listening");
      const run = start(environment);
      const { code } = await run.exited;
      server.close();

      expect(code).equal(1);
      expect(run.output()).contain(`Port ${port}`).and.contain(variable);
      expect(existsSync(environment.DATA_DIR)).equal(false);
    });
  }

  it("names the data folder that cannot be written to, and DATA_DIR", async () => {
    const file = join(folder, "a-file");
    await writeFile(file, "");
    const dataDir = join(file, "data");
    const run = start(await startEnvironment(dataDir));
    const { code } = await run.exited;

    expect(code).equal(1);
    expect(run.output()).contain(dataDir).and.contain("DATA_DIR");
  });

  it("names every variable that is wrong", async () => {
    const environment = { ...(await startEnvironment(join(folder, "data"))), API_PORT: "eighty", CHAIN_PORT: "99999" };
    const run = start(environment);
    const { code } = await run.exited;

    expect(code).equal(1);
    expect(run.output()).contain("API_PORT").and.contain("CHAIN_PORT");
  });

  for (const [when, line, signal] of [
    ["while it compiles", "compiling contracts", "SIGTERM"],
    ["while its first processes start", "starting PostgreSQL", "SIGINT"],
    ["while its services start", "starting watcher", "SIGHUP"],
    ["when it is all but ready", "registering the demo accounts", "SIGINT"],
  ] as const) {
    it(`ends with exit code 0, and every process with it, on a ${signal} ${when}`, async () => {
      const environment = await startEnvironment(join(folder, "data"));
      const run = start(environment);
      const children = descendantsUntil(run.pid, run.exited);
      await run.printed(line);
      run.signal(signal);
      await expectCleanEnd(run, environment, await children);
    });
  }

  it("ends with every process when its launcher is killed with -9", async () => {
    const environment = await startEnvironment(join(folder, "data"));
    const run = start(environment);
    await run.printed("starting watcher");
    const left = await descendants(run.pid);
    run.signal("SIGKILL");
    await waitFor("every process is gone", async () => (await alive(left)).length === 0, START_TIMEOUT_MS);
    await assertNothingListens(environment);
  });

  it("tells that its script was killed with -9: exit code 137, and every process ends", async () => {
    const environment = await startEnvironment(join(folder, "data"));
    const run = start(environment);
    await run.printed("starting watcher");
    const left = await descendants(run.pid);
    const [script = 0] = await descendantsWith(run.pid, "scripts/dev/start.ts");
    process.kill(script, "SIGKILL");
    const { code } = await run.exited;
    expect(code).equal(137);
    expect(run.output()).contain("start was killed by SIGKILL");
    await waitFor("every process is gone", async () => (await alive(left)).length === 0, START_TIMEOUT_MS);
    await assertNothingListens(environment);
  });

  it("starts in the folder of one killed with -9 while it made its database; a SIGINT when ready, and another, end it with 0", async () => {
    const dataDir = join(folder, "killed");
    const killed = start(await startEnvironment(dataDir));
    // Where initdb works; it writes this file first of all.
    const begun = ["postgres", "postgres.new"].map((name) => join(dataDir, name, "PG_VERSION"));
    await waitFor("the database is begun", () => begun.some((path) => existsSync(path)), START_TIMEOUT_MS);
    await killAll([killed.pid, ...(await descendants(killed.pid))]);

    const environment = await startEnvironment(dataDir);
    const run = start(environment);
    const children = descendantsUntil(run.pid, run.exited);
    await run.printed("Ctrl-C stops everything.");
    // That one ends, when ready, with all its processes, and does not mind a second SIGINT.
    run.signal();
    await run.printed("stopping …");
    run.signalGroup();
    // The script, the chain, PostgreSQL, two banks, six functions, the watcher and the API.
    expect(await children).length.least(13);
    await expectCleanEnd(run, environment, await children);
  });
});

async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of await alive(pids)) kill(pid);
  await waitFor("they are gone", async () => (await alive(pids)).length === 0);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It ended by itself meanwhile, as a child does whose parent was killed just before.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function expectCleanEnd(run: Launched, environment: StartEnvironment, children: readonly number[]): Promise<void> {
  const { code } = await run.exited;
  expect(code, run.output()).equal(0);
  expect(await alive([run.pid, ...children])).deep.equal([]);
  await assertNothingListens(environment);
}
