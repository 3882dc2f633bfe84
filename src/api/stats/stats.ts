import type { StatsSources } from "../deps.js";

import type { StatsResource } from "./schemas.js";

// Whoever asks more often gets the same answer: it keeps an eager page from being a load.
const MAX_AGE_MS = 2_000;

/** Reads the statistics, for all who ask within two seconds at once. */
export function createStatsReader(
  sources: StatsSources,
  clocks: { clock: () => number; monotonicMs: () => number },
): () => Promise<StatsResource> {
  let latest: { readAt: number; answer: Promise<StatsResource> } | undefined;
  return () => {
    if (latest === undefined || clocks.monotonicMs() - latest.readAt >= MAX_AGE_MS) {
      const answer = read(sources, clocks.clock);
      const fresh = { readAt: clocks.monotonicMs(), answer };
      latest = fresh;
      answer.catch(() => {
        if (latest === fresh) latest = undefined;
      });
    }
    return latest.answer;
  };
}

async function read(sources: StatsSources, clock: () => number): Promise<StatsResource> {
  const [work, activity, head] = await Promise.all([sources.work(), sources.activity(), sources.head()]);
  const { windowSeconds } = activity;
  const { oldestOpen } = work;
  return {
    time: new Date(clock()).toISOString(),
    transfers: Object.fromEntries(work.transfers.filter(({ count }) => count > 0).map(({ state, count }) => [state, count])),
    startsWaiting: rounded(work.startsWaiting),
    ...(oldestOpen === undefined ? {} : { oldestOpen: rounded(oldestOpen) }),
    rates: {
      windowSeconds,
      perSecond: Object.fromEntries(
        activity.changes.map(({ state, count }) => [state, Number((count / windowSeconds).toFixed(3))]),
      ),
    },
    durations: Object.fromEntries(activity.durations.map(({ leg, ...durations }) => [leg, durations])),
    functions: work.functions,
    watching: work.watching,
    blocks: {
      head: String(head),
      ...(work.projectedBlock === undefined
        ? {}
        : { projected: String(work.projectedBlock), behind: Math.max(0, head - work.projectedBlock) }),
    },
  };
}

/** Seconds with three digits after the point. */
function rounded<T extends object>(value: T): T {
  const round = (inner: unknown) => (typeof inner === "number" ? Number(inner.toFixed(3)) : inner);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, round(inner)])) as T;
}
