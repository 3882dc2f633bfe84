import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { expect } from "chai";
import { createSupervisor, type Service, type Supervisor } from "../../scripts/stack/supervisor.js";
import { waitFor } from "../../tools/system/wait-for.js";
import { alive, descendants } from "../system/processes.js";

const STEPS_TIMEOUT_MS = 100_000;

describe("the stack's supervisor", function () {
  this.timeout(120_000);
  this.slow(30_000);
  let folder: string;
  let lines: string[];
  let supervisor: Supervisor;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "event-machine-test-"));
    lines = [];
    supervisor = createSupervisor({ logDir: folder, cwd: process.cwd(), tell: (line) => lines.push(line) });
    supervisor.keepAlive(supervisor.restart);
  });

  afterEach(async () => {
    await supervisor.stop("none");
    await rm(folder, { recursive: true, force: true });
  });

  /** A process that runs a line of JavaScript, ready at once. */
  function service(name: string, code: string): Service {
    return { name, command: [process.execPath, "-e", code], env: {}, ready: async () => undefined };
  }

  /** Ends by `end` at its first start, and lives at the others. */
  function endsOnce(end: string): Service {
    const file = JSON.stringify(join(folder, "started"));
    return service(
      "worker",
      `if (fs.existsSync(${file})) setInterval(() => {}, 1000); else { fs.writeFileSync(${file}, ""); ${end} }`,
    );
  }

  async function told(...texts: string[]): Promise<string> {
    return await waitFor(
      `a line with ${texts.join(", ")} among ${lines.join(" | ")}`,
      () => lines.find((line) => texts.every((text) => line.includes(text))),
      STEPS_TIMEOUT_MS,
    );
  }

  for (const [how, end] of [
    ["exit code 0", "process.exit(0)"],
    ["exit code 1", "process.exit(1)"],
    ["SIGKILL", 'process.kill(process.pid, "SIGKILL")'],
    ["SIGSEGV", 'process.kill(process.pid, "SIGSEGV")'],
  ] as const) {
    it(`tells in one line that a service ended by ${how}, and starts it again`, async () => {
      await supervisor.run(endsOnce(end));
      const line = await told("worker ended", how);
      expect(line).contain(join(folder, "worker.log")).and.not.contain("\n");
      await told("worker runs again");
      expect(await alive([supervisor.children.get("worker")?.pid ?? 0])).have.length(1);
    });
  }

  it("gives up a service that keeps ending, with the end of its log", async () => {
    await supervisor.run(service("worker", 'console.log("no such table"); process.exit(3)'));
    const reason = await supervisor.broken.catch((error: Error) => error.message);
    expect(reason).contain("worker ended 6 times in a row").and.contain("exit code 3").and.contain("no such table");
    expect(lines.filter((line) => line.startsWith("worker ended"))).have.length(5);
  });

  it("starts no service again that it was asked to end", async () => {
    await supervisor.run(service("worker", "setInterval(() => {}, 1000)"));
    await supervisor.children.get("worker")?.stop();
    await supervisor.run(endsOnce("process.exit(1)"));
    await told("worker runs again");
    expect(lines.filter((line) => line.includes("SIGTERM"))).deep.equal([]);
  });

  it("ends what a killed service leaves behind before it starts the service again", async () => {
    const child = `child_process.spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" })`;
    await supervisor.run(service("worker", `${child}; setInterval(() => {}, 1000)`));
    const { pid } = supervisor.children.get("worker") as { pid: number };
    const [left = 0] = await waitFor("it has a child", async () => {
      const found = await descendants(pid);
      return found.length > 0 && found;
    });
    process.kill(pid, "SIGKILL");
    await told("worker runs again");
    expect(await alive([left])).deep.equal([]);
  });

  it("tells once that a service's log is on a full disk, and goes on without it", async function () {
    const disk = join(folder, "logs");
    await mkdir(disk);
    const mounted = await promisify(execFile)("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]).catch(() => undefined);
    if (mounted === undefined) {
      process.stdout.write("skipped: to mount a small disk takes root\n");
      return this.skip();
    }
    const onDisk = createSupervisor({ logDir: disk, cwd: process.cwd(), tell: (line) => lines.push(line) });
    try {
      const file = join(folder, "alive");
      await onDisk.run(
        service(
          "writer",
          `let n = 0; setInterval(() => { console.log("x".repeat(8192)); fs.writeFileSync(${JSON.stringify(file)}, String(n++)) }, 5)`,
        ),
      );
      await told("writer.log cannot be written", "no space left");
      const count = async () => Number(await readFile(file, "utf8").catch(() => "0"));
      const then = await count();
      await waitFor("it goes on", async () => (await count()) > then + 20);
      expect(lines.filter((line) => line.includes("cannot be written"))).have.length(1);
    } finally {
      await onDisk.stop("none");
      await promisify(execFile)("umount", ["-l", disk]);
    }
  });

  it("runs its guard again when that is killed; a guard ends every service once its supervisor is killed", async () => {
    const program = join(folder, "program.mts");
    const modules = join(process.cwd(), "scripts/stack/supervisor.ts");
    await writeFile(
      program,
      `import { createSupervisor } from ${JSON.stringify(modules)};
      const supervisor = createSupervisor({ logDir: ${JSON.stringify(folder)}, cwd: process.cwd(), tell: console.log });
      const command = [process.execPath, "-e", "setInterval(() => {}, 1000)"];
      await supervisor.run({ name: "worker", command, env: {}, ready: async () => undefined });
      setInterval(() => undefined, 1000);`,
    );
    await supervisor.run({
      name: "outer",
      command: [process.execPath, "--import", "tsx", program],
      env: {},
      ready: async () => undefined,
    });
    const outer = supervisor.children.get("outer");
    const pid = outer?.pid ?? 0;
    const started = await waitFor("it has a guard and a worker", async () => {
      const found = await processesOf(pid);
      return found.guard !== undefined && found.worker !== undefined && found;
    });
    process.kill(started.guard as number, "SIGKILL");
    await waitFor("its end is told", () => outer?.logTail().includes("it runs again"));
    const now = await waitFor("it has another guard", async () => {
      const found = await processesOf(pid);
      return found.guard !== undefined && found.guard !== started.guard && found;
    });
    process.kill(pid, "SIGKILL");
    await waitFor("the worker and the guard are gone", async () => {
      return (await alive([now.guard as number, now.worker as number])).length === 0;
    });
  });
});

async function processesOf(pid: number): Promise<{ guard?: number; worker?: number }> {
  const found: { guard?: number; worker?: number } = {};
  for (const child of await descendants(pid)) {
    const command = await readFile(`/proc/${child}/cmdline`, "utf8").catch(() => "");
    if (command.includes("guard.mjs")) found.guard = child;
    else if (command.includes("setInterval")) found.worker = child;
  }
  return found;
}
