import type { ApiInstance } from "./api-instance.js";
import { requireScope } from "./authentication.js";
import type { ApiDeps } from "./deps.js";
import { FunctionListSchema } from "./list-schemas.js";
import type { Meter } from "./meter.js";
import type { FunctionView } from "./resource-deps.js";
import { problems } from "./schemas.js";

/** `GET /v1/functions`: who is woken by which events, and where their deliveries stand. */
export function addFunctionRoutes(app: ApiInstance, deps: ApiDeps, rules: { meter: Meter }): void {
  app.get(
    "/v1/functions",
    {
      onRequest: [requireScope(deps, "functions:read"), rules.meter],
      schema: {
        summary: "List the functions, and where their deliveries stand",
        operationId: "listFunctions",
        tags: ["functions"],
        security: [{ bearer: [] }],
        response: { 200: FunctionListSchema, ...problems(401, 403, 429, 500, 503) },
      },
    },
    async () => ({ functions: (await deps.functions.list()).map(functionResource) }),
  );
}

function functionResource(fn: FunctionView) {
  return {
    name: fn.name,
    url: withoutCredentials(fn.url),
    types: [...fn.types],
    filter: {
      ...(fn.payerBank !== null && { payerBank: fn.payerBank }),
      ...(fn.payeeBank !== null && { payeeBank: fn.payeeBank }),
    },
    batchSize: fn.batchSize,
    concurrency: fn.concurrency,
    ...(fn.position !== null && { position: fn.position.toString() }),
    behind: fn.behind,
    waiting: fn.waiting,
    dead: fn.dead,
    ...(fn.oldestWaiting !== null && { oldestWaitingAt: fn.oldestWaiting.toISOString() }),
    ...(fn.disabledReason !== null && { disabledReason: fn.disabledReason }),
    ...(fn.lastError !== null && { lastError: fn.lastError }),
  };
}

/** A URL may carry a password or a token that is nobody's but the watcher's. */
function withoutCredentials(url: string): string {
  const shown = new URL(url);
  return `${shown.origin}${shown.pathname}`;
}
