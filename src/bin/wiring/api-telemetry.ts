import type { Logger } from "pino";
import { type Chain, onChain } from "../../chain/connect-chain.js";
import { readSigner } from "../../chain/signing/read-signer.js";
import type { readApiConfig } from "../../config/config.js";
import { START_REFUSALS } from "../../domain/transfer-state.js";
import type { Store } from "../../store/open-store.js";
import { readActivity } from "../../store/stats/activity.js";
import { readWorkInHand } from "../../store/stats/backlog.js";
import { readRecentChanges } from "../../store/stats/changes.js";
import { createMetrics } from "../../telemetry/metrics.js";
import { openTracing } from "../../telemetry/open-tracing.js";
import { createSendingMetrics } from "../../telemetry/sending-metrics.js";
import { addSignerMetrics } from "../../telemetry/signer-metrics.js";
import { createStartMetrics } from "../../telemetry/start-metrics.js";

type Config = Pick<ReturnType<typeof readApiConfig>, "OTEL_EXPORTER_OTLP_ENDPOINT" | "OTEL_TRACES_SAMPLER_ARG">;

/** The API's traces and metrics, and what is told of it at `GET /v1/stats`. */
export async function openApiTelemetry(
  { chain, store, logger, config }: { chain: Chain; store: Store; logger: Logger; config: Config },
  signers: {
    initiator: { address: string };
    operators: ReadonlyMap<string, { address: string }>;
    arbiters: ReadonlyMap<string, { address: string }>;
    people: ReadonlyMap<string, { address: string }>;
  },
) {
  const metrics = createMetrics();
  const keys = [
    { address: signers.initiator.address, role: "initiator" as const },
    ...[...signers.operators.values()].map(({ address }) => ({ address, role: "accounts-operator" as const })),
    ...[...signers.arbiters.values()].map(({ address }) => ({ address, role: "arbiter" as const })),
    ...[...signers.people.values()].map(({ address }) => ({ address, role: "outcomes-operator" as const })),
  ];
  addSignerMetrics(metrics.collectors, keys, (address) => readSigner(chain, address));
  return {
    metrics,
    tracing: await openTracing(
      { logger },
      { service: "api", endpoint: config.OTEL_EXPORTER_OTLP_ENDPOINT, ratio: config.OTEL_TRACES_SAMPLER_ARG },
    ),
    observer: createSendingMetrics(metrics.registry),
    onSettled: createStartMetrics(
      metrics.registry,
      START_REFUSALS.filter((refusal) => refusal !== "NONE"),
    ),
    stats: {
      work: () => readWorkInHand(store.db),
      activity: () => readActivity(store.db),
      changes: () => readRecentChanges(store.db),
      head: () => onChain(() => chain.provider.getBlockNumber()),
    },
  };
}
