import { AppError } from "../../domain/app-error.js";
import { moduleDigest } from "../../domain/module-target.js";
import { principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Cursors } from "../http/cursor.js";
import { pageLimit, pageOf } from "../http/page.js";
import { CursorPageQuerySchema } from "../http/page-schemas.js";
import type { Meter } from "../http/rate-limit.js";
import { problems } from "../http/schemas.js";
import { deliveryResource, findFunction, functionResource, seesAllOf, visibility } from "./resource.js";
import {
  DeliveryListSchema,
  DeliveryQuerySchema,
  FunctionListSchema,
  FunctionParamsSchema,
  FunctionSchema,
  RequestListSchema,
  RequestQuerySchema,
  SourceSchema,
} from "./schemas.js";

const OUTCOMES = ["answered", "retry", "refused", "gone"] as const;

/** `GET /v1/functions`, `/v1/functions/{name}`, its source, deliveries and requests: who is woken by which events, and how it goes. */
export function addFunctionRoutes(app: ApiInstance, deps: ApiDeps, rules: { cursors: Cursors; meter: Meter }): void {
  const onRequest = [requireScope(deps, "functions:read", "functions:write"), rules.meter];
  const common = { tags: ["functions"], security: [{ bearer: [] }], params: FunctionParamsSchema };

  app.get(
    "/v1/functions",
    {
      onRequest,
      schema: {
        tags: common.tags,
        security: common.security,
        summary: "List the functions, and where their deliveries stand",
        description: "The caller's own and the deployment's; with the scope `transfers:read-any`, everybody's.",
        operationId: "listFunctions",
        querystring: CursorPageQuerySchema,
        response: { 200: FunctionListSchema, ...problems(400, 401, 403, 429, 500, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const limit = pageLimit(request.query.limit);
      const scope = ["functions", principal.id];
      const [after] = request.query.cursor === undefined ? [] : rules.cursors.read(scope, request.query.cursor);
      const selection = { ...visibility(principal), ...(after !== undefined && { after }) };
      const { page, last } = pageOf(await deps.functions.list({ ...selection, limit: limit + 1 }), limit);
      return {
        functions: page.map((fn) => functionResource(principal, fn)),
        ...(last && { next: rules.cursors.write(scope, [last.name]) }),
      };
    },
  );

  app.get(
    "/v1/functions/:name",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Read a function, and where its deliveries stand",
        operationId: "getFunction",
        response: { 200: FunctionSchema, ...problems(401, 403, 404, 429, 500, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      return functionResource(principal, await findFunction(deps, principal, request.params.name));
    },
  );

  app.get(
    "/v1/functions/:name/source",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Read the source of a function's module",
        operationId: "getFunctionSource",
        response: { 200: SourceSchema, ...problems(401, 403, 404, 429, 500, 503) },
      },
    },
    async (request) => {
      const digest = moduleDigest(await findFunction(deps, principalOf(request), request.params.name));
      const source = digest === undefined ? undefined : await deps.functions.source(digest);
      if (digest === undefined || source === undefined)
        throw new AppError("not-found", "The function has a URL for a target, and no module.");
      return { digest, source };
    },
  );
  addHistoryRoutes(app, deps, { onRequest, common });
}

function addHistoryRoutes(
  app: ApiInstance,
  deps: ApiDeps,
  {
    onRequest,
    common,
  }: {
    onRequest: ReturnType<typeof requireScope>[];
    common: { tags: string[]; security: { bearer: string[] }[]; params: typeof FunctionParamsSchema };
  },
): void {
  app.get(
    "/v1/functions/:name/deliveries",
    {
      onRequest,
      schema: {
        ...common,
        summary: "List a function's deliveries that wait or are dead, in order",
        description:
          "Of a function that hears of others' transfers, only those of the caller's own; with `transfers:read-any` all of them.",
        operationId: "listFunctionDeliveries",
        querystring: DeliveryQuerySchema,
        response: { 200: DeliveryListSchema, ...problems(400, 401, 403, 404, 429, 500, 503) },
      },
    },
    async (request) => {
      const { status, after } = request.query;
      const limit = pageLimit(request.query.limit);
      const principal = principalOf(request);
      const fn = await findFunction(deps, principal, request.params.name);
      const found = await deps.functions.parked(fn.name, {
        ...(!seesAllOf(principal, fn) && { ofPrincipal: principal.id }),
        ...(status !== undefined && { status }),
        ...(after !== undefined && { after: BigInt(after) }),
        limit: limit + 1,
      });
      const { page, last } = pageOf(found, limit);
      return { deliveries: page.map(deliveryResource), ...(last && { next: last.sequence.toString() }) };
    },
  );

  app.get(
    "/v1/functions/:name/requests",
    {
      onRequest,
      schema: {
        ...common,
        summary: "List the newest requests to a function, at most 200 are kept",
        operationId: "listFunctionRequests",
        querystring: RequestQuerySchema,
        response: { 200: RequestListSchema, ...problems(400, 401, 403, 404, 429, 500, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const fn = await findFunction(deps, principal, request.params.name);
      const found = await deps.functions.requests(fn.name, pageLimit(request.query.limit));
      return {
        requests: found.map(({ at, events, outcome, durationMs, error }) => ({
          at: at.toISOString(),
          events,
          outcome: OUTCOMES.find((known) => known === outcome) ?? "retry",
          durationMs,
          ...(error !== null && seesAllOf(principal, fn) && { error }),
        })),
      };
    },
  );
}
