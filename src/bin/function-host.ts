import { rm } from "node:fs/promises";
import { readFunctionHostConfig } from "../config/config.js";
import { createFunctionHostApp } from "../function-host/app.js";
import { chooseSandbox } from "../function-host/choose-sandbox.js";
import { createFunctionPool } from "../function-host/function-pool.js";
import { type ProcessKind, readModule, startFunctionProcess } from "../function-host/function-process.js";
import { createModuleShelf } from "../function-host/module-shelf.js";
import { readRunner } from "../function-host/read-runner.js";
import { observeHttp } from "../telemetry/http-metrics.js";
import { createMetrics } from "../telemetry/metrics.js";
import { runService } from "./wiring/run-service.js";

// A batch of 400 events is about 400 KiB.
const QUEUE_MAX = 200;
// A process needs a good part of a second to start where there is much else to do.
const START_TIMEOUT_MS = 15_000;

// Runs modules, and holds nothing that they could want: no store, no key, no chain.
runService(
  "function-host",
  () => readFunctionHostConfig().LOG_LEVEL,
  async (logger) => {
    const config = readFunctionHostConfig();
    const runner = await readRunner();
    const limits = {
      timeoutMs: config.FUNCTION_TIMEOUT_MS,
      memoryMb: config.FUNCTION_MEMORY_MB,
      startTimeoutMs: START_TIMEOUT_MS,
    };
    const chosen = await chooseSandbox({ runner, logger }, limits, config.FUNCTION_ISOLATION);
    const kind = (): ProcessKind => {
      if ("refused" in chosen) throw new Error(chosen.refused);
      return { runner, sandbox: chosen.sandbox };
    };
    const shelf = createModuleShelf();
    const start = (digest: string) => startFunctionProcess(kind(), shelf.get(digest) ?? "", limits);
    const pool = createFunctionPool(
      { start, logger },
      { idleMs: config.FUNCTION_IDLE_MS, processesMax: config.FUNCTION_PROCESSES_MAX, queueMax: QUEUE_MAX },
    );
    const app = createFunctionHostApp({
      pool,
      shelf,
      read: (source) => readModule(kind(), source, limits),
      token: config.FUNCTION_HOST_TOKEN,
      logger,
      isolation: "refused" in chosen ? chosen : { isolation: chosen.sandbox.isolation },
    });
    const metrics = createMetrics();
    observeHttp(app, metrics.registry);
    const path = config.FUNCTION_HOST_SOCKET;
    if (path !== "") await rm(path, { force: true });
    await app.listen(path === "" ? { host: config.HOST, port: config.PORT } : { path });
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
