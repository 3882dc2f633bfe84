import type { Logger } from "pino";
import { pause } from "../../domain/task-group.js";
import { type FunctionRow, readFunctions } from "../../store/functions/retries.js";
import type { Db } from "../../store/schema.js";

/** A function and how far it has come; `position` moves. */
export type PositionedFunction = FunctionRow & { position: bigint };

interface Running {
  fn: PositionedFunction;
  settings: string;
  stop: AbortController;
  done: Promise<void>;
}

// More than functions leave their requests to finish, less than the time after which a process that stops is ended by force.
const END_PATIENCE_MS = 7_000;

// A function that was registered, changed, enabled or disabled is noticed within this time.
const REGISTRY_POLL_MS = 1_000;

/**
 * Delivers to every function of the registry that is in service, as it changes, until the signal aborts or one of them fails. A function
 * that takes long to end holds up no other: it begins again, as it is by then, once it has ended.
 * @param running Filled with what is delivered to now.
 */
export async function superviseFunctions(
  deps: {
    db: Db;
    logger: Logger;
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

  /** What still runs after that is fenced by the lease: whoever takes over has a newer one. */
  async function endAll(): Promise<void> {
    for (const { stop } of deliveries.values()) stop.abort();
    const patience = new AbortController();
    await Promise.race([Promise.all([...deliveries.values()].map(({ done }) => done)), pause(END_PATIENCE_MS, patience.signal)]);
    patience.abort();
    if (deliveries.size > 0) deps.logger.error({ functions: [...deliveries.keys()] }, "functions did not end in time; going on");
  }

  try {
    while (!signal.aborted && failure === undefined) {
      // One that ends while the registry is read moves its position after it was read: it begins after the next reading.
      const ran = new Set(deliveries.keys());
      const wanted = new Map((await readFunctions(deps.db)).map((fn) => [fn.name, fn]));
      const ending: Promise<void>[] = [];
      for (const { fn, settings, stop, done } of deliveries.values()) {
        const now = wanted.get(fn.name);
        if (now !== undefined && settingsOf(now) === settings) continue;
        stop.abort();
        ending.push(done);
      }
      for (const fn of wanted.values()) if (!ran.has(fn.name)) start(await deps.begin(fn));
      await Promise.race([pause(REGISTRY_POLL_MS, signal), ...ending]);
    }
  } finally {
    await endAll();
  }
  if (failure !== undefined) throw failure.error;
}

function settingsOf(fn: FunctionRow): string {
  const { name, url, secret, types, payerBank, payeeBank, batchSize, concurrency } = fn;
  const { owner = null, ofPrincipal = null, currency = null, retry = null, previousSecret = null } = fn;
  const registered = [owner, ofPrincipal, currency, retry, previousSecret];
  return JSON.stringify([name, url, secret, types, payerBank, payeeBank, batchSize, concurrency, ...registered]);
}
