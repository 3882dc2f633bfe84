import { AppError } from "../../domain/app-error.js";

/** Limits how often a principal is told what only someone who tries out phone numbers asks for. One budget covers all routes. */
export interface MissBudget {
  /** @throws AppError `too-many-requests` once the budget is spent, whether or not the number asked for is registered */
  check(principal: string): void;
  /**
   * Records what a look-up has found. It is called in the turn in which that is known, before anything is answered or written: requests
   * that run side by side share the budget as if they came one by one.
   * @param isMiss Whether the answer is one that costs: a number that nobody holds; at a registration, one that another bank holds.
   * @returns Gives a miss back that is not told after all.
   * @throws AppError `too-many-requests` where the budget is spent, for a hit as well
   */
  record(principal: string, isMiss: boolean): () => void;
}

// Far more than a deployment has API keys; beyond it the oldest windows are forgotten.
const PRINCIPALS_MAX = 10_000;

/**
 * Someone who tries out numbers misses most of the time, and an honest caller seldom does. So it is misses that are limited here,
 * in windows of fixed length, and a spent budget refuses hits as well: otherwise the difference would go on telling them apart.
 *
 * @param monotonicMs Milliseconds that only grow: a clock that is set must not give a budget back, nor keep it spent.
 */
export function createMissBudget(monotonicMs: () => number, limits: { missesMax: number; windowMs: number }): MissBudget {
  const windows = new Map<string, { startedAt: number; misses: number }>();

  function current(principal: string): { startedAt: number; misses: number } {
    const now = monotonicMs();
    const known = windows.get(principal);
    if (known !== undefined && now - known.startedAt < limits.windowMs) return known;
    const fresh = { startedAt: now, misses: 0 };
    windows.delete(principal);
    windows.set(principal, fresh);
    const oldest = windows.size > PRINCIPALS_MAX ? windows.keys().next().value : undefined;
    if (oldest !== undefined) windows.delete(oldest);
    return fresh;
  }

  function check(principal: string): void {
    const window = current(principal);
    if (window.misses < limits.missesMax) return;
    const seconds = Math.ceil((window.startedAt + limits.windowMs - monotonicMs()) / 1000);
    const message = `Too many unknown phone numbers; try again in ${seconds} s.`;
    throw new AppError("too-many-requests", message, { retryAfterSeconds: seconds });
  }

  return {
    check,
    record(principal, isMiss) {
      check(principal);
      if (!isMiss) return () => undefined;
      const window = current(principal);
      window.misses += 1;
      return () => {
        window.misses -= 1;
      };
    },
  };
}
