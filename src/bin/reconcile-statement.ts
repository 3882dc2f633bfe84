import { writeFile } from "node:fs/promises";
import process from "node:process";
import { pino } from "pino";
import { createRestConnector } from "../banks/rest-connector.js";
import { AppError } from "../domain/app-error.js";
import { openStore } from "../store/open-store.js";
import { writeReconciliation } from "../store/transfers/reconciliations.js";
import { type Comparison, type ComparisonAnswer, TOLD_MAX } from "../watcher/reconcile/compare-in-process.js";
import { reconcileBank } from "../watcher/reconcile/reconcile-bank.js";

// A process for one comparison of a bank's statement with the chain, which the watcher starts: an endless statement ends this process and
// nothing else. It is told what to do by a message, answers by one, and ends with the process that started it.

// A page of a statement, which a bank may have to look for.
const STATEMENT_TIMEOUT_MS = 30_000;
const CONNECTIONS = 2;

// Where memory runs out all the same, the kernel is to end this process and not the watcher. Linux only; others have no such file.
writeFile("/proc/self/oom_score_adj", "1000").catch(() => undefined);
process.once("disconnect", () => process.exit(1));
process.once("message", (comparison: Comparison) => {
  compare(comparison).then(answer, (error: unknown) => {
    const code = error instanceof AppError ? error.code : "internal";
    answer({ code, message: error instanceof Error ? error.message : String(error) });
  });
});

function answer(message: ComparisonAnswer): void {
  process.send?.(message, () => process.exit(0));
}

async function compare({ databaseUrl, bank, url, token, day }: Comparison): Promise<ComparisonAnswer> {
  const logger = pino({ level: "silent" });
  const { db } = openStore(databaseUrl, logger, CONNECTIONS);
  const connector = createRestConnector({ baseUrl: url, token, timeoutMs: STATEMENT_TIMEOUT_MS, logger });
  const findings = await reconcileBank({ db, connector }, bank, day);
  const { counts, differences } = await writeReconciliation(db, bank, day, findings);
  return { counts, differences: differences.slice(0, TOLD_MAX) };
}
