import type { Recount } from "./recount.js";

/** Rates are of completed transfers, by seconds of block time. */
export interface Summary {
  blocks: number;
  events: number;
  transfers: number;
  byState: Record<string, number>;
  completedPerSecond: { mean: number; median: number; highest: number; highestAt: string } | undefined;
  seconds: number;
}

/** Sums a recount up. The mean is over all seconds from the first completion to the last, the median over those that have one. */
export function summarize(recount: Recount, blocks: number): Summary {
  const byState: Record<string, number> = {};
  for (const { state } of recount.transfers.values()) byState[state] = (byState[state] ?? 0) + 1;
  const { events } = recount;
  const seconds = [...recount.completedBySecond].toSorted(([a], [b]) => a - b);
  const [first, last] = [seconds.at(0)?.[0] ?? 0, seconds.at(-1)?.[0] ?? -1];
  return {
    blocks,
    events: events === undefined ? 0 : Number(events.last - events.first) + 1,
    transfers: recount.transfers.size,
    byState,
    completedPerSecond: rates(seconds, last - first + 1),
    seconds: last - first + 1,
  };
}

function rates(seconds: readonly (readonly [number, number])[], span: number): Summary["completedPerSecond"] {
  if (seconds.length === 0) return undefined;
  const counts = seconds.map(([, count]) => count).toSorted((a, b) => a - b);
  const [highestAt, highest] = seconds.reduce((most, next) => (next[1] > most[1] ? next : most));
  return {
    mean: counts.reduce((sum, count) => sum + count, 0) / span,
    median: counts[Math.floor((counts.length - 1) / 2)] as number,
    highest,
    highestAt: new Date(highestAt * 1000).toISOString(),
  };
}
