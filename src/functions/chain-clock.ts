/** The time on the chain, in seconds since the epoch, as far as one process can tell. */
export interface ChainClock {
  /** The time now, told a block that was just read. */
  at(block: { timestamp: number }): number;
}

/**
 * A chain that stands still, or makes no block while nothing happens, shows the time of its last block for as long. So time goes on from
 * the newest block that this process has seen, by a clock that only goes forward: never ahead of the chain's own time, whatever becomes
 * of this machine's time of day, and behind it by no more than that block was old when it was first seen.
 */
export function createChainClock(monotonicMs: () => number = () => performance.now()): ChainClock {
  let newest: { timestamp: number; seenAtMs: number } | undefined;
  return {
    at({ timestamp }) {
      const now = monotonicMs();
      if (newest === undefined || timestamp > newest.timestamp) newest = { timestamp, seenAtMs: now };
      return newest.timestamp + Math.floor((now - newest.seenAtMs) / 1_000);
    },
  };
}
