import { setTimeout as sleep } from "node:timers/promises";

/** Starts services again that ended by themselves. */
export interface Reviver {
  /** Takes note of an end; `how` is for people. Returns at once. */
  ended(name: string, how: string): void;
  stop(): void;
}

// The first restart should be within a second; a service that waits for another one's recovery needs some more.
const PAUSES_MS = [250, 500, 1_000, 2_000, 4_000];
// A service that worked this long has recovered: its next end is its first.
const STEADY_MS = 60_000;

interface History {
  /** How often it ended, each time before it was steady. */
  ends: number;
  readyAt: number;
}

/**
 * Pauses before each restart, twice as long each time. One service at a time and in the order of `order`, because PostgreSQL and the
 * chain must be there before the others.
 *
 * @param deps.revive Starts a service, and resolves when it is ready.
 * @param deps.giveUp Is told of a service that ended more often than it may; nothing is started any more.
 */
export function createReviver(deps: {
  order: () => readonly string[];
  revive: (name: string) => Promise<void>;
  tell: (line: string) => void;
  giveUp: (name: string, how: string, ends: number) => void;
}): Reviver {
  const dueAt = new Map<string, number>();
  const histories = new Map<string, History>();
  const abort = new AbortController();
  let working = false;

  function ended(name: string, how: string): void {
    if (abort.signal.aborted) return;
    const known = histories.get(name);
    const steady = known !== undefined && performance.now() - known.readyAt > STEADY_MS;
    const ends = known === undefined || steady ? 1 : known.ends + 1;
    histories.set(name, { ends, readyAt: Number.POSITIVE_INFINITY });
    const pauseMs = PAUSES_MS[ends - 1];
    if (pauseMs === undefined) {
      abort.abort();
      deps.giveUp(name, how, ends);
      return;
    }
    dueAt.set(name, performance.now() + pauseMs);
    deps.tell(`${name} ended (${how}); starting it again in ${pauseMs / 1_000} s`);
    if (!working) void work();
  }

  async function work(): Promise<void> {
    working = true;
    for (let name = next(); name !== undefined && !abort.signal.aborted; name = next()) {
      const pauseMs = (dueAt.get(name) ?? 0) - performance.now();
      await sleep(Math.max(0, pauseMs), undefined, { signal: abort.signal }).catch(() => undefined);
      // While it waited, something that comes before it may have ended.
      if (abort.signal.aborted || next() !== name) continue;
      dueAt.delete(name);
      await start(name);
    }
    working = false;
  }

  async function start(name: string): Promise<void> {
    try {
      await deps.revive(name);
      histories.set(name, { ends: histories.get(name)?.ends ?? 0, readyAt: performance.now() });
      deps.tell(`${name} runs again`);
    } catch (error) {
      const [reason = ""] = (error as Error).message.split("\n");
      // One that ended meanwhile was noted when it did.
      if (!dueAt.has(name)) ended(name, reason);
    }
  }

  function next(): string | undefined {
    return deps.order().find((name) => dueAt.has(name));
  }

  return { ended, stop: () => abort.abort() };
}
