import type { CatchUpFigures } from "./catch-up.js";
import type { CompareFigures } from "./compare.js";
import type { GrowthFigures } from "./growth.js";
import type { SlowBlockFigures } from "./slow-blocks.js";
import type { SoakFigures } from "./soak.js";
import type { SystemFigures } from "./system.js";

/** What was measured; what was not asked for is absent. */
export interface Figures {
  system: SystemFigures;
  catchup?: CatchUpFigures;
  soak?: SoakFigures;
  growth?: GrowthFigures;
  slowBlocks?: SlowBlockFigures;
  compare?: CompareFigures;
  ratios: { systemToRawBatched: number };
}

export interface Goal {
  goal: string;
  measured: number;
  reached: boolean;
}

// Not ours: the node keeps all blocks in memory, and the load is the benchmark's.
const NOT_OURS = ["chain", "load"];
const MEMORY_MEGABYTES = 400;

/** The goals that were measured. They are what we work towards: one that is missed fails nothing. */
export function goalsOf({ system, catchup, soak, growth, slowBlocks, ratios }: Figures): Goal[] {
  const least = (goal: string, measured: number, limit: number) => ({ goal, measured, reached: measured >= limit });
  const most = (goal: string, measured: number, limit: number) => ({ goal, measured, reached: measured <= limit });
  const ours = (megabytes: Record<string, number>) =>
    Math.max(...Object.entries(megabytes).flatMap(([name, size]) => (NOT_OURS.includes(name) ? [] : [size])));
  const goals = [
    least("transfers a second: 1 000", system.transfersPerSecond, 1_000),
    least("of the chain alone: 0.4", ratios.systemToRawBatched, 0.4),
    most("ms from POST to COMPLETED at 25 % load, p99: 250", system.latencyMs.at25.p99, 250),
    most(`MB of a process of ours: ${MEMORY_MEGABYTES}`, ours(system.residentMegabytes), MEMORY_MEGABYTES),
  ];
  if (catchup !== undefined) goals.push(least("events a second when catching up: 10 000", catchup.eventsPerSecond, 10_000));
  if (growth !== undefined) goals.push(least("of the throughput without transfers there: 0.9", growth.ratio, 0.9));
  if (soak !== undefined) {
    const late = Object.fromEntries(Object.entries(soak.residentMegabytes).map(([name, { late }]) => [name, late]));
    goals.push(most(`MB of a process of ours after ${soak.minutes} minutes: ${MEMORY_MEGABYTES}`, ours(late), MEMORY_MEGABYTES));
  }
  if (slowBlocks !== undefined) {
    const { pending, completed } = slowBlocks.blocksLate;
    goals.push(most("blocks later than in the next one: 1", Math.max(pending, completed), 1));
  }
  return goals;
}
