import type { Logger } from "pino";
import { AppError } from "../../domain/app-error.js";
import type { Verdict } from "../../domain/reconciliation.js";
import { pause } from "../../domain/task-group.js";
import type { Db } from "../../store/schema.js";
import { type KeptDifference, writeReconciliationFailure } from "../../store/transfers/reconciliations.js";

/** What came of a comparison: how many postings have each verdict, and the first differences. */
export interface ComparisonResult {
  counts: Record<Verdict, number>;
  differences: readonly Pick<KeptDifference, "verdict" | "reference">[];
}

/** Compares a bank's statement of a day with the chain, and keeps what came of it. Whatever a bank answers must not harm this process. */
export type CompareStatement = (bank: string, day: string, signal: AbortSignal) => Promise<ComparisonResult>;

/** Which day, seen from now; both by UTC. */
export type RelativeDay = "today" | "yesterday";

/** Is told what came of it, for metrics; must neither throw nor wait. */
export interface ReconciliationObserver {
  /** How many postings have each verdict; every verdict is named. */
  reconciled(bank: string, day: RelativeDay, counts: Record<Verdict, number>): void;
  /** The comparison came to nothing. */
  reconciliationFailed(bank: string): void;
  /** This replica does it no more, so what it knows grows old. */
  reconciliationStopped(): void;
}

export interface RegularReconciliationDeps {
  db: Db;
  logger: Logger;
  /** The time of day, in milliseconds since the epoch. */
  clock: () => number;
  observer?: ReconciliationObserver | undefined;
  /** Whether the projection has caught up with the chain. */
  isCaughtUp: () => Promise<boolean>;
}

export interface ReconciliationOptions {
  banks: readonly string[];
  compare: CompareStatement;
  intervalMs: number;
}

const DAY_MS = 86_400_000;
const CATCH_UP_POLL_MS = 1_000;
// What may stand in the log of one comparison; all of them are in `npm run reconcile`.
const MAX_LOGGED = 20;

/**
 * Compares every bank's statements of today and of the day before with the chain, once the projection has caught up and then every
 * `intervalMs`, until the signal aborts. A failure, of whatever kind, is an alert and nothing else: it holds up no other bank and ends
 * nothing.
 */
export async function reconcileRegularly(
  deps: RegularReconciliationDeps,
  options: ReconciliationOptions,
  signal: AbortSignal,
): Promise<void> {
  const { banks, compare, intervalMs } = options;
  try {
    while (!signal.aborted && banks.length > 0) {
      if (!(await deps.isCaughtUp().catch(() => false))) {
        await pause(CATCH_UP_POLL_MS, signal);
        continue;
      }
      for (const bank of banks) {
        for (const relative of ["yesterday", "today"] as const) {
          if (!signal.aborted) await compareDay(deps, compare, { bank, relative }, signal);
        }
      }
      await pause(intervalMs, signal);
    }
  } finally {
    deps.observer?.reconciliationStopped();
  }
}

async function compareDay(
  deps: RegularReconciliationDeps,
  compare: CompareStatement,
  { bank, relative }: { bank: string; relative: RelativeDay },
  signal: AbortSignal,
): Promise<void> {
  const { db, logger, observer } = deps;
  const day = new Date(deps.clock() - (relative === "today" ? 0 : DAY_MS)).toISOString().slice(0, 10);
  try {
    const { counts, differences } = await compare(bank, day, signal);
    logDifferences(logger, { bank, day }, counts, differences);
    observer?.reconciled(bank, relative, counts);
  } catch (error) {
    if (signal.aborted) return;
    const code = error instanceof AppError ? error.code : "internal";
    logger.error({ bank, day, code, error: (error as Error).message }, "bank's statement not compared with the chain");
    observer?.reconciliationFailed(bank);
    await writeReconciliationFailure(db, bank, day, code).catch((cause: Error) => {
      logger.warn({ bank, day, error: cause.message }, "failed comparison not kept in the store");
    });
  }
}

function logDifferences(
  logger: Logger,
  of: { bank: string; day: string },
  { agreed: _agreed, underway: _underway, ...differing }: Record<Verdict, number>,
  differences: ComparisonResult["differences"],
): void {
  for (const { verdict, reference } of differences.slice(0, MAX_LOGGED)) {
    logger.error({ ...of, verdict, reference }, "chain and bank differ");
  }
  const unsaid = Object.values(differing).reduce((sum, count) => sum + count, 0) - MAX_LOGGED;
  if (unsaid > 0) logger.error({ ...of, unsaid }, "chain and bank differ in more; see npm run reconcile");
}
