import { AppError } from "../domain/app-error.js";

/** Meters how often a principal may name a phone number that nobody has registered. */
export interface MissBudget {
  /** @throws AppError `too-many-requests` once the budget is spent, whether or not the number asked for is registered */
  check(principal: string): void;
  /** Counts a miss. */
  spend(principal: string): void;
}

// Far more than a deployment has API keys; beyond it the oldest windows are forgotten.
const PRINCIPALS_MAX = 10_000;

/**
 * Someone who tries out numbers misses most of the time, and an honest caller seldom does. So it is misses that are metered here,
 * in windows of fixed length, and a spent budget refuses hits as well: otherwise the difference would go on telling them apart.
 */
export function createMissBudget(clock: () => number, limits: { missesMax: number; windowMs: number }): MissBudget {
  const windows = new Map<string, { startedAt: number; misses: number }>();

  function current(principal: string): { startedAt: number; misses: number } {
    const known = windows.get(principal);
    const age = known === undefined ? Number.POSITIVE_INFINITY : clock() - known.startedAt;
    if (known !== undefined && age >= 0 && age < limits.windowMs) return known;
    const fresh = { startedAt: clock(), misses: 0 };
    windows.delete(principal);
    windows.set(principal, fresh);
    const oldest = windows.size > PRINCIPALS_MAX ? windows.keys().next().value : undefined;
    if (oldest !== undefined) windows.delete(oldest);
    return fresh;
  }

  return {
    check(principal) {
      const window = current(principal);
      if (window.misses < limits.missesMax) return;
      const seconds = Math.ceil((window.startedAt + limits.windowMs - clock()) / 1000);
      const message = `Too many unknown phone numbers; try again in ${seconds} s.`;
      throw new AppError("too-many-requests", message, { retryAfterSeconds: seconds });
    },
    spend(principal) {
      current(principal).misses += 1;
    },
  };
}
