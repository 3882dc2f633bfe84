import type { FastifyRequest } from "fastify";
import { AppError } from "../../domain/app-error.js";
import { principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Meter } from "../http/rate-limit.js";
import { problems } from "../http/schemas.js";
import { toEventFilter } from "./routes.js";
import { serveSocket } from "./socket.js";
import { StreamQuerySchema, type StreamQueryString, SWITCHING_PROTOCOLS_RESPONSE } from "./stream-schemas.js";
import { type Admitted, type EventStreams, STREAM_SCOPES } from "./streams.js";

/** `GET /v1/events/socket`: a WebSocket (RFC 6455) with acknowledged batches. */
export function addEventSocketRoute(
  app: ApiInstance,
  deps: ApiDeps,
  rules: { meter: Meter; streams: EventStreams; origins: readonly string[] },
): void {
  const { streams } = rules;
  const waiting = new WeakMap<FastifyRequest, Admitted>();

  app.route({
    method: "GET",
    url: "/v1/events/socket",
    exposeHeadRoute: false,
    schema: {
      summary: "Follow the events over a WebSocket, in batches that are acknowledged",
      description:
        'Messages are `{"batch":1,"cursor":"…","items":[{"kind":"event","cursor":"…","event":{…}}]}`; `kind` is also `removed` (to be undone, newest first) or `reset` (all after its `after` is void). Answer `{"ack":1}` once a batch is dealt with: at most 8 go ahead of it. Come again with the last cursor as `after`. Closed with 1001 where the server stops, 1008 for a message it does not know, 1009 for one that is too large, 4401 once the key has ended, 4408 where the client is too slow.',
      operationId: "openEventSocket",
      tags: ["events"],
      security: [{ bearer: [] }],
      querystring: StreamQuerySchema,
      response: { 101: SWITCHING_PROTOCOLS_RESPONSE, ...problems(400, 401, 403, 426, 429, 500, 503) },
    },
    onRequest: [
      async (request) => refuseForeignOrigin(request, rules.origins),
      requireScope(deps, ...STREAM_SCOPES),
      rules.meter,
    ],
    // Before the handshake, so that what is wrong is told by a status.
    preHandler: async (request, reply) => {
      if (!request.ws) {
        reply.header("upgrade", "websocket");
        throw new AppError("upgrade-required", "Open a WebSocket here; for plain HTTP there is /v1/events/stream.");
      }
      const query = request.query as StreamQueryString;
      const admitted = await streams.admit(request, query, toEventFilter(principalOf(request), query), query.after);
      waiting.set(request, admitted);
      request.raw.socket.once("close", admitted.leave);
      if (request.raw.socket.destroyed) admitted.leave();
    },
    handler: async () => {
      throw new AppError("upgrade-required", "Open a WebSocket here.");
    },
    wsHandler: (socket, request) => {
      const admitted = waiting.get(request);
      if (admitted === undefined) throw new RangeError("A socket is admitted before it is opened.");
      const { settings, stopping } = streams;
      return serveSocket(socket, admitted, { settings, stopping, logger: request.log });
    },
  });
}

/** A page of another site would send whatever credentials its browser holds; one that names no origin is no browser's. */
function refuseForeignOrigin(request: FastifyRequest, allowed: readonly string[]): void {
  const { origin } = request.headers;
  if (origin === undefined || allowed.includes(origin)) return;
  if (URL.canParse(origin) && new URL(origin).host === request.host) return;
  throw new AppError("forbidden", "This origin may not open a WebSocket here.");
}
