import type { Logger } from "pino";
import { NO_TRACING } from "../domain/tracing.js";
import type { ClosableTracing, TracingOptions } from "./tracing.js";

/**
 * Traces as {@link createTracing} says, or not at all.
 * @param options.endpoint The collector, without `/v1/traces`; `undefined`: nothing is traced.
 */
export async function openTracing(
  deps: { logger: Logger },
  { endpoint, ...options }: Omit<TracingOptions, "endpoint"> & { endpoint: string | undefined },
): Promise<ClosableTracing> {
  if (endpoint === undefined) return { ...NO_TRACING, close: async () => undefined };
  // Loaded here, because a service without a collector need not wait for some hundred files of OpenTelemetry.
  const { createTracing } = await import("./tracing.js");
  return createTracing(deps, { endpoint, ...options });
}
