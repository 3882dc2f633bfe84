import { Counter, Histogram, type Registry } from "prom-client";

const BATCH_SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 30, 60];

/** Measures deliveries to functions, and reorganisations. */
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
  return {
    delivered(delivery: { fn: string; events: number; outcome: string; durationMs: number }): void {
      requests.inc({ function: delivery.fn, outcome: delivery.outcome });
      duration.observe({ function: delivery.fn }, delivery.durationMs / 1000);
      events.observe({ function: delivery.fn }, delivery.events);
    },
    reorganised: () => reorganisations.inc(),
  };
}
