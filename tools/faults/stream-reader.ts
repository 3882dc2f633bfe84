import { setTimeout as sleep } from "node:timers/promises";
import { openEventStream, type Told } from "../support/stream-clients.js";
import type { System } from "../system/stack.js";

const RECONNECT_MS = 200;
// It cuts itself off now and then, beside what the nemesis does.
const READS_MS = 5_000;

/** Follows the events from the first on as a client does, which comes again with its last cursor whenever it is cut off. */
export function startStreamReader({ stack }: System) {
  const stop = new AbortController();
  const told: Told[] = [];
  let lastId: string | undefined;
  let connections = 0;

  async function read(): Promise<void> {
    while (!stop.signal.aborted) {
      const stream = await openEventStream(`${stack.apiUrl}/v1/events/stream?after=0`, stack.secrets.apiKey, lastId).catch(
        () => undefined,
      );
      if (stream === undefined) {
        await sleep(RECONNECT_MS);
        continue;
      }
      connections += 1;
      await Promise.race([stream.ended, sleep(READS_MS), aborted(stop.signal)]);
      await stream.cut();
      told.push(...stream.told);
      if (stream.lastId() !== "") lastId = stream.lastId();
    }
  }

  const reading = read();
  return {
    /** Ends it; what it was told, in order. */
    async finish(): Promise<{ told: readonly Told[]; connections: number }> {
      stop.abort();
      await reading;
      return { told, connections };
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
