import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Logger } from "pino";
import { type ApiOptions, createApi } from "../api/app.js";
import { assertExpectedChain, type Chain, connectChain } from "../chain/connect-chain.js";
import { type Deployment, readDeployment } from "../chain/deployment.js";
import { assertFinality } from "../chain/finality.js";
import { DEFAULT_SENDER_OPTIONS } from "../chain/sending/batch-sender.js";
import type { TransactionLimits } from "../chain/sending/transaction-limits.js";
import { createStartSender } from "../chain/sending/transition-senders.js";
import { readApiConfig } from "../config/config.js";
import { AppError } from "../domain/app-error.js";
import { bytesFromHex } from "../domain/hex.js";
import { SCOPES } from "../domain/principal.js";
import { createSealer } from "../domain/sealing.js";
import { createReceiptSigner, type ReceiptSigner } from "../receipts/receipt-signer.js";
import { createApiKeys } from "../store/auth/api-keys.js";
import { createSessions } from "../store/auth/sessions.js";
import { readChainIdentity } from "../store/chain-identity.js";
import { isLeaseHeld, WATCHER_LEASE } from "../store/lease.js";
import { onStore, type Store } from "../store/open-store.js";
import type { Db } from "../store/schema.js";
import { createJournal } from "../store/transfers/journal.js";
import { readCursor } from "../store/transfers/projection.js";
import { createStarter } from "../submission/start-submitter.js";
import { observeHttp } from "../telemetry/http-metrics.js";
import { traceJournal, traceSender, traceStarts } from "../telemetry/trace-services.js";
import { createAuthenticate } from "./wiring/api-authenticate.js";
import { openDirectories } from "./wiring/api-directories.js";
import { openApiSigners } from "./wiring/api-signers.js";
import { openApiStore } from "./wiring/api-store.js";
import { openApiTelemetry } from "./wiring/api-telemetry.js";
import { openSealedStore } from "./wiring/open-function-secrets.js";
import { runService } from "./wiring/run-service.js";

const KEY_BYTES = 32;
// Transfers that start together go together all the way: fewer blocks, and so less that is read, stored and told of. Starts that are
// further apart than this do not wait for it.
const START_PACE_MS = 60;

runService(
  "api",
  () => readApiConfig().LOG_LEVEL,
  async (logger) => {
    const config = readApiConfig();
    const deployment = await readDeployment(config.DEPLOYMENT_FILE);
    const chain = connectChain(config.CHAIN_RPC_URL, deployment, { logger });
    await assertExpectedChain(chain);
    await assertFinality(chain, config.CONFIRMATIONS);
    const { store, secrets } = await openSealedStore(config, logger, (db) => putBootstrapKey(db, config.BOOTSTRAP_API_KEY));
    const apiKeys = createApiKeys(store.db);
    // A key is unknown only to the store that was prepared: another one in its place knows none.
    const byApiKey = async (token: string | undefined) => {
      const principal = await apiKeys.authenticate(token);
      if (principal === undefined && token !== undefined) await store.assertSame();
      return principal;
    };
    const aliasKey = { version: config.ALIAS_KEY_VERSION, secret: bytesFromHex(config.ALIAS_KEY, KEY_BYTES) };
    const journal = createJournal(store.db, deployment.domain, store.byKey, await store.holdSession());
    const { readers, close: closeReaders } = await openApiStore({ store, logger, secrets }, deployment.domain, config);
    readers.events.onChange(({ about }) => (about === "api-keys" || about === "anything") && apiKeys.forget());
    const signers = await openApiSigners(config);
    const telemetry = await openApiTelemetry({ chain, store, logger, config }, signers);
    const { metrics, tracing, observer, onSettled, stats } = telemetry;
    const fees = { priorityFeeWei: config.PRIORITY_FEE_PER_GAS_WEI, capWei: config.MAX_FEE_PER_GAS_WEI };
    const sender = createStartSender(
      { signer: signers.initiator, provider: chain.provider, deployment, logger, observer },
      { ...DEFAULT_SENDER_OPTIONS, ...toTransactionLimits(config), paceMs: START_PACE_MS, fees },
    );
    const starter = createStarter({
      journal,
      chain,
      finality: config.CONFIRMATIONS,
      sender: traceSender(sender, tracing, () => "start"),
      initiator: { address: signers.initiator.address, organisation: config.ORGANISATION },
      logger,
      onSettled,
    });
    const app = createApi(
      {
        logger,
        network: toNetwork(deployment, config.ORGANISATION),
        journal: traceJournal(journal, tracing),
        ...readers,
        ...openDirectories({ chain, logger }, signers, { fees, finality: config.CONFIRMATIONS }),
        starter,
        stats,
        health: { check: () => checkHealth(chain, store, logger) },
        authenticate: createAuthenticate(byApiKey, config, aliasKey),
        apiKeys,
        receiptSigner: await openReceiptSigner(config),
        sessions: createSessions(store.db),
        aliasKey,
        phoneTypes: config.PHONE_TYPES,
        sealer: createSealer(),
        fieldKey: bytesFromHex(config.JOURNAL_FIELD_KEY, KEY_BYTES),
        clock: Date.now,
        monotonicMs: () => performance.now(),
      },
      { ...toOptions(config), dashboardFolder: await findDashboard(config) },
    );
    observeHttp(app, metrics.registry);
    traceStarts(app, tracing);
    await app.listen({ host: config.HOST, port: config.PORT });
    const metricsServer = await metrics.serve(config.METRICS_HOST, config.METRICS_PORT);
    return {
      async stop() {
        await app.close();
        await metricsServer.close();
        await starter.close();
        await sender.drain();
        await closeReaders();
        await tracing.close();
        chain.close();
        await store.close();
      },
    };
  },
);

function toTransactionLimits(config: ReturnType<typeof readApiConfig>): TransactionLimits {
  return { maxBytes: config.MAX_TRANSACTION_BYTES, maxFeeWei: config.MAX_TRANSACTION_FEE_WEI };
}

function toNetwork({ domain, chainId, contracts }: Deployment, organisation: string) {
  return { domain, chainId, contract: contracts.transferStateRepo, organisation };
}

async function openReceiptSigner(config: ReturnType<typeof readApiConfig>): Promise<ReceiptSigner | undefined> {
  if (config.RECEIPT_SIGNING_KEY === undefined) return undefined;
  return await createReceiptSigner(config.RECEIPT_SIGNING_KEY, config.RECEIPT_RETIRED_KEYS);
}

function toOptions(config: ReturnType<typeof readApiConfig>): Partial<ApiOptions> {
  return {
    requestsPerAddressMax: config.REQUESTS_PER_ADDRESS_MAX,
    requestsPerPrincipalMax: config.REQUESTS_PER_PRINCIPAL_MAX,
    routeLimits: config.ROUTE_LIMITS,
    phoneLookupsMax: config.PHONE_LOOKUPS_MAX,
    phoneMissesMax: config.PHONE_MISSES_MAX,
    trustProxy: config.TRUST_PROXY,
    corsOrigins: config.CORS_ORIGINS,
  };
}

/** Where the build puts it, beside this file's own folder. */
const DASHBOARD_FOLDER = fileURLToPath(new URL("../../dashboard", import.meta.url));

async function findDashboard({ DASHBOARD_ENABLED: enabled }: { DASHBOARD_ENABLED: boolean }): Promise<string | undefined> {
  if (!enabled) return undefined;
  return await access(join(DASHBOARD_FOLDER, "index.html")).then(
    () => DASHBOARD_FOLDER,
    () => undefined,
  );
}

async function checkHealth(chain: Chain, store: Store, logger: Logger) {
  const checks: [string, () => Promise<void>][] = [
    ["chain", () => assertExpectedChain(chain)],
    ["store", () => store.assertWritable()],
    ["projection", () => assertProjection(chain, store)],
    ["watcher", () => assertWatcher(store)],
  ];
  return await Promise.all(
    checks.map(async ([name, check]) => {
      try {
        await check();
        return { name, ok: true };
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        logger.warn({ check: name, error: detail }, "not ready");
        return { name, ok: false, detail };
      }
    }),
  );
}

/** Without a watcher no function is woken, and no transfer's state is read from the chain any more. */
async function assertWatcher({ db }: Store): Promise<void> {
  if (await onStore(() => isLeaseHeld(db, WATCHER_LEASE))) return;
  throw new AppError("store-unavailable", "No watcher is at work; transfers wait until one is.");
}

/** Until the watcher has begun this chain's projection, what the store says is about another chain, or nothing. */
async function assertProjection(chain: Chain, store: Store): Promise<void> {
  const identity = await readChainIdentity(store.db);
  if (identity?.domain !== chain.deployment.domain) {
    throw new AppError("store-foreign", "The projection is not this chain's yet; is the watcher running?");
  }
  if (!(await readCursor(store.db))?.caughtUp) throw new AppError("store-unavailable", "The projection is still catching up.");
}

async function putBootstrapKey(db: Db, key: string): Promise<void> {
  if (key === "") return;
  await createApiKeys(db).put("bootstrap", key, { id: "bootstrap", scopes: SCOPES, payers: "any" });
}
