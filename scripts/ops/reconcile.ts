import process from "node:process";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { createRestConnector } from "../../src/banks/rest-connector.js";
import { readReconcileConfig } from "../../src/config/config.js";
import { toCsv } from "../../src/domain/csv.js";
import { type Finding, isDifference, VERDICTS } from "../../src/domain/reconciliation.js";
import type { SettlementPosition } from "../../src/domain/settlement.js";
import { openStore } from "../../src/store/open-store.js";
import { readSettlementPositions } from "../../src/store/transfers/settlement.js";
import { reconcileBank } from "../../src/watcher/reconcile/reconcile-bank.js";

// npm run reconcile -- [--day YYYY-MM-DD] [--bank BIC8] [--json]: for a day (UTC; today unless told), what the chain and each bank's
// statement agree on and where they differ, and what the banks owe each other from completed transfers. The projection is that of
// DATABASE_URL, the banks are those of RECONCILE_BANKS. CSV on stdout. Exit code 0: equal; 1: differences; 2: it could not be told.

const TIMEOUT_MS = 30_000;
const logger = pino({ level: "silent" });

/** One row of the report. Money in minor units; `postings` counts what a row stands for. */
interface Row {
  record: string;
  day: string;
  bank: string;
  counterparty: string;
  currency: string;
  reference: string;
  chainAmount: string;
  bankAmount: string;
  postings: number;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { day: { type: "string" }, bank: { type: "string" }, json: { type: "boolean", default: false } },
  });
  const day = values.day ?? new Date().toISOString().slice(0, 10);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(Date.parse(`${day}T00:00:00Z`))) {
    throw new Error(`--day takes a day as YYYY-MM-DD, not '${day}'.`);
  }
  const config = readReconcileConfig();
  const banks = config.RECONCILE_BANKS.filter(({ bank }) => values.bank === undefined || bank === values.bank);
  if (banks.length === 0) throw new Error(`RECONCILE_BANKS names no bank${values.bank === undefined ? "" : ` ${values.bank}`}.`);
  const store = openStore(config.DATABASE_URL, logger);
  try {
    const found: Row[][] = [];
    let differences = 0;
    for (const { bank, url, token } of banks) {
      const connector = createRestConnector({ baseUrl: url, token, timeoutMs: TIMEOUT_MS, logger });
      try {
        const findings = await reconcileBank({ db: store.db, connector }, bank, day);
        differences += findings.filter(isDifference).length;
        found.push(bankRows(day, bank, findings));
      } finally {
        await connector.shutdown();
      }
    }
    found.push((await readSettlementPositions(store.db, day)).map((position) => positionRow(day, position)));
    const rows = found.flat();
    process.stdout.write(values.json ? `${JSON.stringify({ day, differences, rows })}\n` : csv(rows));
    return differences === 0 ? 0 : 1;
  } finally {
    await store.close();
  }
}

/** What agrees is counted, by verdict and currency; every difference is a row of its own. */
function bankRows(day: string, bank: string, findings: readonly Finding[]): Row[] {
  const counted = VERDICTS.flatMap((verdict) => {
    const own = findings.filter((finding) => finding.verdict === verdict && !isDifference(finding));
    return [...Map.groupBy(own, ({ currency }) => currency)].map(([currency, some]): Row => {
      const sum = (of: "chainMinor" | "bankMinor") => some.reduce((total, finding) => total + (finding[of] ?? 0n), 0n);
      const amounts = { chainAmount: String(sum("chainMinor")), bankAmount: String(sum("bankMinor")) };
      return { record: verdict, day, bank, counterparty: "", currency, reference: "", ...amounts, postings: some.length };
    });
  });
  const differing = findings.filter(isDifference).map(
    ({ verdict, reference, currency, chainMinor, bankMinor, postings }): Row => ({
      ...{ record: verdict, day, bank, counterparty: "", currency, reference, postings },
      chainAmount: String(chainMinor ?? ""),
      bankAmount: String(bankMinor ?? ""),
    }),
  );
  return [...counted, ...differing];
}

function positionRow(day: string, { payerBank, payeeBank, currency, amountMinor, transfers }: SettlementPosition): Row {
  const parties = { record: "position", day, bank: payerBank, counterparty: payeeBank, currency, reference: "" };
  return { ...parties, chainAmount: String(amountMinor), bankAmount: "", postings: transfers };
}

function csv(rows: readonly Row[]): string {
  const header = ["record", "day", "bank", "counterparty", "currency", "reference", "chain_amount", "bank_amount", "postings"];
  return toCsv(
    header,
    rows.map((row) => [
      ...[row.record, row.day, row.bank, row.counterparty, row.currency, { text: row.reference }],
      ...[row.chainAmount, row.bankAmount, row.postings],
    ]),
  );
}
