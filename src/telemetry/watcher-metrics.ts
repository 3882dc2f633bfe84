import { Counter, Gauge, Histogram, type Registry } from "prom-client";

const BATCH_SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30, 60];

/** Measures deliveries to functions, reorganisations, and what reconciliation finds. */
export function createWatcherMetrics(registry: Registry) {
  const registers = [registry];
  const requests = new Counter({
    name: "eventmachine_delivery_requests_total",
    help: "Requests to a function, by what came of them: answered, retry, refused, gone",
    labelNames: ["function", "outcome"],
    registers,
  });
  const duration = new Histogram({
    name: "eventmachine_delivery_request_duration_seconds",
    help: "How long a function took to answer",
    labelNames: ["function"],
    buckets: SECONDS,
    registers,
  });
  const events = new Histogram({
    name: "eventmachine_delivery_batch_events",
    help: "Events in a request",
    labelNames: ["function"],
    buckets: BATCH_SIZES,
    registers,
  });
  const reorganisations = new Counter({
    name: "eventmachine_reorganisations_total",
    help: "Times that the chain took blocks back and the projection was rolled back",
    registers,
  });
  const postings = new Gauge({
    name: "eventmachine_reconciliation_postings",
    help: "Postings of a day, by how the bank's statement and the chain stand to each other: agreed, underway, missing, doubled, amount, unexplained",
    labelNames: ["bank", "day", "verdict"],
    registers,
  });
  const reconciliations = new Counter({
    name: "eventmachine_reconciliations_total",
    help: "Comparisons of a bank's statement of a day with the chain, by outcome: done, failed",
    labelNames: ["bank", "outcome"],
    registers,
  });
  return {
    delivered(delivery: { fn: string; events: number; outcome: string; durationMs: number }): void {
      requests.inc({ function: delivery.fn, outcome: delivery.outcome });
      duration.observe({ function: delivery.fn }, delivery.durationMs / 1000);
      events.observe({ function: delivery.fn }, delivery.events);
    },
    reorganised: () => reorganisations.inc(),
    reconciled(bank: string, day: string, counts: Record<string, number>): void {
      reconciliations.inc({ bank, outcome: "done" });
      for (const [verdict, count] of Object.entries(counts)) postings.set({ bank, day, verdict }, count);
    },
    reconciliationFailed: (bank: string) => reconciliations.inc({ bank, outcome: "failed" }),
    // Another replica goes on with it: what this one found must not raise an alarm for ever.
    reconciliationStopped: () => postings.reset(),
  };
}
