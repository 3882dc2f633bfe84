/**
 * Whether a function is asked at all. `closed`: it answers, or has not failed often enough to think otherwise. `open`: it is down, and
 * is asked by one request at a time, ever more rarely.
 */
export interface CircuitBreaker {
  state(): "closed" | "open";
  /** How many requests may be under way now. */
  limit(concurrency: number): number;
  /** Milliseconds until the next request may go out; 0 while closed. */
  waitMs(): number;
  /** A request was answered. Returns whether this closed it. */
  succeeded(): boolean;
  /** A request was not answered, or by "not now". Returns whether this opened it. */
  failed(retryAfterMs?: number): boolean;
}

// One bad event in a request of many must not look like a function that is down.
const FAILURES_UNTIL_OPEN = 5;
// A pause lasts a quarter of the absence: a function that restarts within seconds is noticed soon, and one that stays away costs few
// requests. Pauses that double would last as long as the absence.
const PAUSE_SHARE = 1 / 4;
const LONGEST_PAUSE_MS = 5_000;

/** In this process only: whoever takes over learns by a few requests what the one before knew. */
export function createCircuitBreaker(
  deps: { clock: () => number },
  options: { firstRetryMs: number; maxRetryMs: number },
): CircuitBreaker {
  let failures = 0;
  let failingSince = 0;
  let probeAt = 0;
  const isOpen = () => failures >= FAILURES_UNTIL_OPEN;
  const waitMs = () => (isOpen() ? Math.max(probeAt - deps.clock(), 0) : 0);

  function limit(concurrency: number): number {
    if (!isOpen()) return concurrency;
    return waitMs() > 0 ? 0 : 1;
  }

  function succeeded(): boolean {
    const wasOpen = isOpen();
    failures = 0;
    return wasOpen;
  }

  function failed(retryAfterMs = 0): boolean {
    failures += 1;
    const now = deps.clock();
    if (failures === 1) failingSince = now;
    if (!isOpen()) return false;
    const shareMs = Math.max((now - failingSince) * PAUSE_SHARE, options.firstRetryMs);
    probeAt = now + Math.max(Math.min(shareMs, options.maxRetryMs, LONGEST_PAUSE_MS), retryAfterMs);
    return failures === FAILURES_UNTIL_OPEN;
  }

  return { state: () => (isOpen() ? "open" : "closed"), limit, waitMs, succeeded, failed };
}
