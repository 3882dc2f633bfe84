import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { inheritedEnvironment } from "../../src/config/config.js";

/** A process of the stack. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  /** The end of its log, for messages. */
  logTail(): string;
  /** Resolves when it has ended, however. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
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

/** Starts a process whose output goes to `<logDir>/<name>.log`, in a group of its own: a terminal's Ctrl-C reaches only the parent. */
export function startChild(
  name: string,
  command: readonly string[],
  options: { env: Record<string, string>; logDir: string; cwd: string },
): Child {
  const log = createWriteStream(join(options.logDir, `${name}.log`), { flags: "a" });
  const [file = "", ...args] = command;
  const child: ChildProcess = spawn(file, args, {
    cwd: options.cwd,
    env: { ...inheritedEnvironment(), ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  running.add(child);
  let tail = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      log.write(chunk);
      tail = (tail + chunk.toString("utf8")).slice(-LOG_TAIL_BYTES);
    });
  }
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.on("error", (error) => {
      running.delete(child);
      tail += error.message;
      resolve({ code: 127, signal: null });
    });
    child.on("exit", (code, signal) => {
      running.delete(child);
      log.end();
      resolve({ code, signal });
    });
  });

  async function stop(): Promise<void> {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  }

  return { name, pid: child.pid ?? -1, logTail: () => tail, ended, stop, kill: (signal) => void child.kill(signal) };
}

/** Waits until a URL answers 2xx. Throws, with the end of the log, if the process ends first or it takes too long. */
export async function waitForHttp(child: Child, url: string, timeoutMs: number, init: RequestInit = {}): Promise<void> {
  let ended = false;
  void child.ended.then(() => {
    ended = true;
  });
  const until = Date.now() + timeoutMs;
  while (Date.now() < until) {
    if (ended) throw new Error(`${child.name} has ended:\n${child.logTail()}`);
    const ok = await fetch(url, { ...init, signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await sleep(50);
  }
  throw new Error(`${child.name} did not become ready within ${timeoutMs} ms:\n${child.logTail()}`);
}

/** Waits until a process has printed a text. Throws, with the end of the log, if it ends first or it takes too long. */
export async function waitForOutput(child: Child, text: string, timeoutMs: number): Promise<void> {
  let ended = false;
  void child.ended.then(() => {
    ended = true;
  });
  const until = Date.now() + timeoutMs;
  while (Date.now() < until) {
    if (child.logTail().includes(text)) return;
    if (ended) throw new Error(`${child.name} has ended:\n${child.logTail()}`);
    await sleep(20);
  }
  throw new Error(`${child.name} did not become ready within ${timeoutMs} ms:\n${child.logTail()}`);
}
