import { existsSync } from "node:fs";
import { join } from "node:path";
import { openLedger } from "../../src/banks/simulators/ledger.js";
import type { WebFault } from "../../src/banks/simulators/web/web-faults.js";
import { createWebBankServer } from "../../src/banks/simulators/web/web-server.js";
import { createBrowserSessions } from "../../src/banks/web/browser-sessions.js";
import { createHivePages } from "../../src/banks/web/hive-pages.js";
import { createWebConnector } from "../../src/banks/web/web-connector.js";
import { readBrowserConfig } from "../../src/config/config.js";
import type { Posting } from "../../src/domain/posting.js";
import { createPostingLog } from "../../src/store/bank-postings/posting-log.js";
import { migrateStore, openStore } from "../../src/store/open-store.js";
import { SILENT } from "../../tools/support/logger.js";
import { ALICE, BOB } from "../banks/helpers/postings.js";
import { tempFolder } from "../banks/helpers/temp-folder.js";
import { createTestDatabase } from "../support/postgres.js";

export const BANK = "HIVETHB1";
export const { CHROMIUM_PATH } = readBrowserConfig();
export const TELLER = { user: "eventmachine", password: "correct horse" };
const TOKEN = "test-token";

/** Where there is no Chromium, scripts/dev/test.ts says so and how to install it. */
export function describeWithBrowser(title: string, body: (this: Mocha.Suite) => void): void {
  if (existsSync(CHROMIUM_PATH)) describe(title, body);
}

/** The bank without an API, its books, its log of postings, and what drives it: a real browser, PostgreSQL and server. */
export async function startWebBank({ sessionIdleMs = 60_000 }: { sessionIdleMs?: number } = {}) {
  const folder = tempFolder();
  const ledger = openLedger({ path: join(folder.path, "ledger.db"), bank: BANK, clock: Date.now });
  for (const number of [ALICE, BOB]) ledger.seedAccount({ number, currency: "THB", openingMinor: 100_000n, status: "open" });
  const server = createWebBankServer({
    ledger,
    token: TOKEN,
    teller: TELLER,
    logger: SILENT,
    faultsEnabled: true,
    sessionIdleMs,
  });
  const baseUrl = await server.listen({ host: "127.0.0.1", port: 0 });
  const databaseUrl = await createTestDatabase();
  const store = openStore(databaseUrl, SILENT);
  await migrateStore(store.db);
  const log = createPostingLog(store.db, BANK);
  const connectors: { shutdown(): Promise<void> }[] = [];

  /** A connector as a function has it: with a browser of its own. */
  function connect(options: { timeoutMs?: number; statementFirst?: boolean; maxSessions?: number } = {}) {
    const { timeoutMs = 10_000, statementFirst = false, maxSessions = 2 } = options;
    const sessions = createBrowserSessions({ executablePath: CHROMIUM_PATH, origin: baseUrl, timeoutMs, maxSessions });
    const pages = createHivePages({ baseUrl, ...TELLER });
    const connector = createWebConnector(
      { log, sessions, pages, logger: SILENT },
      { bank: BANK, timeoutMs, statementFirst, settleDelayMs: 20 },
    );
    connectors.push(connector);
    return connector;
  }

  return {
    baseUrl,
    databaseUrl,
    ledger,
    store,
    log,
    connect,
    async setFaults(...faults: WebFault[]): Promise<void> {
      const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
      const response = await fetch(`${baseUrl}/v1/faults`, { method: "PUT", headers, body: JSON.stringify(faults) });
      if (!response.ok) throw new Error(await response.text());
    },
    /** How often the bank has booked something for a reference. */
    bookings: (reference: string) => ledger.statement({}).filter((entry) => entry.reference.startsWith(`${reference}/`)).length,
    balance: (number: string) => ledger.account(number)?.balanceMinor,
    async stop() {
      await Promise.all(connectors.map((connector) => connector.shutdown()));
      await server.close();
      await store.close();
      ledger.shutdown();
      folder.remove();
    },
  };
}

export type WebBank = Awaited<ReturnType<typeof startWebBank>>;

let serial = 0;

/** A posting of 123.45 THB, of a transfer of its own. */
export function newPosting(kind: "debit" | "credit", account = ALICE): Posting & { account: string } {
  serial += 1;
  return {
    kind,
    reference: `0x${serial.toString(16).padStart(64, "0")}:${kind}`,
    account,
    amountMinor: 12_345n,
    currency: "THB",
  };
}
