import { setTimeout as sleep } from "node:timers/promises";
import { Counter, Gauge, type Registry } from "prom-client";

/** Figures that are asked for when somebody looks, and no more often than they change. */
export interface Collectors {
  /**
   * @param name Names it in `eventmachine_collector_failures_total`.
   * @param maxAgeMs So long an answer is good for.
   * @param read Asks the store or the chain.
   * @param gauges What the answer sets; emptied when there is none, so that no old figure passes for a new one.
   */
  add<T>(name: string, maxAgeMs: number, read: () => Promise<T>, gauges: GaugeOf<T>[]): void;
  /** Brings every gauge up to date; never rejects. */
  collect(): Promise<void>;
}

/** A gauge's samples, as they follow from an answer. */
export interface GaugeOf<T> {
  name: string;
  help: string;
  labelNames?: readonly string[];
  samples(answer: T): { labels?: Record<string, string>; value: number }[];
}

// Prometheus gives a scrape ten seconds: what takes longer is left out of it, and counted as a failure.
const READ_TIMEOUT_MS = 4_000;

export function createCollectors(registry: Registry, clock: () => number): Collectors {
  const failures = new Counter({
    name: "eventmachine_collector_failures_total",
    help: "Scrapes for which the store or the chain gave no answer, so that its figures are missing",
    labelNames: ["collector"],
    registers: [registry],
  });
  const collectors: (() => Promise<void>)[] = [];

  function add<T>(name: string, maxAgeMs: number, read: () => Promise<T>, definitions: GaugeOf<T>[]): void {
    failures.inc({ collector: name }, 0);
    const gauges = definitions.map(({ samples, labelNames = [], ...definition }) => {
      const gauge = new Gauge({ ...definition, labelNames: [...labelNames], registers: [registry] });
      return { samples, gauge };
    });
    const clear = () => {
      for (const { gauge } of gauges) empty(gauge);
    };
    clear();
    let readAt = Number.NEGATIVE_INFINITY;
    let reading: Promise<void> | undefined;

    async function refresh(): Promise<void> {
      try {
        const answer = await withinTime(read());
        clear();
        for (const { samples, gauge } of gauges) for (const { labels = {}, value } of samples(answer)) gauge.set(labels, value);
        readAt = clock();
      } catch {
        // Whoever reads has logged it or not; that it failed is what counts here.
        failures.inc({ collector: name });
        clear();
        readAt = Number.NEGATIVE_INFINITY;
      }
    }

    collectors.push(async () => {
      if (clock() - readAt < maxAgeMs) return;
      reading ??= refresh().finally(() => {
        reading = undefined;
      });
      await reading;
    });
  }

  return {
    add,
    collect: async () => {
      await Promise.all(collectors.map((collector) => collector()));
    },
  };
}

/** `reset` would set a gauge without labels to 0, which is a figure as well. */
function empty(gauge: Gauge): void {
  gauge.reset();
  gauge.remove({});
}

async function withinTime<T>(answer: Promise<T>): Promise<T> {
  const done = new AbortController();
  const late = sleep(READ_TIMEOUT_MS, undefined, { signal: done.signal, ref: false }).then(() => {
    throw new Error("no answer in time");
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([answer, late]);
  } finally {
    done.abort();
  }
}
