import { readFunctionHostConfig } from "../config/config.js";
import { createFunctionHostApp } from "../function-host/app.js";
import { createFunctionPool } from "../function-host/function-pool.js";
import { startFunctionProcess } from "../function-host/function-process.js";
import { createModuleShelf } from "../function-host/module-shelf.js";
import { readModule, readRunner } from "../function-host/read-module.js";
import { observeHttp } from "../telemetry/http-metrics.js";
import { createMetrics } from "../telemetry/metrics.js";
import { runService } from "./run-service.js";

const QUEUE_MAX = 100;
// A process needs a good part of a second to start where there is much else to do.
const LOAD_TIMEOUT_MS = 15_000;

// Runs modules, and holds nothing that they could want: no store, no key, no chain.
runService(
  "function-host",
  () => readFunctionHostConfig().LOG_LEVEL,
  async (logger) => {
    const config = readFunctionHostConfig();
    const runner = await readRunner();
    const limits = { timeoutMs: config.FUNCTION_TIMEOUT_MS, memoryMb: config.FUNCTION_MEMORY_MB, loadTimeoutMs: LOAD_TIMEOUT_MS };
    const shelf = createModuleShelf();
    const start = async (digest: string) => await startFunctionProcess({ runner, code: shelf.get(digest) ?? "" }, limits);
    const pool = createFunctionPool(
      { start, logger, clock: Date.now },
      { idleMs: config.FUNCTION_IDLE_MS, processesMax: config.FUNCTION_PROCESSES_MAX, queueMax: QUEUE_MAX },
    );
    const read = (source: string) => readModule(runner, source, limits);
    const app = createFunctionHostApp({ pool, shelf, read, token: config.FUNCTION_HOST_TOKEN, logger, clock: Date.now });
    const metrics = createMetrics();
    observeHttp(app, metrics.registry);
    await app.listen({ host: config.HOST, port: config.PORT });
    const metricsServer = await metrics.serve(config.METRICS_HOST, config.METRICS_PORT);
    return {
      async stop() {
        await pool.close();
        await app.close();
        await metricsServer.close();
      },
    };
  },
);
