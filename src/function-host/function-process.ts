import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import process from "node:process";
import type { Duplex, Readable } from "node:stream";
import { setInterval } from "node:timers";
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";

/**
 * - `timeoutMs`: for one event. `loadTimeoutMs`: for the module to be loaded.
 * - `memoryMb`: of the JavaScript heap; the process as a whole may take `OVERHEAD_MB` more.
 */
export interface ProcessLimits {
  timeoutMs: number;
  loadTimeoutMs: number;
  memoryMb: number;
}

/** What became of one event. */
export type RunResult = { output: unknown; logs: string[] } | { error: string; logs: string[] };

/** A module in a process of its own. One event at a time; what fails to end in time ends the process. */
export interface FunctionProcess {
  /** The event types that the module says it is for. */
  readonly on: readonly string[];
  readonly alive: boolean;
  run(event: unknown): Promise<RunResult>;
  stop(): Promise<void>;
}

const Ready = Type.Union([
  Type.Object({ ready: Type.Literal(true), on: Type.Array(Type.String()) }),
  Type.Object({ failed: Type.String() }),
]);
const Ran = Type.Union([
  Type.Object({ id: Type.Integer(), output: Type.Unknown(), logs: Type.Array(Type.String()) }),
  Type.Object({ id: Type.Integer(), error: Type.String(), logs: Type.Array(Type.String()) }),
]);

// What Node itself takes, and buffers, which are no part of the heap.
const OVERHEAD_MB = 128;
const MEMORY_POLL_MS = 100;
// An output of 64 KiB, all of it escaped, and its logs.
const LINE_MAX_CHARACTERS = 1_000_000;
const STDERR_KEPT = 2_000;

/**
 * Starts a process for a module, with nothing of ours: an empty environment, no file, no child process, no worker, no add-on.
 * @throws Error whose message says what is wrong with the module
 */
export async function startFunctionProcess(
  { runner, code }: { runner: string; code: string },
  limits: ProcessLimits,
): Promise<FunctionProcess> {
  const child = openChild(runner, limits);
  child.send({ code });
  const first = await child.answer(limits.loadTimeoutMs, "the module was not loaded");
  if ("ended" in first) throw new Error(`The module does not load: ${first.ended}.`);
  const said = Value.Check(Ready, first.message) ? (first.message as Static<typeof Ready>) : { failed: "it answers nonsense" };
  if ("failed" in said) {
    await child.stop();
    throw new Error(`The module does not load: ${said.failed}`);
  }
  let id = 0;

  async function run(event: unknown): Promise<RunResult> {
    id += 1;
    child.send({ id, event });
    const answer = await child.answer(limits.timeoutMs, "the function was ended");
    if ("ended" in answer) return { error: answer.ended, logs: [] };
    if (!Value.Check(Ran, answer.message)) {
      await child.stop();
      return { error: "the function's process answered nonsense", logs: [] };
    }
    const { id: _id, ...result } = answer.message as Static<typeof Ran>;
    return result;
  }

  return {
    on: said.on,
    get alive() {
      return child.alive();
    },
    run,
    stop: child.stop,
  };
}

type Answer = { message: unknown } | { ended: string };

/** The process, and the lines that it says; whatever it does, `answer` comes to an end. */
function openChild(runner: string, limits: ProcessLimits) {
  const flags = ["--permission", `--max-old-space-size=${limits.memoryMb}`, "--no-warnings", "--input-type=module"];
  const child = spawn(process.execPath, [...flags, "--eval", runner], {
    env: {},
    cwd: "/",
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const channel = child.stdio[3] as Duplex;
  let reason: string | undefined;
  let waiting: ((answer: Answer) => void) | undefined;
  let ended = false;
  const stderr = tailOf(child.stderr as Readable);

  function kill(why: string): void {
    reason ??= why;
    child.kill("SIGKILL");
  }
  function settle(answer: Answer): void {
    waiting?.(answer);
    waiting = undefined;
  }
  const exited = new Promise<void>((resolve) => {
    const end = (how: string) => {
      ended = true;
      clearInterval(watch);
      channel.destroy();
      settle({ ended: reason ?? how });
      resolve();
    };
    child.once("error", (error) => end(`no process could be started: ${error.message}`));
    child.once("exit", (exitCode, signal) =>
      end(`the process ended by itself (${exitCode ?? signal}) ${lastWords(stderr())}`.trim()),
    );
  });
  const watch = watchMemory(child.pid, limits.memoryMb + OVERHEAD_MB, kill);
  // A process that ends while it is told something: its exit says so.
  channel.on("error", () => undefined);
  readLines(
    channel,
    (message) => settle({ message }),
    () => kill("the function's process said too much"),
  );

  return {
    alive: () => !ended && reason === undefined,
    send: (message: object) => void channel.write(`${JSON.stringify(message)}\n`),
    answer(timeoutMs: number, what: string): Promise<Answer> {
      if (ended) return Promise.resolve({ ended: reason ?? "the process has ended" });
      return new Promise((resolve) => {
        const timer = setTimeout(() => kill(`${what}: it took longer than ${timeoutMs} ms`), timeoutMs);
        waiting = (answer) => {
          clearTimeout(timer);
          resolve(answer);
        };
      });
    },
    async stop() {
      kill("it was stopped");
      await exited;
    },
  };
}

function readLines(channel: Readable, onMessage: (message: unknown) => void, onTooMuch: () => void): void {
  let rest = "";
  channel.setEncoding("utf8");
  channel.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > LINE_MAX_CHARACTERS) return onTooMuch();
    for (const line of lines) onMessage(parse(line));
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // Not said by the runner: the schemas refuse it.
    return undefined;
  }
}

/** Buffers are no part of V8's heap, and have no limit of their own. Only Linux tells what a process takes. */
function watchMemory(pid: number | undefined, limitMb: number, kill: (why: string) => void): NodeJS.Timeout {
  const timer = setInterval(async () => {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const kilobytes = Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(status)?.[1] ?? 0);
    if (kilobytes > limitMb * 1024) kill(`the function was ended: it took more than ${limitMb} MB of memory`);
  }, MEMORY_POLL_MS);
  timer.unref();
  return timer;
}

function tailOf(stream: Readable): () => string {
  let tail = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    tail = (tail + chunk).slice(-STDERR_KEPT);
  });
  return () => tail;
}

/** Of what Node says when it dies, the line that tells why. */
function lastWords(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim());
  return lines.find((line) => /FATAL ERROR|^\w*Error: /.test(line))?.slice(0, 200) ?? "";
}
