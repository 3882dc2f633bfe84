import { Counter, Gauge, Histogram, type Registry } from "prom-client";

/** How a batch of items for the chain ended; see `SendingObserver`. */
const OUTCOMES = ["mined", "reverted", "lost", "refused", "unknown"] as const;
const BATCH_SIZES = [1, 2, 5, 10, 20, 50, 100, 200, 400];
const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 12, 30, 60, 120, 300, 600];

/** Measures the transactions of a key. */
export function createSendingMetrics(registry: Registry, clock: () => number = () => performance.now()) {
  const registers = [registry];
  const began = new Set<{ at: number }>();
  const transactions = new Counter({
    name: "eventmachine_transactions_total",
    help: "Batches sent to the chain, by how they ended: mined, reverted, lost to another holder of the key, refused by the node, unknown",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of OUTCOMES) transactions.inc({ outcome }, 0);
  const items = new Histogram({
    name: "eventmachine_transaction_batch_items",
    help: "Items in a batch that was mined",
    buckets: BATCH_SIZES,
    registers,
  });
  const duration = new Histogram({
    name: "eventmachine_transaction_duration_seconds",
    help: "From the first try to broadcast a batch until it is mined",
    buckets: SECONDS,
    registers,
  });
  const gas = new Counter({ name: "eventmachine_gas_used_total", help: "Gas that mined batches have used", registers });
  const replacements = new Counter({
    name: "eventmachine_transaction_replacements_total",
    help: "Transactions sent again with a higher fee because they were not mined in time",
    registers,
  });
  const fee = new Gauge({
    name: "eventmachine_max_fee_per_gas_wei",
    help: "The highest fee per gas that was last offered",
    registers,
  });
  new Gauge({
    name: "eventmachine_transactions_in_flight",
    help: "Batches begun that have not ended",
    registers,
    collect() {
      this.set(began.size);
    },
  });
  new Gauge({
    name: "eventmachine_oldest_transaction_age_seconds",
    help: "Since when the oldest batch that has not ended is being sent; 0 if there is none",
    registers,
    collect() {
      const [oldest] = began;
      this.set(oldest === undefined ? 0 : Math.max(0, clock() - oldest.at) / 1000);
    },
  });

  return {
    batchBegan(count: number) {
      const flight = { at: clock() };
      began.add(flight);
      return ({ outcome, gasUsed }: { outcome: (typeof OUTCOMES)[number]; gasUsed?: bigint }) => {
        began.delete(flight);
        transactions.inc({ outcome });
        if (gasUsed !== undefined) gas.inc(Number(gasUsed));
        if (outcome !== "mined") return;
        items.observe(count);
        duration.observe((clock() - flight.at) / 1000);
      };
    },
    feesRead: (maxFeePerGas: bigint) => fee.set(Number(maxFeePerGas)),
    replaced: () => replacements.inc(),
  };
}
