import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { inheritedEnvironment } from "../../src/config/config.js";
import { endGroup } from "./end-group.js";
import { openLog } from "./open-log.js";

/** How a process ended. `asked`: by `stop` or `kill`. */
export interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
  asked: boolean;
}

/** A process of the stack. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** The end of its log, for messages. */
  logTail(): string;
  /** Resolves when it has ended, however, and whatever it had started with it. */
  readonly ended: Promise<End>;
  /** Asks it to end, and makes it end after a while. */
  stop(): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

// Whatever is left when this process ends, on Ctrl-C in the middle of something or by an error that nobody caught, is told to end too.
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

const STOP_TIMEOUT_MS = 10_000;
const LOG_TAIL_BYTES = 4_000;
/** Signals that let a process live. */
const PAUSING: readonly NodeJS.Signals[] = ["SIGSTOP", "SIGCONT"];

/**
 * Starts a process whose output goes to `<logDir>/<name>.log`, in a group of its own: a terminal's Ctrl-C reaches only the parent.
 * @param options.tell Is told in one line that the log cannot be written.
 */
export function startChild(
  name: string,
  command: readonly string[],
  options: { env: Record<string, string>; logDir: string; cwd: string; tell?: (line: string) => void },
): Child {
  const logFile = join(options.logDir, `${name}.log`);
  const log = openLog(logFile, options.tell);
  const [file = "", ...args] = command;
  const child: ChildProcess = spawn(file, args, {
    cwd: options.cwd,
    env: { ...inheritedEnvironment(), ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  running.add(child);
  let tail = "";
  let asked = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      log.write(chunk);
      tail = (tail + chunk.toString("utf8")).slice(-LOG_TAIL_BYTES);
    });
  }
  const ended = new Promise<End>((resolve) => {
    child.on("error", (error) => {
      running.delete(child);
      tail += error.message;
      resolve({ code: 127, signal: null, asked });
    });
    child.on("exit", (code, signal) => {
      running.delete(child);
      log.end();
      if (child.pid === undefined) resolve({ code, signal, asked });
      else void endGroup(child.pid).then(() => resolve({ code, signal, asked }));
    });
  });

  function kill(signal: NodeJS.Signals): void {
    asked ||= !PAUSING.includes(signal);
    child.kill(signal);
  }

  async function stop(): Promise<void> {
    kill("SIGTERM");
    const timer = setTimeout(() => kill("SIGKILL"), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  return { name, pid: child.pid ?? -1, logFile, logTail: () => tail, ended, stop, kill };
}

/** An end in words. */
export function describeEnd({ code, signal }: End): string {
  if (signal === "SIGKILL") return "killed by SIGKILL, as the system does when memory runs out";
  return signal === null ? `exit code ${code}` : `killed by ${signal}`;
}

/** Waits until a URL answers 2xx. Throws, with the end of the log, if the process ends first or it takes too long. */
export async function waitForHttp(child: Child, url: string, timeoutMs: number, init: RequestInit = {}): Promise<void> {
  const answers = () =>
    fetch(url, { ...init, signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
      () => false,
    );
  await waitUntil(child, answers, timeoutMs);
}

/** Waits until a process has printed a text. Throws, with the end of the log, if it ends first or it takes too long. */
export async function waitForOutput(child: Child, text: string, timeoutMs: number): Promise<void> {
  await waitUntil(child, async () => child.logTail().includes(text), timeoutMs);
}

const POLL_MS = 50;

async function waitUntil(child: Child, holds: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  let end: End | undefined;
  void child.ended.then((found) => {
    end = found;
  });
  const withLog = (what: string) => new Error(`${child.name} ${what}; ${child.logFile} ends with:\n${child.logTail()}`);
  for (const until = performance.now() + timeoutMs; performance.now() < until; await sleep(POLL_MS)) {
    if (end !== undefined) throw withLog(`ended before it was ready (${describeEnd(end)})`);
    if (await holds()) return;
  }
  throw withLog(`was not ready within ${timeoutMs / 1_000} s`);
}
