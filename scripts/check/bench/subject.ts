import { setTimeout as sleep } from "node:timers/promises";
import { atRate, belowBacklog, type LoadResult, type runLoad } from "./load.js";
import type { ProcessUsage } from "./process-usage.js";
import { createProgress, type Progress } from "./progress.js";

/** From POST to COMPLETED, in milliseconds. */
export interface Latency {
  p50: number;
  p95: number;
  p99: number;
  samples: number;
}

/**
 * - `cpuMsPerTransfer`: CPU time for each completed transfer at saturation, in milliseconds, by process; `load` is the generator's.
 */
export interface SaturationFigures {
  transfersPerSecond: number;
  cpuMsPerTransfer: Record<string, number>;
  residentMegabytes: Record<string, number>;
}

/** How load is put on a {@link Subject}. */
export type Load = Pick<Parameters<typeof runLoad>[0], "seconds" | "due" | "waitSeconds" | "latenciesAfterSeconds">;

/** What load is put on, and who says what came of it: never its answers, but where the money or its state is. */
export interface Subject<Mark> {
  /** Sends load, and resolves when all of it is answered. Throws if any of it was refused. */
  send(phase: string, load: Load): Promise<LoadResult>;
  /** Transfers completed so far, about; it is asked often. */
  completed(): Promise<number>;
  /** A moment. */
  mark(): Promise<Mark>;
  /** Transfers completed between two moments. */
  completedBetween(from: Mark, to: Mark): Promise<number>;
  /** What every process has used so far, by name. */
  usage(): Promise<Map<string, ProcessUsage>>;
  /** Waits until everything sent has come to its end. */
  drain(progress: Progress): Promise<void>;
}

/**
 * - `warmUpSeconds`: of each load; what is counted comes after it.
 * - `saturationSeconds`: at saturation.
 * - `latencySeconds`: at each of the loads below it.
 */
export interface Durations {
  warmUpSeconds: number;
  saturationSeconds: number;
  latencySeconds: number;
}

const BURST_REQUESTS = 64;
const OBSERVE_INTERVAL_MS = 100;
const WAIT_SECONDS = 30;
const DRAIN_TIMEOUT_MS = 120_000;

/** Loads it as far as it goes: with `backlog` transfers under way all the time. `name`: what the progress bar calls it. */
export async function saturate<Mark>(
  subject: Subject<Mark>,
  { warmUpSeconds, saturationSeconds }: Durations,
  { name, backlog }: { name: string; backlog: number },
): Promise<SaturationFigures> {
  const progress = createProgress(name);
  const seconds = warmUpSeconds + saturationSeconds;
  let completed = 0;
  const began = performance.now();
  const stop = watch(async () => {
    completed = await subject.completed();
    const elapsed = (performance.now() - began) / 1000;
    progress.update(elapsed / seconds, `${Math.round(completed / elapsed)} transfers/s so far`);
  });
  const load = subject.send("saturation", {
    seconds,
    due: belowBacklog(() => completed, backlog, BURST_REQUESTS),
    waitSeconds: 0,
  });
  // What goes wrong with it is told below; by then it must not have ended the process.
  load.catch(() => undefined);
  await sleep(warmUpSeconds * 1000);
  const from = await mark(subject);
  await sleep(saturationSeconds * 1000);
  const to = await mark(subject);
  await load;
  await stop();
  const count = await subject.completedBetween(from.mark, to.mark);
  const transfersPerSecond = count / ((to.at - from.at) / 1000);
  await subject.drain(progress);
  progress.end(`${transfersPerSecond.toFixed(0)} transfers/s`);
  return { transfersPerSecond, ...usageFigures(from.usage, to.usage, count) };
}

/** Loads it with so many percent of what it does at saturation, and times each transfer. */
export async function timeAt<Mark>(
  subject: Subject<Mark>,
  { warmUpSeconds, latencySeconds }: Durations,
  { name, percent, saturation }: { name: string; percent: number; saturation: number },
): Promise<Latency> {
  const progress = createProgress(name);
  const perSecond = Math.max((saturation * percent) / 100, 1);
  progress.update(0, `${perSecond.toFixed(0)} transfers/s for ${warmUpSeconds + latencySeconds} s`);
  const { latenciesMs } = await subject.send(`latency-${percent}`, {
    seconds: warmUpSeconds + latencySeconds,
    latenciesAfterSeconds: warmUpSeconds,
    due: atRate(perSecond),
    waitSeconds: WAIT_SECONDS,
  });
  await subject.drain(progress);
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN);
  const latency = { p50: at(0.5), p95: at(0.95), p99: at(0.99), samples: sorted.length };
  progress.end(`${perSecond.toFixed(0)} transfers/s: p50 ${latency.p50} ms, p95 ${latency.p95} ms, p99 ${latency.p99} ms`);
  return latency;
}

/** Waits until nothing is missing; throws if that takes too long. `what`: transfers, say. */
export async function untilNoneMissing(missing: () => Promise<number>, what: string, progress: Progress): Promise<void> {
  const until = Date.now() + DRAIN_TIMEOUT_MS;
  for (;;) {
    const count = await missing();
    if (count <= 0) return;
    if (Date.now() > until) throw new Error(`${count} ${what} are still missing after ${DRAIN_TIMEOUT_MS / 1000} s.`);
    progress.update(1, `waiting for the last ${count} ${what}`);
    await sleep(OBSERVE_INTERVAL_MS);
  }
}

async function mark<Mark>(subject: Subject<Mark>) {
  const [at, usage] = await Promise.all([subject.mark(), subject.usage()]);
  return { at: performance.now(), mark: at, usage };
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
