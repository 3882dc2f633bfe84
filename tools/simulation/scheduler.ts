import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";

/** A process of the simulation. What belongs to one that was killed never happens any more; one that is stopped waits. */
export interface Process {
  readonly name: string;
  dead: boolean;
  stopped: boolean;
  /** How far the process's time of day is ahead of the world's, in milliseconds. */
  clockMs: number;
  /** What waits until it goes on. */
  readonly held: (() => void)[];
}

/** One thing at a time, in the order of a clock that nobody waits for. */
export interface Scheduler {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Does `work` after so many milliseconds, as the current process or as another one (`null`: as nobody, whom nothing can kill). While
   * it runs, nothing else does: work that has to wait for the real world (a query, a call to the node) is awaited.
   */
  after(delayMs: number, label: string, work: () => unknown, process?: Process | null): () => void;
  /** Notes something in the trace. */
  trace(label: string): void;
  /** Which process the code that asks belongs to. */
  current(): Process | undefined;
  /** Runs code as a process. */
  as<T>(process: Process, work: () => T): T;
  /** Goes on until the condition holds. @throws Error if there is nothing left to do, or so many milliseconds have passed. */
  runUntil(what: string, condition: () => boolean | Promise<boolean>, limitMs: number): Promise<void>;
  digest(): string;
  readonly steps: () => number;
}

interface Event {
  at: number;
  order: number;
  label: string;
  work: () => unknown;
  process: Process | undefined;
  cancelled: boolean;
}

/** Turns of the real event loop within which everything that needs no event of ours has come to rest: chains of `nextTick` and `setImmediate`. */
const TURNS_TO_REST = 6;
const setImmediateReally = setImmediate;

export function createScheduler(startMs: number, onTrace?: (line: string) => void): Scheduler {
  const storage = new AsyncLocalStorage<Process>();
  const queue = createHeap();
  const hash = createHash("sha256");
  let now = startMs;
  let order = 0;
  let steps = 0;

  function trace(label: string): void {
    const line = `${now - startMs} ${label}`;
    hash.update(`${line}\n`);
    onTrace?.(line);
  }

  function after(
    delayMs: number,
    label: string,
    work: () => unknown,
    process: Process | null = storage.getStore() ?? null,
  ): () => void {
    order += 1;
    const owner = process ?? undefined;
    const event: Event = { at: now + Math.max(delayMs, 0), order, label, work, process: owner, cancelled: false };
    queue.push(event);
    return () => {
      event.cancelled = true;
    };
  }

  async function step(): Promise<boolean> {
    for (let turn = 0; turn < TURNS_TO_REST; turn += 1) await new Promise((resolve) => setImmediateReally(resolve));
    const event = queue.pop();
    if (event === undefined) return false;
    if (event.cancelled || event.process?.dead) return true;
    now = Math.max(now, event.at);
    steps += 1;
    if (event.process?.stopped) {
      event.process.held.push(() => after(0, event.label, event.work, event.process ?? null));
      return true;
    }
    if (event.label !== "") trace(`${event.process?.name ?? "world"} ${event.label}`);
    if (event.process === undefined) await event.work();
    else await storage.run(event.process, event.work);
    return true;
  }

  async function runUntil(what: string, condition: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
    const limit = now + limitMs;
    while (!(await condition())) {
      if (now > limit) throw new Error(`Not within ${limitMs} ms: ${what}`);
      if (!(await step())) throw new Error(`Nothing is left to happen, and not yet: ${what}`);
    }
  }

  return {
    now: () => now,
    after,
    trace,
    current: () => storage.getStore(),
    as: (process, work) => storage.run(process, work),
    runUntil,
    digest: () => hash.copy().digest("hex"),
    steps: () => steps,
  };
}

/** A new process. */
export function createProcess(name: string): Process {
  return { name, dead: false, stopped: false, clockMs: 0, held: [] };
}

/** SIGSTOP and SIGCONT. */
export function setStopped(process: Process, stopped: boolean): void {
  process.stopped = stopped;
  if (!stopped) for (const release of process.held.splice(0)) release();
}

/** A binary heap by time, then by order. */
function createHeap() {
  const heap: Event[] = [];
  const before = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.order < b.order);
  function swap(i: number, j: number): void {
    [heap[i], heap[j]] = [heap[j] as Event, heap[i] as Event];
  }
  function push(event: Event): void {
    let at = heap.push(event) - 1;
    for (let up = (at - 1) >> 1; at > 0 && before(event, heap[up] as Event); up = (at - 1) >> 1) {
      swap(at, up);
      at = up;
    }
  }
  function pop(): Event | undefined {
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      for (const child of [left, right])
        if (child < heap.length && before(heap[child] as Event, heap[least] as Event)) least = child;
      if (least === at) return first;
      swap(at, least);
      at = least;
    }
  }
  return { push, pop };
}
