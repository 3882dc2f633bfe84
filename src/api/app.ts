import { randomUUID } from "node:crypto";
import cookie from "@fastify/cookie";
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import { type TypeBoxTypeProvider, TypeBoxValidatorCompiler } from "@fastify/type-provider-typebox";
import websocket from "@fastify/websocket";
import Fastify, { type FastifyRequest, LogController } from "fastify";
import { checkBodyCodings } from "../domain/body-codings.js";
import { addApiKeyRoutes } from "./api-keys/routes.js";
import { decorateWithPrincipal } from "./auth/authentication.js";
import { addBankRoutes } from "./banks/routes.js";
import { addDashboardAssets } from "./dashboard/routes.js";
import type { ApiDeps } from "./deps.js";
import { addEventRoutes } from "./events/routes.js";
import { MESSAGE_MAX_BYTES } from "./events/socket.js";
import { addEventSocketRoute } from "./events/socket-routes.js";
import { addEventStreamRoute } from "./events/sse-routes.js";
import { createEventStreams, DEFAULT_STREAM_SETTINGS, type StreamSettings } from "./events/streams.js";
import { addFunctionChangeRoutes } from "./functions/change-routes.js";
import { addInvocationRoutes } from "./functions/invocation-routes.js";
import { addFunctionRoutes } from "./functions/routes.js";
import type { ApiInstance } from "./http/api-instance.js";
import { answerClientError } from "./http/client-error.js";
import { closeConnections } from "./http/close-connections.js";
import { compileSerializer } from "./http/compile-serializer.js";
import { createCursors } from "./http/cursor.js";
import { refuseUnknownRoutes } from "./http/method-table.js";
import { handleError } from "./http/problem.js";
import { addPublicRoutes } from "./http/public-routes.js";
import { createMeter, type Meter } from "./http/rate-limit.js";
import { RateLimitStore } from "./http/rate-limit-store.js";
import { logRequests, withoutPersonalData } from "./http/request-log.js";
import { meterRoutes } from "./http/route-limits.js";
import { parseStrictJson } from "./http/strict-json.js";
import { createMissBudget } from "./phone-accounts/lookup-throttle.js";
import { addPhoneAccountRoutes } from "./phone-accounts/read-routes.js";
import { addPhoneAccountChangeRoutes } from "./phone-accounts/routes.js";
import { addEvidenceRoutes } from "./receipts/evidence-routes.js";
import { addReceiptRoutes } from "./receipts/routes.js";
import { addSessionRoutes } from "./sessions/routes.js";
import { addReconciliationRoutes } from "./settlement/reconciliation-routes.js";
import { addSettlementRoutes } from "./settlement/routes.js";
import { addStatsRoutes } from "./stats/routes.js";
import { addSuspendedTransferRoutes } from "./suspended-transfers/routes.js";
import { addTransferDeliveryRoute } from "./transfers/delivery-routes.js";
import { addTransferHistoryRoutes } from "./transfers/history-routes.js";
import { addTransferListRoute } from "./transfers/list-routes.js";
import { addTransferRoutes } from "./transfers/routes.js";

/**
 * What differs between deployments. Limits are a minute's, and this replica's own.
 *
 * - `requestsPerAddressMax`, `requestsPerPrincipalMax`: of any kind.
 * - `routeLimits`: of single routes, by principal; see {@link meterRoutes}.
 * - `phoneLookupsMax`: asks for a number's bank, by principal.
 * - `phoneMissesMax`: answers that tell someone who tries out numbers which are registered, by principal and over all routes; once it is
 *   spent, hits are refused as well. See {@link createMissBudget}.
 * - `deadlineDefaultSeconds`: for transfers that say none; at most 30 days.
 * - `trustProxy`: whether to believe `X-Forwarded-For`; only behind a proxy that sets it.
 * - `corsOrigins`: the web origins whose pages may call.
 * - `streams`: how streams of events are treated.
 * - `dashboardFolder`: where the built dashboard lies; without it there is none.
 */
export interface ApiOptions {
  requestsPerAddressMax: number;
  requestsPerPrincipalMax: number;
  routeLimits: Readonly<Record<string, number>>;
  phoneLookupsMax: number;
  phoneMissesMax: number;
  deadlineDefaultSeconds: number;
  trustProxy: boolean;
  corsOrigins: readonly string[];
  streams: StreamSettings;
  dashboardFolder: string | undefined;
}

const DEFAULTS: ApiOptions = {
  requestsPerAddressMax: 60_000,
  requestsPerPrincipalMax: 60_000,
  routeLimits: {},
  phoneLookupsMax: 30,
  phoneMissesMax: 10,
  deadlineDefaultSeconds: 3_600,
  trustProxy: false,
  corsOrigins: [],
  streams: DEFAULT_STREAM_SETTINGS,
  dashboardFolder: undefined,
};

const BODY_MAX_BYTES = 16 * 1024;
const PARAM_MAX_CHARACTERS = 100; // A transfer's id has 66.
const MINUTE_MS = 60_000;
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const TIMEOUT_CHECK_MS = 5_000;
// Longer than the longest `Prefer: wait`, during which the socket is silent.
const SOCKET_TIMEOUT_MS = 90_000;

/** Builds the API; neither listens nor connects. Await `ready()` or `listen()`; `close()` ends held requests. */
export function createApi(deps: ApiDeps, options: Partial<ApiOptions> = {}): ApiInstance {
  const settings = { ...DEFAULTS, ...options };
  const app: ApiInstance = Fastify({
    loggerInstance: withoutPersonalData(deps.logger),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    bodyLimit: BODY_MAX_BYTES,
    routerOptions: { maxParamLength: PARAM_MAX_CHARACTERS },
    trustProxy: settings.trustProxy,
    // What still arrives while closing is answered; Fastify's own 503 would be no problem details.
    return503OnClosing: false,
    connectionTimeout: SOCKET_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUT_CHECK_MS },
    frameworkErrors: (error, request, reply) => void handleError(error, request, reply),
    clientErrorHandler: answerClientError,
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  app.setSerializerCompiler(compileSerializer);
  app.setErrorHandler(handleError);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, async (_request: unknown, body: Buffer) =>
    parseStrictJson(body),
  );
  app.addHook("onSend", async (_request, reply) => {
    if (!reply.hasHeader("cache-control")) reply.header("cache-control", "no-store");
  });
  decorateWithPrincipal(app);
  logRequests(app);
  closeConnections(app);
  addPlugins(app, settings);
  addReferencePage(app);
  app.after(() => addRoutes(app, deps, settings));
  return app;
}

function addPlugins(app: ApiInstance, settings: ApiOptions): void {
  app.register(helmet, { contentSecurityPolicy: { useDefaults: false, directives: { "default-src": ["'none'"] } } });
  if (settings.corsOrigins.length > 0) {
    app.register(cors, {
      origin: [...settings.corsOrigins],
      exposedHeaders: [
        ...["location", "idempotent-replayed", "preference-applied", "retry-after", "ratelimit", "ratelimit-policy"],
      ],
    });
  }
  app.register(cookie);
  app.register(rateLimit, { global: false, store: RateLimitStore });
  if (settings.dashboardFolder !== undefined) addDashboardAssets(app, settings.dashboardFolder);
  // The streams close theirs.
  app.register(websocket, { options: { maxPayload: MESSAGE_MAX_BYTES }, preClose: (done) => done() });
  app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Event Machine",
        description: "Transfers between phone numbers, with their state on a chain.",
        version: "1",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      servers: [{ url: "/" }],
      components: {
        securitySchemes: {
          bearer: {
            type: "http",
            scheme: "bearer",
            description: "An API key, or an access token (JWT) of the configured issuer.",
          },
        },
      },
    },
  });
}

/** The reference page, with all that it needs served from here. Its own policy lets it run its own scripts, and ask this API only. */
function addReferencePage(app: ApiInstance): void {
  app.register(swaggerUi, { routePrefix: "/docs", staticCSP: true, uiConfig: { deepLinking: true, docExpansion: "list" } });
}

function addRoutes(app: ApiInstance, deps: ApiDeps, settings: ApiOptions): void {
  app.addHook(
    "onRequest",
    createMeter(app, { name: "address", max: settings.requestsPerAddressMax }, (request) => request.ip),
  );
  refuseUnknownRoutes(app);
  app.addHook("onRequest", async ({ headers }) => checkBodyCodings(headers));
  const byPrincipal = (request: FastifyRequest) => request.principal?.id ?? request.ip;
  const meter = createMeter(app, { name: "principal", max: settings.requestsPerPrincipalMax }, byPrincipal);
  meterRoutes(app, settings.routeLimits, byPrincipal);
  const lookupMeter = createMeter(app, { name: "phone-lookups", max: settings.phoneLookupsMax }, byPrincipal);
  const misses = createMissBudget(deps.monotonicMs, { missesMax: settings.phoneMissesMax, windowMs: MINUTE_MS });
  addPublicRoutes(app, deps, settings);
  addSessionRoutes(app, deps, { meter });
  addTransferRoutes(app, deps, { misses, deadlines: { defaultSeconds: settings.deadlineDefaultSeconds }, meter });
  const cursors = createCursors(deps.fieldKey);
  addTransferListRoute(app, deps, { cursors, meter });
  addTransferHistoryRoutes(app, deps, { meter });
  addTransferDeliveryRoute(app, deps, { cursors, meter });
  addSuspendedTransferRoutes(app, deps, { cursors, meter });
  addEventRoutes(app, deps, { meter });
  addEvidenceRoutes(app, deps, { meter });
  addReceiptRoutes(app, deps, { meter });
  addStreamRoutes(app, deps, { meter, settings });
  addPhoneAccountRoutes(app, deps, { meter, lookupMeter, misses });
  addStatsRoutes(app, deps, meter);
  addSettlementRoutes(app, deps, { meter });
  addReconciliationRoutes(app, deps, { meter });
  addBankRoutes(app, deps, { cursors, meter });
  addPhoneAccountChangeRoutes(app, deps, { lookupMeter, misses });
  addApiKeyRoutes(app, deps, { cursors, meter });
  addFunctionRoutes(app, deps, { cursors, meter });
  addFunctionChangeRoutes(app, deps, { meter });
  addInvocationRoutes(app, deps, { cursors, meter });
}

function addStreamRoutes(app: ApiInstance, deps: ApiDeps, { meter, settings }: { meter: Meter; settings: ApiOptions }): void {
  const streams = createEventStreams(deps, settings.streams);
  app.addHook("preClose", async () => streams.stop());
  addEventStreamRoute(app, deps, { meter, streams });
  addEventSocketRoute(app, deps, { meter, streams, origins: settings.corsOrigins });
}
