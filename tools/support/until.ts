import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 10;
// The limit is for a condition that never comes: a busy machine fails no test.
const PATIENCE_MS = 100_000;

/** Waits for a condition, and says what it has waited for if it never comes. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`It never happened: ${what}`);
    await sleep(POLL_MS);
  }
}
