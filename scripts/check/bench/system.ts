import { join } from "node:path";
import { JsonRpcProvider } from "ethers";
import { readDeployment } from "../../../src/chain/deployment.js";
import type { Stack } from "../../stack/stack.js";
import { type ChainObserver, createChainObserver } from "./chain-observer.js";
import { apiTarget, assertNoneRefused, type Customers, type LoadResult, runLoad } from "./load.js";
import { type ProcessUsage, readUsage } from "./process-usage.js";
import type { Progress } from "./progress.js";
import {
  type Durations,
  type Latency,
  type Load,
  type SaturationFigures,
  type Subject,
  saturate,
  timeAt,
  untilNoneMissing,
} from "./subject.js";

export interface SystemFigures extends SaturationFigures {
  latencyMs: { at25: Latency; at50: Latency; at80: Latency };
  /** Transfers that the API took on in all. */
  accepted: number;
}

export interface SystemOptions extends Durations {
  customers: Customers;
  amountMinor: string;
}

// More under way fill every batch on the way; less leave a stage idle.
const BACKLOG_TRANSFERS = 1_500;
const EVENTS_PER_TRANSFER = 3;

/** Loads the API of a running stack, first as far as it goes, then at 25 %, 50 % and 80 % of that. */
export async function measureSystem(stack: Stack, options: SystemOptions): Promise<SystemFigures> {
  return await withBench(stack, options, async (bench) => {
    const subject = subjectOf(bench);
    const saturated = await saturate(subject, options, { name: "saturation", backlog: BACKLOG_TRANSFERS });
    const at = (percent: number) =>
      timeAt(subject, options, { name: `latency at ${percent} %`, percent, saturation: saturated.transfersPerSecond });
    const latencyMs = { at25: await at(25), at50: await at(50), at80: await at(80) };
    return { ...saturated, latencyMs, accepted: bench.accepted };
  });
}

/** Loads the API of a running stack as far as it goes, and nothing else; `accepted`: transfers that it took on. */
export async function measureThroughput(
  stack: Stack,
  options: SystemOptions,
): Promise<Pick<SystemFigures, "transfersPerSecond" | "accepted">> {
  return await withBench(stack, options, async (bench) => {
    const { transfersPerSecond } = await saturate(subjectOf(bench), options, { name: "saturation", backlog: BACKLOG_TRANSFERS });
    return { transfersPerSecond, accepted: bench.accepted };
  });
}

/** What loads a stack and looks at its chain. */
export interface Bench {
  stack: Stack;
  options: Pick<SystemOptions, "customers" | "amountMinor">;
  observer: ChainObserver;
  provider: JsonRpcProvider;
  /** What was on the chain before. */
  eventsBefore: number;
  /** Transfers that the API has taken on so far. */
  accepted: number;
  run: string;
}

/** Does something with a {@link Bench}, and closes its connections. */
export async function withBench<Options extends Bench["options"], Result>(
  stack: Stack,
  options: Options,
  measure: (bench: Bench & { options: Options }) => Promise<Result>,
): Promise<Result> {
  const deployment = await readDeployment(join(stack.dataDir, "deployment.json"));
  const url = `http://127.0.0.1:${stack.ports.chain}`;
  const provider = new JsonRpcProvider(url, undefined, { staticNetwork: true, cacheTimeout: -1, batchStallTime: 0 });
  const observer = createChainObserver(provider, deployment.contracts.transferStateRepo);
  try {
    const eventsBefore = await observer.sequence();
    return await measure({ stack, options, observer, provider, eventsBefore, accepted: 0, run: Date.now().toString(36) });
  } finally {
    provider.destroy();
  }
}

/** A stack under load: its chain says what is completed. */
function subjectOf(bench: Bench): Subject<number> {
  const { observer, eventsBefore } = bench;
  return {
    send: (phase, load) => sendLoad(bench, phase, load),
    completed: async () => ((await observer.sequence()) - eventsBefore) / EVENTS_PER_TRANSFER,
    mark: () => observer.blockNumber(),
    completedBetween: observer.completedBetween,
    usage: () => usageOf(bench.stack),
    drain: (progress) => drain(bench, progress),
  };
}

/** Sends load, counts what was accepted, and lets nothing be refused. */
export async function sendLoad(bench: Bench, phase: string, load: Load): Promise<LoadResult> {
  const { stack, options } = bench;
  const { customers, amountMinor } = options;
  const run = `${bench.run}-${phase}`;
  const target = apiTarget({ url: stack.apiUrl, apiKey: stack.secrets.apiKey, customers, amountMinor, run });
  const result = await runLoad({ ...load, target });
  bench.accepted += result.accepted;
  assertNoneRefused(result, `${stack.dataDir}/logs`);
  return result;
}

/** What every process of a stack has used, and `load`, this one. */
export async function usageOf(stack: Stack): Promise<Map<string, ProcessUsage>> {
  const pids = [...stack.children].map(([name, child]): [string, number] => [name, child.pid]);
  return await readUsage(new Map([...pids, ["load", process.pid]]));
}

/** Waits until everything accepted has come to its end on the chain. */
export async function drain(bench: Bench, progress: Progress): Promise<void> {
  const missing = async () => bench.eventsBefore + bench.accepted * EVENTS_PER_TRANSFER - (await bench.observer.sequence());
  await untilNoneMissing(missing, "events", progress);
}
