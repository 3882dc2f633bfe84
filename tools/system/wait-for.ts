import { setTimeout as sleep } from "node:timers/promises";

// The limit is for a condition that never comes: a busy machine fails no test.
const DEFAULT_TIMEOUT_MS = 100_000;
const POLL_MS = 20;

/**
 * Asks until there is an answer, and returns it: neither `undefined` nor `false`. A condition that does not hold in time is an
 * error that says which.
 */
export async function waitFor<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = DEFAULT_TIMEOUT_MS,
): Promise<T> {
  const until = Date.now() + timeoutMs;
  while (Date.now() < until) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    await sleep(POLL_MS);
  }
  throw new Error(`Not within ${timeoutMs} ms: ${what}`);
}
