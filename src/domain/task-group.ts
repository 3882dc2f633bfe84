import { setTimeout as sleep } from "node:timers/promises";

/**
 * Runs tasks until all are over; when one fails, the others are told to stop, and waited for. Throws what failed first.
 * @param begin Gets the signal that tells them, which aborts with `signal` too.
 */
export async function allTogether(signal: AbortSignal, begin: (stop: AbortSignal) => Promise<void>[]): Promise<void> {
  const failed = new AbortController();
  let failure: { error: unknown } | undefined;
  const tasks = begin(AbortSignal.any([signal, failed.signal]));
  await Promise.all(
    tasks.map((task) =>
      task.catch((error: unknown) => {
        failure ??= { error };
        failed.abort();
      }),
    ),
  );
  if (failure !== undefined) throw failure.error;
}

/** Sleeps, until the signal aborts at most. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
