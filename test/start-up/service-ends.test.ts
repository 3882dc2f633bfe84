import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { expect } from "chai";
import { DEMO_BANKS } from "../../scripts/stack/demo-network.js";
import { waitFor } from "../../tools/system/wait-for.js";
import { assertInstalled, type Launched, launch, type StartEnvironment, startEnvironment } from "../system/launcher.js";
import { alive, descendants, descendantsWith } from "../system/processes.js";

const STEP_TIMEOUT_MS = 120_000;

describe("npm start, when a process of it ends", function () {
  this.timeout(600_000);
  this.slow(60_000);
  let folder: string;
  let environment: StartEnvironment;
  let run: Launched;
  let moved = 0;

  before(async () => {
    await assertInstalled();
    folder = await mkdtemp(join(tmpdir(), "event-machine-test-"));
    environment = await startEnvironment(join(folder, "data"));
    run = launch(environment);
    await run.printed("Ctrl-C stops everything.");
  });

  after(async () => {
    run.signal();
    const left = [run.pid, ...(await descendants(run.pid))];
    await waitFor("it ends", async () => (await alive(left)).length === 0, STEP_TIMEOUT_MS);
    await rm(folder, { recursive: true, force: true });
  });

  async function kill(text: string, signal: NodeJS.Signals): Promise<void> {
    const [pid, ...others] = await descendantsWith(run.pid, text);
    expect(others, text).deep.equal([]);
    process.kill(pid as number, signal);
  }

  /** Moves money, and says with which state that ended. */
  async function move(): Promise<string> {
    const [payer, payee] = DEMO_BANKS;
    moved += 1;
    const response = await fetch(`http://127.0.0.1:${environment.API_PORT}/v1/transfers`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await readFile(join(environment.DATA_DIR, "api-key"), "utf8")}`,
        "idempotency-key": `moved-${moved}`,
        prefer: "wait=60",
        "content-type": "application/json",
      },
      body: JSON.stringify({
        payer: { phone: payer.phone },
        payee: { phone: payee.phone },
        amount: { amount: "100", currency: "THB" },
      }),
    });
    return ((await response.json()) as { state: string }).state;
  }

  async function isReady(): Promise<boolean> {
    const response = await fetch(`http://127.0.0.1:${environment.API_PORT}/readyz`).catch(() => undefined);
    return response?.ok === true;
  }

  for (const [name, text, signal, how] of [
    ["api", "src/bin/api.js", "SIGKILL", "SIGKILL"],
    ["api", "src/bin/api.js", "SIGTERM", "exit code 0"],
    ["watcher", "src/bin/watcher.js", "SIGKILL", "SIGKILL"],
    ["function-host", "src/bin/function-host.js", "SIGKILL", "SIGKILL"],
    ["postgres", "stack/postgres-server.js", "SIGKILL", "SIGKILL"],
    ["postgres", "bin/postgres -D", "SIGKILL", "exit code 0"],
    ["chain", "hardhat/dist/src/cli.js", "SIGKILL", "SIGKILL"],
  ] as const) {
    it(`tells that ${name} ended by ${how} (${signal} to ${text}), starts it again, and moves money`, async () => {
      const times = run.output().split(`${name} runs again`).length;
      await kill(text, signal);
      await run.printed(`${name} runs again`, times);
      const told = run
        .output()
        .split("\n")
        .filter((line) => line.includes(`${name} ended (`))
        .at(-1);
      expect(told).contain(how).and.contain(`${name}.log`).and.contain("starting it again");
      await waitFor("the API is ready", isReady, STEP_TIMEOUT_MS);
      expect(await move()).equal("COMPLETED");
    });
  }

  it("tells that its guard ended, and runs it again", async () => {
    await kill("stack/guard.mjs", "SIGKILL");
    await run.printed("the guard of this start ended (SIGKILL); it runs again");
  });

  it("is not ready while its watcher is stopped", async () => {
    await kill("src/bin/watcher.js", "SIGSTOP");
    await waitFor("the API is not ready", async () => !(await isReady()), STEP_TIMEOUT_MS);
    await kill("src/bin/watcher.js", "SIGCONT");
    await waitFor("the API is ready", isReady, STEP_TIMEOUT_MS);
  });

  it("gives up a service that keeps ending: exit code 1, and no process is left", async () => {
    const left = [run.pid, ...(await descendants(run.pid))];
    const exited = run.exited.then(() => true);
    let over = false;
    void exited.then(() => {
      over = true;
    });
    while (!over) {
      for (const pid of await descendantsWith(run.pid, "src/bin/function-host.js")) process.kill(pid, "SIGKILL");
      for (const pid of await descendants(run.pid)) if (!left.includes(pid)) left.push(pid);
      await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, 50))]);
    }
    expect((await run.exited).code, run.output()).equal(1);
    expect(run.output()).contain("function-host ended 6 times in a row");
    expect(await alive(left)).deep.equal([]);
  });
});
