import type { FastifyReply, FastifyRequest } from "fastify";
import { Histogram, type Registry } from "prom-client";

// From a look-up in memory to a transfer's end that a client waits for.
const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** What is needed of a Fastify application. */
interface App {
  addHook(name: "onResponse", hook: (request: FastifyRequest, reply: FastifyReply) => Promise<void>): unknown;
}

/**
 * Measures requests: rate, errors and duration. By the route's pattern, never by the URL, which may hold a phone number and is
 * without end.
 */
export function observeHttp(app: App, registry: Registry): void {
  const duration = new Histogram({
    name: "eventmachine_http_request_duration_seconds",
    help: "HTTP requests answered, by method, route pattern and status class",
    labelNames: ["method", "route", "status"],
    buckets: BUCKETS_SECONDS,
    registers: [registry],
  });
  app.addHook("onResponse", async (request, reply) => {
    if (isStream(request, reply)) return;
    const { url: route } = request.routeOptions;
    // Whoever asks for what is not there chooses the method too.
    const known = !request.is404 && route !== undefined;
    const labels = known ? { method: request.method, route } : { method: "other", route: "unknown" };
    duration.observe({ ...labels, status: `${Math.floor(reply.statusCode / 100)}xx` }, reply.elapsedTime / 1000);
  });
}

/** A stream lasts as long as its client likes; that is no duration of an answer. */
function isStream(request: FastifyRequest, reply: FastifyReply): boolean {
  return request.headers.upgrade !== undefined || String(reply.getHeader("content-type")).startsWith("text/event-stream");
}
