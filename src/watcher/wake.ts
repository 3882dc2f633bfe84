/** Lets several loops sleep until there may be something to do. */
export interface Wake {
  /** Wakes every ear. */
  notify(): void;
  /** A listener of its own; give each loop one. */
  ear(): Ear;
}

export interface Ear {
  /**
   * Resolves at the next `notify`, after `timeoutMs`, or when the signal aborts; at once if there was a `notify` since the last
   * call, so that none is lost while the loop was busy.
   */
  wait(timeoutMs: number, signal: AbortSignal): Promise<void>;
}

export function createWake(): Wake {
  const waiting = new Set<() => void>();
  let version = 0;

  function notify(): void {
    version += 1;
    for (const resolve of [...waiting]) resolve();
  }

  function ear(): Ear {
    let heard = version;
    return {
      async wait(timeoutMs, signal) {
        if (heard === version && !signal.aborted) await next(timeoutMs, signal);
        heard = version;
      },
    };
  }

  function next(timeoutMs: number, signal: AbortSignal): Promise<void> {
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

  return { notify, ear };
}
