import { sendDashboard, wantsPage } from "../dashboard/routes.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "./api-instance.js";
import { HealthSchema, problems, RootSchema } from "./schemas.js";

const RETRY_AFTER_SECONDS = "5";

/** `/`, `/healthz`, `/readyz`, `/v1/openapi.json`: for anyone. `dashboardFolder`: what a browser gets at `/`. */
export function addPublicRoutes(
  app: ApiInstance,
  deps: Pick<ApiDeps, "network" | "health">,
  { dashboardFolder }: { dashboardFolder: string | undefined },
): void {
  app.get(
    "/",
    {
      preHandler: async (request, reply) => {
        reply.header("vary", "accept");
        if (dashboardFolder !== undefined && wantsPage(request)) await sendDashboard(reply, dashboardFolder);
      },
      schema: {
        summary: "Where things are; for a browser, the dashboard",
        operationId: "getRoot",
        security: [],
        response: { 200: RootSchema, ...problems(429, 500) },
      },
    },
    async () => rootDocument(deps),
  );

  addHealthRoutes(app, deps);
  app.get("/v1/openapi.json", { schema: { hide: true } }, async () => app.swagger());
}

function rootDocument({ network }: Pick<ApiDeps, "network">) {
  return {
    name: "Event Machine",
    network,
    links: {
      openapi: "/v1/openapi.json",
      reference: "/docs",
      transfers: "/v1/transfers",
      suspendedTransfers: "/v1/suspended-transfers",
      events: "/v1/events",
      eventStream: "/v1/events/stream",
      eventSocket: "/v1/events/socket",
      phoneAccounts: "/v1/phone-accounts",
      banks: "/v1/banks",
      functions: "/v1/functions",
      apiKeys: "/v1/api-keys",
      session: "/v1/session",
      health: "/healthz",
      readiness: "/readyz",
    },
  };
}

function addHealthRoutes(app: ApiInstance, deps: Pick<ApiDeps, "health">): void {
  app.get(
    "/healthz",
    {
      schema: {
        summary: "Whether the process answers",
        operationId: "getHealth",
        security: [],
        response: { 200: HealthSchema, ...problems(429) },
      },
    },
    async () => ({ status: "ok" as const, checks: [] }),
  );

  app.get(
    "/readyz",
    {
      schema: {
        summary: "Whether all that is needed can be reached",
        operationId: "getReadiness",
        security: [],
        response: { 200: HealthSchema, 503: HealthSchema, ...problems(429) },
      },
    },
    async (_request, reply) => {
      const checks = await deps.health.check();
      const named = checks.map(({ name, ok }) => ({ name, ok }));
      if (checks.every(({ ok }) => ok)) return { status: "ok" as const, checks: named };
      return reply
        .code(503)
        .header("retry-after", RETRY_AFTER_SECONDS)
        .send({ status: "unavailable" as const, checks: named });
    },
  );
}
