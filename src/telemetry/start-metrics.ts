import { Counter, type Registry } from "prom-client";

/**
 * Measures what became of accepted starts.
 * @param refusals The causes of refusal that there are.
 */
export function createStartMetrics(registry: Registry, refusals: readonly string[]): (outcome: string) => void {
  const starts = new Counter({
    name: "eventmachine_starts_total",
    help: "Accepted transfers that this replica brought to their start: started, or the cause of refusal",
    labelNames: ["outcome"],
    registers: [registry],
  });
  const inc = (outcome: string, by = 1) => starts.inc({ outcome: outcome.toLowerCase() }, by);
  for (const outcome of ["started", ...refusals]) inc(outcome, 0);
  return (outcome) => inc(outcome);
}
