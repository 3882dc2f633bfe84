import type { Collectors, GaugeOf } from "./collectors.js";

/** What the store knows of the work; see `WorkInHand`. */
interface Work {
  transfers: readonly { state: string; count: number }[];
  oldestOpen: { ageSeconds: number } | undefined;
  startsWaiting: { count: number; oldestAgeSeconds: number };
  functions: readonly {
    name: string;
    behind: number;
    waiting: number;
    dead: number;
    maxAttempts: number;
    disabled: boolean;
  }[];
  projectedBlock: number | undefined;
  watching: boolean;
}

const MAX_AGE_MS = 5_000;

/**
 * What waits, as the store knows it. Every replica that tells it tells the same: take the maximum, not the sum.
 * @param states Every state that a transfer on the chain can be in: one that none is in stands at 0.
 */
export function addWorkMetrics(collectors: Collectors, states: readonly string[], read: () => Promise<Work>): void {
  collectors.add("store", MAX_AGE_MS, read, [
    {
      name: "eventmachine_transfers",
      help: "Transfers on the chain, by state",
      labelNames: ["state"],
      samples: ({ transfers }) =>
        states.map((state) => ({ labels: { state }, value: transfers.find((row) => row.state === state)?.count ?? 0 })),
    },
    plain(
      "eventmachine_oldest_open_transfer_age_seconds",
      "Since its start, of the oldest transfer whose next step is a bank's; 0 if there is none",
      ({ oldestOpen }) => oldestOpen?.ageSeconds ?? 0,
    ),
    plain(
      "eventmachine_starts_waiting",
      "Accepted transfers that are not yet known to be on the chain for good",
      ({ startsWaiting }) => startsWaiting.count,
    ),
    plain(
      "eventmachine_oldest_waiting_start_age_seconds",
      "Since it was accepted, of the oldest of those; 0 if there is none",
      ({ startsWaiting }) => startsWaiting.oldestAgeSeconds,
    ),
    plain("eventmachine_watcher_leases_held", "1 while a watcher holds the lease", ({ watching }) => Number(watching)),
    perFunction(
      "eventmachine_delivery_behind_events",
      "Events between a function's position and the newest that may be acted upon",
      ({ behind }) => behind,
    ),
    perFunction("eventmachine_delivery_waiting_events", "Deliveries that failed and come again", ({ waiting }) => waiting),
    perFunction("eventmachine_delivery_dead_letters", "Deliveries that were given up", ({ dead }) => dead),
    perFunction(
      "eventmachine_delivery_max_attempts",
      "How often the most stubborn of the deliveries that come again was tried",
      ({ maxAttempts }) => maxAttempts,
    ),
    perFunction("eventmachine_function_disabled", "1 for a function that is out of service", ({ disabled }) => Number(disabled)),
  ]);
}

/** How far the projection is behind the chain's newest block. */
export function addLagMetrics(
  collectors: Collectors,
  read: () => Promise<{ head: number; projected: number | undefined }>,
): void {
  collectors.add("chain", MAX_AGE_MS, read, [
    { name: "eventmachine_chain_head_block", help: "The chain's newest block", samples: ({ head }) => [{ value: head }] },
    {
      name: "eventmachine_projection_blocks_behind",
      help: "Blocks between the projection and the chain's newest",
      samples: ({ head, projected }) => (projected === undefined ? [] : [{ value: Math.max(0, head - projected) }]),
    },
  ]);
}

function plain(name: string, help: string, value: (work: Work) => number): GaugeOf<Work> {
  return { name, help, samples: (work) => [{ value: value(work) }] };
}

function perFunction(name: string, help: string, value: (fn: Work["functions"][number]) => number): GaugeOf<Work> {
  const samples = ({ functions }: Work) => functions.map((fn) => ({ labels: { function: fn.name }, value: value(fn) }));
  return { name, help, labelNames: ["function"], samples };
}
