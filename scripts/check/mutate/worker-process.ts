import { type ChildProcess, execFile, fork } from "node:child_process";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { inheritedEnvironment } from "../../../src/config/config.js";
import type { Baseline, Order, Report, TestRun, TestRunResult } from "./protocol.js";

/** Loading the tests of a folder takes a minute on a busy machine. */
const LOAD_LIMIT_MS = 600_000;
/** Beyond its own limit a test that blocks the process is given this long. */
const GRACE_MS = 10_000;
const END_MS = 30_000;
const TERM_MS = 3_000;
const MUTANT_VARIABLE = "__STRYKER_ACTIVE_MUTANT__";

export interface WorkerProcess {
  runBaseline(): Promise<Baseline>;
  setLimits(limits: Record<string, number>): void;
  /** `hung` where the worker had to be killed, `ended` where it ended by itself; it is of no more use then. */
  run(tests: TestRun): Promise<TestRunResult | "hung" | "ended">;
  /** Ends it and all processes that it has started. */
  end(): Promise<void>;
}

/** @param mutant The mutant that is active already while the modules are loaded; none, if absent. */
export async function startWorker(workshop: string, testFiles: readonly string[], mutant?: string): Promise<WorkerProcess> {
  const child = fork("scripts/check/mutate/worker.ts", testFiles, {
    cwd: workshop,
    execArgv: ["--import", "tsx"],
    env: { ...inheritedEnvironment(), TMPDIR: `${workshop}/tmp`, ...(mutant !== undefined && { [MUTANT_VARIABLE]: mutant }) },
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let said = "";
  child.stderr?.on("data", (chunk: Buffer) => (said = `${said}${chunk}`.slice(-4_000)));
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const loaded = await answerOf(child, "loaded", LOAD_LIMIT_MS);
  if (loaded === undefined) {
    await kill(child);
    throw new Error(`The tests cannot be loaded: ${said}`);
  }

  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const ask = async <K extends Report["kind"]>(order: Order, kind: K) => {
    if (hasEnded() || !child.connected) return "ended";
    const answer = answerOf(child, kind, LOAD_LIMIT_MS);
    child.send(order);
    const report = await answer;
    if (report !== undefined) return report;
    if (hasEnded()) return "ended";
    await kill(child);
    return "hung";
  };
  return {
    runBaseline: async () => {
      const report = await ask({ kind: "baseline" }, "baseline");
      if (report === "hung" || report === "ended") throw new Error(`The tests cannot be run: ${said}`);
      return report.baseline;
    },
    setLimits: (limits) => void (child.connected && child.send({ kind: "limits", limits } satisfies Order)),
    run: async (tests) => {
      const report = await ask({ kind: "run", ...tests }, "result");
      return report === "hung" || report === "ended" ? report : report.result;
    },
    end: async () => {
      if (child.connected) child.disconnect();
      await Promise.race([exited, sleep(END_MS, undefined, { ref: false })]);
      await kill(child);
    },
  };
}

/** The worker's next report of a kind; `undefined` where it ends, or shows no sign of life for longer than it said. */
function answerOf<K extends Report["kind"]>(
  child: ChildProcess,
  kind: K,
  limitMs: number,
): Promise<Extract<Report, { kind: K }> | undefined> {
  return new Promise((resolve) => {
    let timer = setTimeout(() => settle(undefined), limitMs);
    const settle = (report: Extract<Report, { kind: K }> | undefined) => {
      clearTimeout(timer);
      child.off("message", listen);
      child.off("exit", ended);
      resolve(report);
    };
    const ended = () => settle(undefined);
    const listen = (report: Report) => {
      if (report.kind === kind) settle(report as Extract<Report, { kind: K }>);
      if (report.kind !== "alive") return;
      clearTimeout(timer);
      timer = setTimeout(() => settle(undefined), report.limitMs + GRACE_MS);
    };
    child.on("message", listen);
    child.once("exit", ended);
  });
}

/** Ends a worker and its descendants: databases and services run in process groups of their own. */
async function kill(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const family = await descendantsOf(child.pid);
  signal([child.pid], "SIGKILL");
  signal(family, "SIGTERM");
  await sleep(TERM_MS);
  signal(family, "SIGKILL");
}

async function descendantsOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid="]);
  const pairs = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  const family = [pid];
  // Each process is added once: a listing has no circles.
  for (const parent of family) for (const [id = 0, of] of pairs) if (of === parent) family.push(id);
  return family.slice(1);
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // It has ended already.
    }
  }
}
