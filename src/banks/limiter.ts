/** Runs a task as soon as a place is free, in order of asking. */
export type Limiter = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * Lets at most `maxConcurrency` tasks run at once. Those that wait are not bounded here: a caller's batch is, and it waits for all of them.
 */
export function createLimiter(maxConcurrency: number): Limiter {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    // A place that frees while others wait is handed on, so `running` stays as it is.
    if (running < maxConcurrency) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
