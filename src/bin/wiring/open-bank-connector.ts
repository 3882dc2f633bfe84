import type { Logger } from "pino";
import type { BankConnector } from "../../banks/bank-connector.js";
import { createRestConnector } from "../../banks/rest-connector.js";
import { assertBrowser } from "../../banks/web/assert-browser.js";
import type { readFunctionConfig } from "../../config/config.js";
import { AppError } from "../../domain/app-error.js";

type Config = Pick<
  ReturnType<typeof readFunctionConfig>,
  | "BANK_ID"
  | "BANK_KIND"
  | "BANK_URL"
  | "BANK_TOKEN"
  | "BANK_USER"
  | "BANK_PASSWORD"
  | "BANK_TIMEOUT_MS"
  | "BANK_SESSIONS_MAX"
  | "BANK_STATEMENT_FIRST"
  | "CHROMIUM_PATH"
  | "DATABASE_URL"
>;

const SETTLE_DELAY_MS = 500;
const STORE_CONNECTIONS = 4;
// Such a bank posts twice what it is sent twice: people must say that its statement is searched first.
const POSTINGS_LOST =
  "The log of what was sent to this bank is gone with the database. Restore a backup, or restart with BANK_STATEMENT_FIRST=true.";

/** What a function reaches its bank by: the bank's API, or where it has none its pages, with a log of what was sent. */
export async function openBankConnector(
  config: Config,
  logger: Logger,
): Promise<{ connector: BankConnector; close(): Promise<void> }> {
  const { BANK_URL: baseUrl, BANK_TIMEOUT_MS: timeoutMs } = config;
  if (config.BANK_KIND === "rest") {
    const connector = createRestConnector({ baseUrl, bank: config.BANK_ID, token: config.BANK_TOKEN, timeoutMs, logger });
    return { connector, close: () => connector.shutdown() };
  }
  // Loaded here, because the functions of other banks have no use for a browser's driver and a store.
  const { createBrowserSessions } = await import("../../banks/web/browser-sessions.js");
  const { createHivePages } = await import("../../banks/web/hive-pages.js");
  const { createWebConnector } = await import("../../banks/web/web-connector.js");
  const { createPostingLog } = await import("../../store/bank-postings/posting-log.js");
  const { openStore } = await import("../../store/open-store.js");
  await assertBrowser(config.CHROMIUM_PATH);
  const store = openStore(config.DATABASE_URL, logger, STORE_CONNECTIONS);
  let isPrepared = false;
  await store.prepare(async () => {
    if (isPrepared) throw new AppError("store-unavailable", POSTINGS_LOST);
    isPrepared = true;
  });
  const connector = createWebConnector(
    {
      log: createPostingLog(store.db, config.BANK_ID),
      sessions: createBrowserSessions({
        executablePath: config.CHROMIUM_PATH,
        origin: new URL(baseUrl).origin,
        timeoutMs,
        maxSessions: config.BANK_SESSIONS_MAX,
      }),
      pages: createHivePages({ baseUrl, user: config.BANK_USER, password: config.BANK_PASSWORD }),
      logger,
    },
    { bank: config.BANK_ID, timeoutMs, statementFirst: config.BANK_STATEMENT_FIRST, settleDelayMs: SETTLE_DELAY_MS },
  );
  return {
    connector,
    async close() {
      await connector.shutdown();
      await store.close();
    },
  };
}
