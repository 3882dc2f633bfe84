import { Readable } from "node:stream";
import { principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Meter } from "../http/rate-limit.js";
import { problems } from "../http/schemas.js";
import { toEventFilter } from "./routes.js";
import type { StreamItem } from "./stream-item.js";
import { EVENT_STREAM_RESPONSE, StreamHeadersSchema, StreamQuerySchema } from "./stream-schemas.js";
import { type Admitted, type EventStreams, STREAM_SCOPES, type StreamSettings } from "./streams.js";

const BATCH_LIMIT = 100;
// A client that was cut off waits so long before it comes again.
const RECONNECT_MS = 2_000;

/** `GET /v1/events/stream`: server-sent events (the HTML standard's EventSource). */
export function addEventStreamRoute(app: ApiInstance, deps: ApiDeps, rules: { meter: Meter; streams: EventStreams }): void {
  const { streams } = rules;
  app.get(
    "/v1/events/stream",
    {
      exposeHeadRoute: false,
      onRequest: [requireScope(deps, ...STREAM_SCOPES), rules.meter],
      schema: {
        summary: "Follow the events, as server-sent events",
        description:
          "Of the caller's own transfers; with the scope `transfers:read-any`, of everybody's. In the order of the chain. Who comes again with the last cursor misses nothing and is told nothing twice.",
        operationId: "streamEvents",
        tags: ["events"],
        security: [{ bearer: [] }],
        querystring: StreamQuerySchema,
        headers: StreamHeadersSchema,
        response: { 200: EVENT_STREAM_RESPONSE, ...problems(400, 401, 403, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const filter = toEventFilter(principalOf(request), request.query);
      const from = request.headers["last-event-id"] || request.query.after;
      const admitted = await streams.admit(request, request.query, filter, from);
      const gone = new AbortController();
      const leave = () => {
        gone.abort();
        admitted.leave();
      };
      reply.raw.once("close", leave);
      // It may have gone while it was admitted.
      if (request.raw.socket.destroyed) leave();
      const drop = () => {
        request.log.info("a stream was dropped: its client takes nothing");
        request.raw.socket.destroy();
      };
      const text = writeStream(admitted, gone.signal, { settings: streams.settings, drop });
      reply.headers({ "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no", connection: "close" });
      // One piece ahead: what the client does not take stays with the feed.
      return reply.send(Readable.from(text, { objectMode: true, highWaterMark: 1 }) as unknown as string);
    },
  );
}

async function* writeStream(
  admitted: Admitted,
  signal: AbortSignal,
  { settings, drop }: { settings: StreamSettings; drop: () => void },
): AsyncGenerator<string> {
  yield `retry: ${RECONNECT_MS}\n\n`;
  let wroteAt = performance.now();
  for await (const { items, position } of admitted.begin(signal, BATCH_LIMIT)) {
    const isQuiet = performance.now() - wroteAt >= settings.heartbeatMs / 2;
    if (!(await admitted.isAllowed())) return;
    if (items.length === 0 && !isQuiet) continue;
    // An id without data tells nothing, and moves the cursor on past what did not concern the client.
    const text = items.length > 0 ? items.map(toText).join("") : `id: ${admitted.cursor(position)}\n: heartbeat\n\n`;
    const stalled = setTimeout(drop, settings.stallMs);
    try {
      yield text;
    } finally {
      clearTimeout(stalled);
    }
    wroteAt = performance.now();
  }
}

function toText({ kind, cursor, json }: StreamItem): string {
  return `id: ${cursor}\n${kind === "event" ? "" : `event: ${kind}\n`}data: ${json}\n\n`;
}
