/** Lets several loops sleep until there may be something to do. */
export interface Wake {
  /** Wakes all who wait. */
  notify(): void;
  /** A mark of now: take one before looking for work, so that nothing that happens meanwhile is slept through. */
  mark(): number;
  /** Resolves at the first `notify` since the mark (at once, if that was before), after `timeoutMs`, or when the signal aborts. */
  wait(since: number, timeoutMs: number, signal: AbortSignal): Promise<void>;
}

export function createWake(): Wake {
  const waiting = new Set<() => void>();
  let version = 0;

  function notify(): void {
    version += 1;
    for (const resolve of [...waiting]) resolve();
  }

  function wait(since: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (since !== version || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      signal.addEventListener("abort", done);
      waiting.add(done);
    });
  }

  return { notify, mark: () => version, wait };
}
