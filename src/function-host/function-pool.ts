import type { Logger } from "pino";
import { AppError } from "../domain/app-error.js";
import type { FunctionProcess, RunResult } from "./function-process.js";

/**
 * - `idleMs`: after so long without an event a process is stopped.
 * - `processesMax`: at once; one that is idle makes room.
 * - `queueMax`: requests that wait for one function.
 */
export interface PoolOptions {
  idleMs: number;
  processesMax: number;
  queueMax: number;
}

/** Runs functions, each in one process of its own, started on demand. */
export interface FunctionPool {
  /**
   * Has a function handle events, one after another; results are in their order. What ends its process is that event's failure: the
   * next begins in a fresh one. `undefined`: not reached before `until` (milliseconds since the epoch).
   * @throws AppError `function-host-unavailable` where too many wait, or too many processes run
   */
  run(fn: string, digest: string, events: readonly unknown[], until: number): Promise<(RunResult | undefined)[]>;
  /** How many processes run. */
  size(): number;
  close(): Promise<void>;
}

interface Entry {
  digest: string;
  process: FunctionProcess | undefined;
  last: Promise<unknown>;
  waiting: number;
  idle: NodeJS.Timeout | undefined;
  idleSince: number;
}

export function createFunctionPool(
  deps: { start(digest: string): Promise<FunctionProcess>; logger: Logger; clock: () => number },
  options: PoolOptions,
): FunctionPool {
  const entries = new Map<string, Entry>();
  let starting = 0;
  let closed = false;

  const alive = () => [...entries.values()].filter((entry) => entry.process?.alive === true);

  async function run(fn: string, digest: string, events: readonly unknown[], until: number): Promise<(RunResult | undefined)[]> {
    if (closed) throw unavailable("The function host is stopping.");
    const entry = entries.get(fn) ?? {
      digest,
      process: undefined,
      last: Promise.resolve(),
      waiting: 0,
      idle: undefined,
      idleSince: 0,
    };
    if (entry.waiting >= options.queueMax) throw unavailable("Too many requests wait for this function.");
    entries.set(fn, entry);
    clearTimeout(entry.idle);
    entry.waiting += 1;
    const result = entry.last.then(() => runAll(fn, entry, { digest, events, until }));
    entry.last = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      entry.waiting -= 1;
      if (entry.waiting === 0) rest(fn, entry);
    }
  }

  async function runAll(
    fn: string,
    entry: Entry,
    { digest, events, until }: { digest: string; events: readonly unknown[]; until: number },
  ): Promise<(RunResult | undefined)[]> {
    const results: (RunResult | undefined)[] = [];
    for (const event of events) {
      if (deps.clock() >= until) results.push(undefined);
      else {
        const running = await processOf(entry, digest);
        const result = "error" in running ? running : await running.run(event);
        if (result.logs.length > 0) deps.logger.info({ fn, logs: result.logs }, "a function wrote");
        if ("error" in result) deps.logger.info({ fn, error: result.error }, "a function failed");
        results.push(result);
      }
    }
    return results;
  }

  async function processOf(entry: Entry, digest: string): Promise<FunctionProcess | { error: string; logs: string[] }> {
    if (entry.digest !== digest) {
      await entry.process?.stop();
      entry.digest = digest;
    }
    if (entry.process?.alive === true) return entry.process;
    await makeRoom();
    starting += 1;
    try {
      entry.process = await deps.start(digest);
      return entry.process;
    } catch (error) {
      if (error instanceof AppError) throw error;
      return { error: error instanceof Error ? error.message : String(error), logs: [] };
    } finally {
      starting -= 1;
    }
  }

  async function makeRoom(): Promise<void> {
    const running = alive();
    if (running.length + starting < options.processesMax) return;
    const [oldest] = running.filter(({ waiting }) => waiting === 0).sort((a, b) => a.idleSince - b.idleSince);
    if (oldest === undefined) throw unavailable("Too many functions run at once; raise FUNCTION_PROCESSES_MAX.");
    await oldest.process?.stop();
  }

  function rest(fn: string, entry: Entry): void {
    entry.idleSince = deps.clock();
    entry.idle = setTimeout(() => {
      entries.delete(fn);
      void entry.process?.stop();
    }, options.idleMs);
    entry.idle.unref();
  }

  return {
    run,
    size: () => alive().length,
    async close() {
      closed = true;
      await Promise.all(
        [...entries.values()].map(async (entry) => {
          clearTimeout(entry.idle);
          await entry.process?.stop();
        }),
      );
    },
  };
}

function unavailable(message: string): AppError {
  return new AppError("function-host-unavailable", message);
}
