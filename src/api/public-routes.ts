import type { ApiInstance } from "./api-instance.js";
import type { ApiDeps } from "./deps.js";
import { HealthSchema, problems, RootSchema } from "./schemas.js";

const RETRY_AFTER_SECONDS = "5";

/** `/`, `/healthz`, `/readyz`, `/v1/openapi.json`: for anyone. */
export function addPublicRoutes(app: ApiInstance, deps: Pick<ApiDeps, "network" | "health">): void {
  app.get(
    "/",
    {
      schema: {
        summary: "Where things are",
        operationId: "getRoot",
        security: [],
        response: { 200: RootSchema, ...problems(429) },
      },
    },
    async () => ({
      name: "Event Machine",
      network: deps.network,
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
        health: "/healthz",
        readiness: "/readyz",
      },
    }),
  );

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

  app.get("/v1/openapi.json", { schema: { hide: true } }, async () => app.swagger());
}
