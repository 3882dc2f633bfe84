import { createServer, type ServerResponse } from "node:http";
import { collectDefaultMetrics, Registry } from "prom-client";
import { AppError } from "../domain/app-error.js";
import { type Collectors, createCollectors } from "./collectors.js";

/** One process's metrics: what it counts itself, and what it asks for when somebody looks. */
export interface Metrics {
  readonly registry: Registry;
  readonly collectors: Collectors;
  /**
   * Serves `GET /metrics` on a port of its own, so that no listener that the public may reach ever has it.
   * @param port `undefined`: not at all.
   * @throws AppError `config-invalid` where the port is in use.
   */
  serve(host: string, port: number | undefined): Promise<{ close(): Promise<void> }>;
}

const PATH = "/metrics";
// Between two looks at the event loop. The library's 10 ms wake every process a hundred times a second, with nothing else to do too.
// What the metrics `nodejs_eventloop_lag_…` say of these looks holds this pause.
const EVENT_LOOP_LOOK_MS = 200;

/** Metrics with those of the process: processor time, memory, file descriptors, event loop. */
export function createMetrics(clock: () => number = () => performance.now()): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_LOOK_MS });
  const collectors = createCollectors(registry, clock);

  async function answer(method: string | undefined, url: string | undefined, response: ServerResponse): Promise<void> {
    if (url !== PATH || (method !== "GET" && method !== "HEAD")) {
      response.writeHead(url === PATH ? 405 : 404, url === PATH ? { allow: "GET, HEAD" } : {}).end();
      return;
    }
    await collectors.collect();
    const text = await registry.metrics();
    response.writeHead(200, { "content-type": registry.contentType }).end(text);
  }

  async function serve(host: string, port: number | undefined) {
    if (port === undefined) return { close: async () => undefined };
    const server = createServer((request, response) => {
      answer(request.method, request.url, response).catch(() => response.writeHead(500).end());
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) =>
        reject(new AppError("config-invalid", `METRICS_PORT ${port} cannot be listened on; set another.`, { cause })),
      );
      server.listen(port, host, resolve);
    });
    return {
      close: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    };
  }

  return { registry, collectors, serve };
}
