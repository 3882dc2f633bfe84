import type { Logger } from "pino";
import type { BankConnector } from "../banks/bank-connector.js";
import { AppError } from "../domain/app-error.js";
import { type Finding, isDifference, VERDICTS, type Verdict } from "../domain/reconciliation.js";
import type { Db } from "../store/open-store.js";
import { writeReconciliation } from "../store/reconciliations.js";
import { pause } from "./all-together.js";
import { reconcileBank } from "./reconcile-bank.js";

/** A bank whose statements are compared with the chain. */
export interface StatementSource {
  bank: string;
  connector: Pick<BankConnector, "statement">;
}

/** Which day, seen from now; both by UTC. */
export type RelativeDay = "today" | "yesterday";

/** Is told what came of it, for metrics; must neither throw nor wait. */
export interface ReconciliationObserver {
  /** How many postings have each verdict; every verdict is named. */
  reconciled(bank: string, day: RelativeDay, counts: Record<Verdict, number>): void;
  /** The bank's statement could not be had. */
  reconciliationFailed(bank: string): void;
  /** This replica does it no more, so what it knows grows old. */
  reconciliationStopped(): void;
}

export interface RegularReconciliationDeps {
  db: Db;
  logger: Logger;
  clock: () => number;
  observer?: ReconciliationObserver | undefined;
}

const DAY_MS = 86_400_000;
// What may stand in the log of one comparison; all of them are in `npm run reconcile`.
const MAX_LOGGED = 20;

/**
 * Compares every bank's statements of today and of the day before with the chain, at once and then every `intervalMs`, until the
 * signal aborts, and keeps what came of it. A bank that tells nothing holds up no other, and comes again the next time.
 */
export async function reconcileRegularly(
  deps: RegularReconciliationDeps,
  options: { banks: readonly StatementSource[]; intervalMs: number },
  signal: AbortSignal,
): Promise<void> {
  try {
    while (!signal.aborted && options.banks.length > 0) {
      for (const source of options.banks) if (!signal.aborted) await reconcileSource(deps, source);
      await pause(options.intervalMs, signal);
    }
  } finally {
    deps.observer?.reconciliationStopped();
  }
}

async function reconcileSource(deps: RegularReconciliationDeps, { bank, connector }: StatementSource): Promise<void> {
  const days: [RelativeDay, number][] = [
    ["yesterday", deps.clock() - DAY_MS],
    ["today", deps.clock()],
  ];
  try {
    for (const [relative, time] of days) {
      const day = new Date(time).toISOString().slice(0, 10);
      const findings = await reconcileBank({ db: deps.db, connector }, bank, day);
      await writeReconciliation(deps.db, bank, day, findings);
      logDifferences(deps.logger, bank, day, findings);
      const count = (verdict: Verdict) => findings.filter((finding) => finding.verdict === verdict).length;
      const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, count(verdict)])) as Record<Verdict, number>;
      deps.observer?.reconciled(bank, relative, counts);
    }
  } catch (error) {
    // The bank's own trouble. The store's is the watcher's, which begins again.
    if (!(error instanceof AppError) || !error.code.startsWith("bank-")) throw error;
    deps.logger.warn({ bank, code: error.code, error: error.message }, "the bank's statement could not be read");
    deps.observer?.reconciliationFailed(bank);
  }
}

function logDifferences(logger: Logger, bank: string, day: string, findings: readonly Finding[]): void {
  const differences = findings.filter(isDifference);
  for (const { verdict, reference } of differences.slice(0, MAX_LOGGED)) {
    logger.error({ bank, day, verdict, reference }, "chain and bank differ");
  }
  const unsaid = differences.length - MAX_LOGGED;
  if (unsaid > 0) logger.error({ bank, day, unsaid }, "chain and bank differ in more; see npm run reconcile");
}
