import { createCoalescingPoster } from "../../banks/coalescing-poster.js";
import { assertExpectedChain, connectChain } from "../../chain/connect-chain.js";
import { readDeployment } from "../../chain/deployment.js";
import { assertFinality } from "../../chain/finality.js";
import { DEFAULT_SENDER_OPTIONS } from "../../chain/sending/batch-sender.js";
import { createTransitionSender } from "../../chain/sending/transition-senders.js";
import { openSigner } from "../../chain/signing/open-signer.js";
import { readSigner } from "../../chain/signing/read-signer.js";
import { readFunctionConfig } from "../../config/config.js";
import { transferIdOfReference } from "../../domain/posting.js";
import { createOpener } from "../../domain/sealing.js";
import { createFunctionApp } from "../../functions/app.js";
import { createChainClock } from "../../functions/chain-clock.js";
import { handleEvents } from "../../functions/handle-events.js";
import type { Leg } from "../../functions/leg.js";
import { observeHttp } from "../../telemetry/http-metrics.js";
import { createLegMetrics, observeBank } from "../../telemetry/leg-metrics.js";
import { createMetrics } from "../../telemetry/metrics.js";
import { openTracing } from "../../telemetry/open-tracing.js";
import { createSendingMetrics } from "../../telemetry/sending-metrics.js";
import { addSignerMetrics } from "../../telemetry/signer-metrics.js";
import { traceBank, traceSender } from "../../telemetry/trace-services.js";
import { openBankConnector } from "./open-bank-connector.js";
import { runService } from "./run-service.js";

const POSTINGS_MAX_BATCH = 200;
const POSTINGS_WINDOW_MS = 2;

/** Runs one leg of one bank as a service. */
export function runFunction(leg: Leg): void {
  runService(
    leg.kind,
    () => readFunctionConfig().LOG_LEVEL,
    async (root) => {
      const config = readFunctionConfig();
      const logger = root.child({ bank: config.BANK_ID });
      const deployment = await readDeployment(config.DEPLOYMENT_FILE);
      const chain = connectChain(config.CHAIN_RPC_URL, deployment, { logger });
      await assertExpectedChain(chain);
      await assertFinality(chain, config.CONFIRMATIONS);
      const { provider } = chain;
      const metrics = createMetrics();
      const observer = createSendingMetrics(metrics.registry);
      const tracing = await openTracing(
        { logger },
        {
          service: leg.kind,
          endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT,
          ratio: config.OTEL_TRACES_SAMPLER_ARG,
          attributes: { "eventmachine.bank": config.BANK_ID },
        },
      );
      const signer = await openSigner(config.operatorKey);
      addSignerMetrics(metrics.collectors, [{ address: signer.address, role: "legs-operator" }], (address) =>
        readSigner(chain, address),
      );
      const fees = { priorityFeeWei: config.PRIORITY_FEE_PER_GAS_WEI, capWei: config.MAX_FEE_PER_GAS_WEI };
      const sender = createTransitionSender(
        { signer, provider, deployment, logger, observer },
        {
          ...DEFAULT_SENDER_OPTIONS,
          maxBytes: config.MAX_TRANSACTION_BYTES,
          maxFeeWei: config.MAX_TRANSACTION_FEE_WEI,
          fees,
        },
      );
      const { connector, close: closeBank } = await openBankConnector(config, logger);
      const poster = createCoalescingPoster(connector, { maxBatch: POSTINGS_MAX_BATCH, windowMs: POSTINGS_WINDOW_MS });
      const keys = Object.entries(config.SEALING_PRIVATE_KEYS).map(([version, key]): [number, string] => [Number(version), key]);
      const bank = observeBank({ post: poster.post, find: connector.find, close: connector.close }, metrics.registry);
      const deps = {
        leg,
        bankId: config.BANK_ID,
        bank: traceBank(bank, tracing, transferIdOfReference),
        chain,
        finality: config.CONFIRMATIONS,
        chainClock: createChainClock(),
        sender: traceSender(sender, tracing, ({ to }) => `advance ${to}`),
        opener: createOpener(new Map(keys)),
        logger,
        tracing,
        onLeg: createLegMetrics(metrics.registry, leg.kind),
      };
      const app = createFunctionApp({
        secrets: config.WEBHOOK_SECRET,
        logger,
        handle: (events) => handleEvents(deps, events),
        check: () => assertExpectedChain(chain),
      });
      observeHttp(app, metrics.registry);
      await app.listen({ host: config.HOST, port: config.PORT });
      const metricsServer = await metrics.serve(config.METRICS_HOST, config.METRICS_PORT);
      return {
        async stop() {
          await app.close();
          await metricsServer.close();
          await sender.drain();
          await closeBank();
          await tracing.close();
          chain.close();
        },
      };
    },
  );
}
