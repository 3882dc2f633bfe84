import type { Logger } from "pino";

/** Says how far a catch-up has come. */
export interface Progress {
  /** A page was written. `of`: the newest block. */
  advanced(page: { from: number; to: number; of: number; events: number }): void;
}

// Often enough to be watched, and not a line for every page.
const REPORT_INTERVAL_MS = 2_000;

/** @param deps.firstBlock From which block on percentages count. */
export function createProgress(deps: { logger: Pick<Logger, "info">; clock: () => number; firstBlock: number }): Progress {
  const { logger, clock, firstBlock } = deps;
  let run: { beganAt: number; reportedAt: number; blocks: number; events: number } | undefined;

  function advanced(page: { from: number; to: number; of: number; events: number }): void {
    const now = clock();
    const isAtHead = page.to >= page.of;
    // What comes block by block is no catch-up.
    if (run === undefined && isAtHead) return;
    run ??= { beganAt: now, reportedAt: Number.NEGATIVE_INFINITY, blocks: 0, events: 0 };
    run.blocks += page.to - page.from + 1;
    run.events += page.events;
    const seconds = Math.max(now - run.beganAt, 1) / 1000;
    if (isAtHead) {
      logger.info({ block: page.to, blocks: run.blocks, events: run.events, seconds: round(seconds) }, "caught up");
      run = undefined;
    } else if (now - run.reportedAt >= REPORT_INTERVAL_MS) {
      run.reportedAt = now;
      const fields = {
        block: page.to,
        of: page.of,
        percent: Math.floor((100 * (page.to - firstBlock)) / Math.max(page.of - firstBlock, 1)),
        // The first page is what the clock starts with.
        ...(now > run.beganAt && {
          eventsPerSecond: Math.round(run.events / seconds),
          secondsLeft: Math.ceil((page.of - page.to) / (run.blocks / seconds)),
        }),
      };
      logger.info(fields, "catching up");
    }
  }

  return { advanced };
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
