import type { Logger } from "pino";
import { type FunctionRequest, REQUESTS_KEPT, writeRequests } from "../../store/functions/request-log.js";
import type { Db } from "../../store/schema.js";
import type { DeliveryObserver } from "./deliver-function.js";

const WRITE_INTERVAL_MS = 1_000;
// Beyond what a second brings; what is lost of it is statistics.
const HELD_MAX = 20 * REQUESTS_KEPT;

/** Keeps the newest requests of each function for whoever asks how it does; written together, now and then, and lost in a crash. */
export function createRequestRecorder(deps: { db: Db; logger: Logger; clock: () => number }): DeliveryObserver & {
  stop(): Promise<void>;
} {
  let held: (FunctionRequest & { fn: string })[] = [];
  let writing: Promise<void> = Promise.resolve();

  function write(): void {
    const requests = held;
    if (requests.length === 0) return;
    held = [];
    writing = writing
      .then(() => writeRequests(deps.db, requests))
      .catch((error: Error) => deps.logger.warn({ error: error.message }, "the newest requests were not recorded"));
  }

  const timer = setInterval(write, WRITE_INTERVAL_MS);
  timer.unref();
  return {
    delivered({ fn, events, outcome, durationMs, error = null }) {
      if (held.length < HELD_MAX) held.push({ fn, at: new Date(deps.clock()), events, outcome, durationMs, error });
    },
    async stop() {
      clearInterval(timer);
      write();
      await writing;
    },
  };
}
