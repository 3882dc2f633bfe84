import type { Logger } from "pino";
import { AppError } from "../domain/app-error.js";
import { createFairSlots } from "../domain/fair-slots.js";
import type { FunctionProcess, RunResult } from "./function-process.js";
import { createProcessRoom } from "./process-room.js";

/**
 * - `idleMs`: a process is stopped after so long without an event.
 * - `processesMax`: processes at once, of all functions and of modules that are being registered.
 * - `queueMax`: requests that wait, of all functions together; one principal's may take half of the places that are left.
 */
export interface PoolOptions {
  idleMs: number;
  processesMax: number;
  queueMax: number;
}

/** A function, and the principal whose limits it counts towards. */
export interface FunctionKey {
  principal: string;
  fn: string;
}

/** A request to a function. `waitMs`: how long its events may wait for their turn. */
export interface RunRequest extends FunctionKey {
  digest: string;
  events: readonly unknown[];
  waitMs: number;
}

/** Runs functions, each in one process of its own, started on demand. Slots and places in the queue are shared fairly among principals. */
export interface FunctionPool {
  /**
   * Has a function handle events, one after another; results are in their order. An event that ends its process has failed, and the
   * next begins in a fresh one. `undefined`: not reached in time.
   * @throws AppError `function-host-unavailable` where too many requests wait
   */
  run(request: RunRequest): Promise<(RunResult | undefined)[]>;
  /**
   * Does other work of a principal that takes a process, within the same limits.
   * @throws AppError `function-host-unavailable` where too many requests wait, or none ended in time
   */
  occupy<T>(principal: string, waitMs: number, work: () => Promise<T>): Promise<T>;
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
}

export function createFunctionPool(
  deps: { start(digest: string): Promise<FunctionProcess>; logger: Logger },
  options: PoolOptions,
): FunctionPool {
  const entries = new Map<string, Entry>();
  const slots = createFairSlots(options.processesMax);
  const places = createFairSlots(options.queueMax);
  const room = createProcessRoom(options.processesMax);
  let closed = false;

  /** Takes a place in the queue for as long as `work` takes. */
  async function queued<T>(principal: string, work: () => Promise<T>): Promise<T> {
    if (closed) throw unavailable("The function host is stopping.");
    if (!places.mayHold(principal)) throw unavailable("Too many requests of this principal wait.");
    const leave = await places.acquire(principal, 0);
    try {
      return await work();
    } finally {
      leave?.();
    }
  }

  async function run(request: RunRequest): Promise<(RunResult | undefined)[]> {
    return await queued(request.principal, async () => {
      const key = JSON.stringify([request.principal, request.fn]);
      const entry = entryOf(key, request.digest);
      clearTimeout(entry.idle);
      entry.waiting += 1;
      const result = entry.last.then(() => runAll(entry, request));
      entry.last = result.catch(() => undefined);
      try {
        return await result;
      } finally {
        entry.waiting -= 1;
        if (entry.waiting === 0) rest(key, entry);
      }
    });
  }

  function entryOf(key: string, digest: string): Entry {
    const entry = entries.get(key) ?? { digest, process: undefined, last: Promise.resolve(), waiting: 0, idle: undefined };
    entries.set(key, entry);
    return entry;
  }

  async function runAll(entry: Entry, request: RunRequest): Promise<(RunResult | undefined)[]> {
    const endsAt = performance.now() + request.waitMs;
    const results: (RunResult | undefined)[] = [];
    for (const event of request.events) {
      // For each event anew: a long batch of one principal's lets others in between.
      const release = await slots.acquire(request.principal, endsAt - performance.now());
      try {
        const isLate = closed || release === undefined || performance.now() >= endsAt;
        results.push(isLate ? undefined : await runOne(entry, request, event));
      } finally {
        release?.();
      }
    }
    return results;
  }

  async function runOne(entry: Entry, { fn, digest }: RunRequest, event: unknown): Promise<RunResult> {
    const running = await processOf(entry, digest);
    if ("error" in running) return running;
    const result = await running.run(event);
    room.setBusy(running, false);
    if (result.logs.length > 0) deps.logger.info({ fn, logs: result.logs }, "a function wrote");
    if ("error" in result) deps.logger.info({ fn, error: result.error }, "a function failed");
    return result;
  }

  async function processOf(entry: Entry, digest: string): Promise<FunctionProcess | { error: string; logs: string[] }> {
    if (entry.digest !== digest) {
      await entry.process?.stop();
      entry.digest = digest;
    }
    if (entry.process?.alive === true) {
      room.setBusy(entry.process, true);
      return entry.process;
    }
    try {
      entry.process = await room.start(() => deps.start(digest));
      return entry.process;
    } catch (error) {
      return { error: error instanceof Error ? error.message : String(error), logs: [] };
    }
  }

  function rest(key: string, entry: Entry): void {
    entry.idle = setTimeout(() => {
      entries.delete(key);
      void entry.process?.stop();
    }, options.idleMs);
    entry.idle.unref();
  }

  async function occupy<T>(principal: string, waitMs: number, work: () => Promise<T>): Promise<T> {
    return await queued(principal, async () => {
      const release = await slots.acquire(principal, waitMs);
      if (release === undefined) throw unavailable("No process became free in time.");
      try {
        return await room.occupy(work);
      } finally {
        release();
      }
    });
  }

  return {
    run,
    occupy,
    size: room.size,
    async close() {
      closed = true;
      for (const { idle } of entries.values()) clearTimeout(idle);
      await room.stopAll();
    },
  };
}

function unavailable(message: string): AppError {
  return new AppError("function-host-unavailable", message);
}
