import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import Fastify, { LogController } from "fastify";
import { connectChain } from "../chain/connect-chain.js";
import { readDeployment } from "../chain/deployment.js";
import { readWatcherConfig } from "../config/config.js";
import { migrateStore, openStore, pingStore } from "../store/open-store.js";
import { DEFAULT_DELIVERY_OPTIONS } from "../watcher/sort-answers.js";
import { runWatcher } from "../watcher/watcher.js";
import { runService } from "./run-service.js";

const DEFAULT_BATCH_SIZE = 200;
const DEFAULT_CONCURRENCY = 4;

runService(
  "watcher",
  () => readWatcherConfig().LOG_LEVEL,
  async (logger, fail) => {
    const config = readWatcherConfig();
    const store = openStore(config.DATABASE_URL, logger);
    await migrateStore(store.db);
    const chain = connectChain(config.CHAIN_RPC_URL, await readDeployment(config.DEPLOYMENT_FILE), { logger });
    const abort = new AbortController();
    const watching = runWatcher(
      { chain, db: store.db, logger, clock: Date.now, random: Math.random },
      {
        holder: `${hostname()}-${randomUUID()}`,
        finality: config.CONFIRMATIONS,
        pollIntervalMs: config.POLL_INTERVAL_MS,
        maxPageBlocks: config.MAX_PAGE_BLOCKS,
        sweepAfterMs: config.SWEEP_AFTER_MS,
        rebuildForeign: config.REBUILD_ON_FOREIGN_CHAIN,
        delivery: DEFAULT_DELIVERY_OPTIONS,
        functions: config.FUNCTIONS.map((fn) => ({
          ...fn,
          payerBank: fn.payerBank ?? null,
          payeeBank: fn.payeeBank ?? null,
          batchSize: fn.batchSize ?? DEFAULT_BATCH_SIZE,
          concurrency: fn.concurrency ?? DEFAULT_CONCURRENCY,
        })),
      },
      abort.signal,
    );
    watching.catch(fail);

    const app = Fastify({ loggerInstance: logger, logController: new LogController({ disableRequestLogging: true }) });
    app.get("/healthz", async () => {
      await pingStore(store.db);
      return { status: "ok" };
    });
    await app.listen({ host: config.HOST, port: config.PORT });
    return {
      async stop() {
        abort.abort();
        await watching.catch(() => undefined);
        await app.close();
        chain.close();
        await store.close();
      },
    };
  },
);
