import { fork } from "node:child_process";
import { AppError, ERROR_CODES, type ErrorCode } from "../../domain/app-error.js";
import type { CompareStatement, ComparisonResult } from "./reconcile-regularly.js";

/** The comparison that a process is told to make. */
export interface Comparison {
  databaseUrl: string;
  bank: string;
  url: string;
  token: string;
  day: string;
}

/** The answer of the process: a result, or the code and message of an error. */
export type ComparisonAnswer = ComparisonResult | { code: ErrorCode; message: string };

/** Differences that a process tells of; the store has more. */
export const TOLD_MAX = 20;

// The lines of the longest statement that is read take half of it, a page of 32 MB while it is parsed the other.
const HEAP_MB = 192;
// A bank that looks each page up takes its time; an hourly comparison has to be over before the next.
const TIME_LIMIT_MS = 600_000;

/**
 * Compares each statement in a process of its own, with bounds on its time and memory: nothing that a bank answers can reach this one.
 * @param program The file of the process, `src/bin/reconcile-statement.ts` as it was built.
 */
export function createProcessComparison(
  deps: { program: URL; databaseUrl: string; banks: readonly { bank: string; url: string; token: string }[] },
  { timeLimitMs = TIME_LIMIT_MS, heapMb = HEAP_MB } = {},
): CompareStatement {
  return (bank, day, signal) => {
    const source = deps.banks.find((one) => one.bank === bank);
    if (source === undefined) throw new RangeError(`There is no statement of ${bank}.`);
    const { databaseUrl } = deps;
    return runComparison(deps.program, { databaseUrl, ...source, day }, { timeLimitMs, heapMb, signal });
  };
}

function runComparison(
  program: URL,
  comparison: Comparison,
  { timeLimitMs, heapMb, signal }: { timeLimitMs: number; heapMb: number; signal: AbortSignal },
): Promise<ComparisonResult> {
  const child = fork(program, [], {
    execArgv: [`--max-old-space-size=${heapMb}`],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    signal,
    killSignal: "SIGKILL",
  });
  const { promise, resolve, reject } = Promise.withResolvers<ComparisonResult>();
  const timer = setTimeout(() => {
    reject(new AppError("bank-protocol", `The comparison did not end within ${timeLimitMs / 1000} s.`));
    child.kill("SIGKILL");
  }, timeLimitMs);
  child.on("message", (answer: ComparisonAnswer) => {
    if (!("code" in answer)) return resolve(answer);
    reject(new AppError(answer.code in ERROR_CODES ? answer.code : "internal", answer.message));
  });
  child.on("error", reject);
  child.on("exit", (code, ended) => {
    reject(new AppError("internal", `The process of the comparison ended with ${ended ?? code} before it answered.`));
  });
  child.send(comparison, (error) => error && reject(error));
  return promise.finally(() => clearTimeout(timer));
}
