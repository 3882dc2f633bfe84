import { openLedger } from "../banks/simulators/ledger.js";
import { createBankServer } from "../banks/simulators/server.js";
import { readBankSimulatorConfig } from "../config/config.js";
import { observeHttp } from "../telemetry/http-metrics.js";
import { createMetrics } from "../telemetry/metrics.js";
import { runService } from "./wiring/run-service.js";

runService(
  "bank-simulator",
  () => readBankSimulatorConfig().LOG_LEVEL,
  async (root) => {
    const config = readBankSimulatorConfig();
    const logger = root.child({ bank: config.BANK_ID });
    const ledger = openLedger({ path: config.LEDGER_FILE, bank: config.BANK_ID, clock: Date.now });
    const app = createBankServer({
      ledger,
      token: config.BANK_TOKEN,
      statementToken: config.BANK_STATEMENT_TOKEN,
      logger,
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
