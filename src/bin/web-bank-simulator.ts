import { openLedger } from "../banks/simulators/ledger.js";
import { createWebBankServer } from "../banks/simulators/web/web-server.js";
import { readWebBankSimulatorConfig } from "../config/config.js";
import { observeHttp } from "../telemetry/http-metrics.js";
import { createMetrics } from "../telemetry/metrics.js";
import { runService } from "./wiring/run-service.js";

runService(
  "web-bank-simulator",
  () => readWebBankSimulatorConfig().LOG_LEVEL,
  async (root) => {
    const config = readWebBankSimulatorConfig();
    const logger = root.child({ bank: config.BANK_ID });
    const ledger = openLedger({ path: config.LEDGER_FILE, bank: config.BANK_ID, clock: Date.now });
    const app = createWebBankServer({
      ledger,
      token: config.BANK_TOKEN,
      teller: { user: config.BANK_USER, password: config.BANK_PASSWORD },
      logger,
      sessionIdleMs: config.BANK_SESSION_IDLE_MS,
      faultsEnabled: config.FAULTS_ENABLED,
    });
    const metrics = createMetrics();
    observeHttp(app, metrics.registry);
    await app.listen({ host: config.HOST, port: config.PORT });
    const metricsServer = await metrics.serve(config.METRICS_HOST, config.METRICS_PORT);
    return {
      async stop() {
        await app.close();
        await metricsServer.close();
        ledger.shutdown();
      },
    };
  },
);
