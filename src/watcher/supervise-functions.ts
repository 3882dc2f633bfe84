import { type FunctionRow, readFunctions } from "../store/deliveries.js";
import type { Db } from "../store/open-store.js";
import { pause } from "./all-together.js";

/** A function and how far it has come; `position` moves. */
export type PositionedFunction = FunctionRow & { position: bigint };

interface Running {
  fn: PositionedFunction;
  settings: string;
  stop: AbortController;
  done: Promise<void>;
}

// A function that was registered, changed, enabled or disabled is noticed within this time.
const REGISTRY_POLL_MS = 1_000;

/**
 * Delivers to every function of the registry that is in service, as it changes, until the signal aborts or one of them fails.
 * @param running Filled with what is delivered to now.
 */
export async function superviseFunctions(
  deps: {
    db: Db;
    begin(fn: FunctionRow & { position: bigint | null }): Promise<PositionedFunction>;
    deliver(fn: PositionedFunction, signal: AbortSignal): Promise<void>;
  },
  running: Map<string, PositionedFunction>,
  signal: AbortSignal,
): Promise<void> {
  const deliveries = new Map<string, Running>();
  let failure: { error: unknown } | undefined;

  function start(fn: PositionedFunction): void {
    const stop = new AbortController();
    const done = deps
      .deliver(fn, AbortSignal.any([signal, stop.signal]))
      .catch((error: unknown) => {
        failure ??= { error };
      })
      // One that ends by itself (410) may be enabled again.
      .finally(() => {
        running.delete(fn.name);
        deliveries.delete(fn.name);
      });
    running.set(fn.name, fn);
    deliveries.set(fn.name, { fn, settings: settingsOf(fn), stop, done });
  }

  async function end({ stop, done }: Running): Promise<void> {
    stop.abort();
    await done;
  }

  try {
    while (!signal.aborted && failure === undefined) {
      const wanted = new Map((await readFunctions(deps.db)).map((fn) => [fn.name, fn]));
      const gone = [...deliveries.values()].filter(({ fn, settings }) => {
        const now = wanted.get(fn.name);
        return now === undefined || settingsOf(now) !== settings;
      });
      await Promise.all(gone.map(end));
      // Read before they ended: where they stand now is read anew.
      if (gone.length > 0) continue;
      for (const fn of wanted.values()) if (!deliveries.has(fn.name)) start(await deps.begin(fn));
      await pause(REGISTRY_POLL_MS, signal);
    }
  } finally {
    await Promise.all([...deliveries.values()].map(end));
  }
  if (failure !== undefined) throw failure.error;
}

function settingsOf(fn: FunctionRow): string {
  const { name, url, secret, types, payerBank, payeeBank, batchSize, concurrency } = fn;
  const { owner = null, ofPrincipal = null, currency = null, retry = null, previousSecret = null } = fn;
  const registered = [owner, ofPrincipal, currency, retry, previousSecret];
  return JSON.stringify([name, url, secret, types, payerBank, payeeBank, batchSize, concurrency, ...registered]);
}
