import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import process from "node:process";
import type { Duplex, Readable } from "node:stream";
import { setInterval } from "node:timers";
import type { Sandbox } from "./sandbox.js";

/** The end of a question: an answer, or the end of the process. */
export type Answer = { message: unknown } | { ended: string };

/** A process, and the private descriptor on which it is asked one thing at a time. Whatever the process does, `ask` comes to an end. */
export interface ProcessChannel {
  readonly pid: number | undefined;
  readonly uid: number | undefined;
  readonly alive: boolean;
  /** Resolves once the process has ended. */
  readonly ended: Promise<void>;
  ask(question: object, timeoutMs: number, late: string): Promise<Answer>;
  stop(why?: string): Promise<void>;
}

// Node and the engine take this much besides the module's memory.
const OVERHEAD_MB = 160;
const MEMORY_POLL_MS = 100;
// The runner's own: it holds an output of 64 KiB, all of it escaped, and its logs.
const RUNNER_HEAP_MB = 64;
// An output of 64 KiB, all of it escaped, and its logs; or the code of a module.
const LINE_MAX_CHARACTERS = 2_000_000;
const STDERR_KEPT = 2_000;
const NONCE_BYTES = 16;
const FLAGS = [
  ...["--permission", "--disable-sigusr1", "--no-addons", "--disallow-code-generation-from-strings"],
  ...[`--max-old-space-size=${RUNNER_HEAP_MB}`, "--no-warnings", "--input-type=module", "-"],
];

/** Starts a process in a sandbox, with the runner as its program. */
export function openProcess({ runner, sandbox }: { runner: string; sandbox: Sandbox }, memoryMb: number): ProcessChannel {
  const { child, uid } = sandbox.start(FLAGS);
  const channel = child.stdio[3] as Duplex;
  let reason: string | undefined;
  let waiting: { nonce: string; resolve(answer: Answer): void } | undefined;
  let hasEnded = false;
  const stderr = tailOf(child.stderr as Readable);

  function kill(why: string): void {
    reason ??= why;
    channel.destroy();
    killGroup(child.pid);
  }
  function settle(answer: Answer): void {
    waiting?.resolve(answer);
    waiting = undefined;
  }
  const ended = new Promise<void>((resolve) => {
    const end = (how: string) => {
      hasEnded = true;
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
  const watch = watchMemory(child.pid, memoryMb + OVERHEAD_MB, kill);
  // A process that ends while it is told something: its exit says so.
  for (const stream of [channel, child.stdin]) stream?.on("error", () => undefined);
  child.stdin?.end(runner);
  readLines(
    channel,
    (message) => {
      // An answer that carries another nonce is no answer to this question.
      if (waiting === undefined || nonceOf(message) !== waiting.nonce) kill("the function's process answered nonsense");
      else settle({ message });
    },
    () => kill("the function's process said too much"),
  );

  return {
    pid: child.pid,
    uid,
    get alive() {
      return !hasEnded && reason === undefined;
    },
    ended,
    ask(question, timeoutMs, late) {
      if (hasEnded || reason !== undefined) return Promise.resolve({ ended: reason ?? "the process has ended" });
      if (waiting !== undefined) throw new Error("A process is asked one thing at a time.");
      const nonce = randomBytes(NONCE_BYTES).toString("hex");
      return new Promise((resolve) => {
        const timer = setTimeout(() => kill(late), timeoutMs);
        waiting = {
          nonce,
          resolve(answer) {
            clearTimeout(timer);
            resolve(answer);
          },
        };
        channel.write(`${JSON.stringify({ nonce, ...question })}\n`);
      });
    },
    async stop(why = "it was stopped") {
      kill(why);
      await ended;
    },
  };
}

/** All processes of the group; one of another user only with the right to do so, without which such a sandbox is not used. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended, or ends by itself once its channel is closed.
  }
}

function nonceOf(message: unknown): unknown {
  return typeof message === "object" && message !== null && "nonce" in message ? message.nonce : undefined;
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
    return undefined;
  }
}

/** The engine's own limit comes first. Only Linux tells what a process takes. */
function watchMemory(pid: number | undefined, limitMb: number, kill: (why: string) => void): NodeJS.Timeout {
  const timer = setInterval(async () => {
    const status = await readFile(`/proc/${await innermost(pid)}/status`, "utf8").catch(() => "");
    const kilobytes = Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(status)?.[1] ?? 0);
    if (kilobytes > limitMb * 1024) kill(`the function was ended: it took more than ${limitMb} MB of memory`);
  }, MEMORY_POLL_MS);
  timer.unref();
  return timer;
}

/** The process itself, or in a PID namespace its one child. */
async function innermost(pid: number | undefined): Promise<number | undefined> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  const [child] = children.trim().split(" ");
  return child === undefined || child === "" ? pid : Number(child);
}

function tailOf(stream: Readable): () => string {
  let tail = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    tail = (tail + chunk).slice(-STDERR_KEPT);
  });
  return () => tail;
}

/** The line that tells why Node died, among its last words. */
function lastWords(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim());
  return lines.find((line) => /FATAL ERROR|^\w*Error: |^[a-z]+: /.test(line))?.slice(0, 200) ?? "";
}
