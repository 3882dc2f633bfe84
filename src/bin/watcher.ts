import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import Fastify, { LogController } from "fastify";
import { type Chain, connectChain, onChain } from "../chain/connect-chain.js";
import { readDeployment } from "../chain/deployment.js";
import { readWatcherConfig } from "../config/config.js";
import { AppError, problemType } from "../domain/app-error.js";
import { STATES } from "../domain/transfer-state.js";
import { onStore, pingStore, type Store } from "../store/open-store.js";
import { readWorkInHand } from "../store/stats/backlog.js";
import { readCursor } from "../store/transfers/projection.js";
import { observeHttp } from "../telemetry/http-metrics.js";
import { createMetrics } from "../telemetry/metrics.js";
import { openTracing } from "../telemetry/open-tracing.js";
import { createWatcherMetrics } from "../telemetry/watcher-metrics.js";
import { addLagMetrics, addWorkMetrics } from "../telemetry/work-metrics.js";
import { DEFAULT_DELIVERY_OPTIONS } from "../watcher/deliver/classify-results.js";
import { createRequestRecorder } from "../watcher/deliver/record-requests.js";
import { checkReadiness } from "../watcher/readiness.js";
import { createProcessComparison } from "../watcher/reconcile/compare-in-process.js";
import { runWatcher } from "../watcher/watcher.js";
import { openFunctionTargets } from "./wiring/function-targets.js";
import { openSealedStore } from "./wiring/open-function-secrets.js";
import { runService } from "./wiring/run-service.js";

const DEFAULT_BATCH_SIZE = 200;
const DEFAULT_CONCURRENCY = 4;
const RECONCILE_PROGRAM = new URL("./reconcile-statement.js", import.meta.url);

runService(
  "watcher",
  () => readWatcherConfig().LOG_LEVEL,
  async (logger, fail) => {
    const config = readWatcherConfig();
    const { store, secrets } = await openSealedStore(config, logger);
    const chain = connectChain(config.CHAIN_RPC_URL, await readDeployment(config.DEPLOYMENT_FILE), { logger });
    const metrics = createMetrics();
    const tracing = await openTracing(
      { logger },
      { service: "watcher", endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT, ratio: config.OTEL_TRACES_SAMPLER_ARG },
    );
    addWorkMetrics(
      metrics.collectors,
      STATES.filter((state) => state !== "NONE"),
      () => readWorkInHand(store.db),
    );
    addLagMetrics(metrics.collectors, () => readLag(chain, store));
    const measured = createWatcherMetrics(metrics.registry);
    const recorder = createRequestRecorder({ db: store.db, logger, clock: Date.now });
    const delivered = (delivery: Parameters<typeof recorder.delivered>[0]) => {
      measured.delivered(delivery);
      recorder.delivered(delivery);
    };
    const targets = openFunctionTargets(store.db, config);
    const { DATABASE_URL: databaseUrl, RECONCILE_BANKS: banks } = config;
    const compare = createProcessComparison({ program: RECONCILE_PROGRAM, databaseUrl, banks });
    const abort = new AbortController();
    const holder = `${hostname()}-${randomUUID()}`;
    const watching = runWatcher(
      {
        chain,
        db: store.db,
        byKey: store.byKey,
        session: await store.holdSession(),
        logger,
        clock: Date.now,
        random: Math.random,
        targets,
        secrets,
        observer: { ...measured, delivered },
        tracing,
      },
      {
        holder,
        finality: config.CONFIRMATIONS,
        pollIntervalMs: config.POLL_INTERVAL_MS,
        maxPageBlocks: config.MAX_PAGE_BLOCKS,
        logCheck: config.CHAIN_LOG_CHECK,
        sweepAfterMs: config.SWEEP_AFTER_MS,
        rebuildForeign: config.REBUILD_ON_FOREIGN_CHAIN,
        delivery: DEFAULT_DELIVERY_OPTIONS,
        reconciliation: { banks: banks.map(({ bank }) => bank), compare, intervalMs: config.RECONCILE_INTERVAL_MS },
        functions: config.FUNCTIONS.map(withDefaults),
      },
      abort.signal,
    );
    watching.catch(fail);

    const app = Fastify({ loggerInstance: logger, logController: new LogController({ disableRequestLogging: true }) });
    observeHttp(app, metrics.registry);
    app.get("/healthz", async () => {
      await pingStore(store.db);
      return { status: "ok" };
    });
    app.get("/readyz", async (_request, reply) => {
      try {
        await store.assertWritable();
        return { status: "ok", ...(await checkReadiness({ chain, db: store.db }, holder, toReadiness(config))) };
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        logger.warn({ code: error.code, error: error.message }, "not ready");
        return await reply
          .code(503)
          .header("retry-after", "1")
          .send({ ...error.details, type: problemType(error.code), detail: error.message });
      }
    });
    await app.listen({ host: config.HOST, port: config.PORT });
    const metricsServer = await metrics.serve(config.METRICS_HOST, config.METRICS_PORT);
    return {
      async stop() {
        abort.abort();
        // A node that does not answer any more must not be waited for.
        chain.close();
        await watching.catch(() => undefined);
        await recorder.stop();
        await targets.close();
        await app.close();
        await metricsServer.close();
        await tracing.close();
        await store.close();
      },
    };
  },
);

function withDefaults(fn: ReturnType<typeof readWatcherConfig>["FUNCTIONS"][number]) {
  return {
    ...fn,
    payerBank: fn.payerBank ?? null,
    payeeBank: fn.payeeBank ?? null,
    batchSize: fn.batchSize ?? DEFAULT_BATCH_SIZE,
    concurrency: fn.concurrency ?? DEFAULT_CONCURRENCY,
  };
}

async function readLag(chain: Chain, store: Store): Promise<{ head: number; projected: number | undefined }> {
  const [head, cursor] = await Promise.all([onChain(() => chain.provider.getBlockNumber()), onStore(() => readCursor(store.db))]);
  return { head, projected: cursor?.blockNumber };
}

function toReadiness({ CONFIRMATIONS: finality, READY_BEHIND_BLOCKS: behindBlocks }: ReturnType<typeof readWatcherConfig>) {
  return { finality, behindBlocks };
}
