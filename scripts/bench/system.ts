import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { JsonRpcProvider } from "ethers";
import { readDeployment } from "../../src/chain/deployment.js";
import type { Stack } from "../stack/stack.js";
import { type ChainObserver, createChainObserver } from "./chain-observer.js";
import { atRate, belowBacklog, type Customers, type LoadResult, runLoad } from "./load.js";
import { type ProcessUsage, readUsage } from "./process-usage.js";
import { createProgress, type Progress } from "./progress.js";

/** From POST to COMPLETED, in milliseconds. */
export interface Latency {
  p50: number;
  p95: number;
  p99: number;
  samples: number;
}

export interface SystemFigures {
  transfersPerSecond: number;
  latencyMs: { at25: Latency; at50: Latency; at80: Latency };
  /** CPU time for each completed transfer at saturation, in milliseconds, by process; `load` is the generator's. */
  cpuMsPerTransfer: Record<string, number>;
  residentMegabytes: Record<string, number>;
  /** Transfers that the API took on in all. */
  accepted: number;
}

/**
 * - `warmUpSeconds`: of each load; what is counted comes after it.
 * - `saturationSeconds`: at saturation.
 * - `latencySeconds`: at each of the three loads below it.
 */
export interface SystemOptions {
  warmUpSeconds: number;
  saturationSeconds: number;
  latencySeconds: number;
  customers: Customers;
  amountMinor: string;
}

// More under way fill every batch on the way; less leave a stage idle.
const BACKLOG_TRANSFERS = 1_500;
const BURST_REQUESTS = 64;
const OBSERVE_INTERVAL_MS = 100;
const DRAIN_TIMEOUT_MS = 120_000;
const WAIT_SECONDS = 30;
const EVENTS_PER_TRANSFER = 3;

/** Loads the API of a running stack, first as far as it goes, then at 25 %, 50 % and 80 % of that. */
export async function measureSystem(stack: Stack, options: SystemOptions): Promise<SystemFigures> {
  return await withBench(stack, options, async (bench) => {
    const saturated = await measureSaturation(bench);
    const latencies: Latency[] = [];
    for (const percent of [25, 50, 80]) latencies.push(await measureLatency(bench, percent, saturated.transfersPerSecond));
    const [at25, at50, at80] = latencies as [Latency, Latency, Latency];
    return { ...saturated, latencyMs: { at25, at50, at80 }, accepted: bench.accepted };
  });
}

/** Loads the API of a running stack as far as it goes, and nothing else; `accepted`: transfers that it took on. */
export async function measureThroughput(
  stack: Stack,
  options: SystemOptions,
): Promise<Pick<SystemFigures, "transfersPerSecond" | "accepted">> {
  return await withBench(stack, options, async (bench) => {
    const { transfersPerSecond } = await measureSaturation(bench);
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

async function measureSaturation(bench: Bench & { options: SystemOptions }) {
  const { options, observer } = bench;
  const progress = createProgress("saturation");
  const seconds = options.warmUpSeconds + options.saturationSeconds;
  let completed = 0;
  const began = performance.now();
  const stop = watch(async () => {
    completed = ((await observer.sequence()) - bench.eventsBefore) / EVENTS_PER_TRANSFER;
    const elapsed = (performance.now() - began) / 1000;
    progress.update(elapsed / seconds, `${Math.round(completed / elapsed)} transfers/s so far`);
  });
  const load = sendLoad(bench, "saturation", {
    seconds,
    due: belowBacklog(() => completed, BACKLOG_TRANSFERS, BURST_REQUESTS),
    waitSeconds: 0,
  });
  await sleep(options.warmUpSeconds * 1000);
  const from = await mark(bench);
  await sleep(options.saturationSeconds * 1000);
  const to = await mark(bench);
  await load;
  await stop();
  const count = await observer.completedBetween(from.block, to.block);
  const transfersPerSecond = count / ((to.at - from.at) / 1000);
  await drain(bench, progress);
  progress.end(`${transfersPerSecond.toFixed(0)} transfers/s`);
  return { transfersPerSecond, ...usageFigures(from.usage, to.usage, count) };
}

async function measureLatency(bench: Bench & { options: SystemOptions }, percent: number, saturation: number): Promise<Latency> {
  const { warmUpSeconds, latencySeconds } = bench.options;
  const progress = createProgress(`latency at ${percent} %`);
  const perSecond = Math.max((saturation * percent) / 100, 1);
  progress.update(0, `${perSecond.toFixed(0)} transfers/s for ${warmUpSeconds + latencySeconds} s`);
  const { latenciesMs } = await sendLoad(bench, `latency-${percent}`, {
    seconds: warmUpSeconds + latencySeconds,
    latenciesAfterSeconds: warmUpSeconds,
    due: atRate(perSecond),
    waitSeconds: WAIT_SECONDS,
  });
  await drain(bench, progress);
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN);
  const latency = { p50: at(0.5), p95: at(0.95), p99: at(0.99), samples: sorted.length };
  progress.end(`${perSecond.toFixed(0)} transfers/s: p50 ${latency.p50} ms, p95 ${latency.p95} ms, p99 ${latency.p99} ms`);
  return latency;
}

/** Sends load, counts what was accepted, and lets nothing be refused. */
export async function sendLoad(
  bench: Bench,
  phase: string,
  load: Pick<Parameters<typeof runLoad>[0], "seconds" | "due" | "waitSeconds" | "latenciesAfterSeconds">,
): Promise<LoadResult> {
  const { stack, options } = bench;
  const { customers, amountMinor } = options;
  const run = `${bench.run}-${phase}`;
  const result = await runLoad({ ...load, apiUrl: stack.apiUrl, apiKey: stack.secrets.apiKey, customers, amountMinor, run });
  bench.accepted += result.accepted;
  for (const [type, count] of result.refused)
    throw new Error(`${count} of the requests were refused (${type}); see ${stack.dataDir}/logs.`);
  return result;
}

async function mark({ stack, observer }: Bench) {
  const [block, usage] = await Promise.all([observer.blockNumber(), usageOf(stack)]);
  return { at: performance.now(), block, usage };
}

/** What every process of a stack has used, and `load`, this one. */
export async function usageOf(stack: Stack): Promise<Map<string, ProcessUsage>> {
  const pids = [...stack.children].map(([name, child]): [string, number] => [name, child.pid]);
  return await readUsage(new Map([...pids, ["load", process.pid]]));
}

function usageFigures(before: ReadonlyMap<string, ProcessUsage>, after: ReadonlyMap<string, ProcessUsage>, transfers: number) {
  const cpuMsPerTransfer: Record<string, number> = {};
  const residentMegabytes: Record<string, number> = {};
  for (const [name, { cpuSeconds, residentMegabytes: resident }] of after) {
    cpuMsPerTransfer[name] = ((cpuSeconds - (before.get(name)?.cpuSeconds ?? 0)) * 1000) / transfers;
    residentMegabytes[name] = Math.round(resident);
  }
  return { cpuMsPerTransfer, residentMegabytes };
}

/** Waits until everything accepted has come to its end on the chain. */
export async function drain(bench: Bench, progress: Progress): Promise<void> {
  const until = Date.now() + DRAIN_TIMEOUT_MS;
  for (;;) {
    const missing = bench.eventsBefore + bench.accepted * EVENTS_PER_TRANSFER - (await bench.observer.sequence());
    if (missing <= 0) return;
    if (Date.now() > until) throw new Error(`${missing} events are still missing after ${DRAIN_TIMEOUT_MS / 1000} s.`);
    progress.update(1, `waiting for the last ${missing} events`);
    await sleep(OBSERVE_INTERVAL_MS);
  }
}

/** Does something at short intervals; the function it returns ends that. */
function watch(look: () => Promise<void>): () => Promise<void> {
  let stopped = false;
  const done = (async () => {
    while (!stopped) {
      await look();
      await sleep(OBSERVE_INTERVAL_MS);
    }
  })();
  return async () => {
    stopped = true;
    await done;
  };
}
