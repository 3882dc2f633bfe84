import { setTimeout as sleep } from "node:timers/promises";
import { type Static, Type } from "typebox";
import { AppError } from "../../domain/app-error.js";
import { randomId } from "../../domain/random-id.js";
import { principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { InvocationView } from "../function-ports.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Cursors } from "../http/cursor.js";
import { pageLimit, pageOf } from "../http/page.js";
import { CursorPageQuerySchema, NextCursor } from "../http/page-schemas.js";
import { parsePrefer, preferenceApplied } from "../http/prefer.js";
import type { Meter } from "../http/rate-limit.js";
import { closed, problems, TIME } from "../http/schemas.js";
import { findFunction, findRegistered } from "./resource.js";
import { FunctionParamsSchema } from "./schemas.js";

const ID_BYTES = 16;
const REREAD_MS = 100;
const WAITS_MAX = 500;
const RETRY_AFTER_SECONDS = 5;

const InvocationBodySchema = Type.Object(
  { input: Type.Unknown({ description: "Any JSON: the event's `data`.", examples: [{ policy: "4711" }] }) },
  closed,
);

const InvocationSchema = Type.Object({
  id: Type.String(),
  function: Type.String(),
  status: Type.Enum(["waiting", "succeeded", "failed"]),
  attempts: Type.Integer({ minimum: 0 }),
  output: Type.Optional(Type.Unknown({ description: "What the function returned, or answered. Once it has succeeded." })),
  logs: Type.Optional(Type.Array(Type.String(), { description: "What a module wrote to its console." })),
  error: Type.Optional(Type.String({ description: "Why it failed, or why it is tried again." })),
  durationMs: Type.Optional(Type.Integer({ minimum: 0 })),
  createdAt: Type.String(TIME),
  finishedAt: Type.Optional(Type.String(TIME)),
});

type InvocationResource = Static<typeof InvocationSchema>;

const InvocationListSchema = Type.Object({ invocations: Type.Array(InvocationSchema), next: NextCursor });
const InvocationParamsSchema = Type.Object({
  ...FunctionParamsSchema.properties,
  id: Type.String({ description: "The invocation's id." }),
});
const PreferSchema = Type.Object({
  prefer: Type.Optional(
    Type.String({
      description:
        "RFC 7240. `wait=<seconds>`, at most 60: hold the answer until it has ended. `respond-async`: 202 at once, or after `wait`.",
    }),
  ),
});

/** `POST`, `GET /v1/functions/{name}/invocations`, `GET …/{id}`: runs a function on an input. */
export function addInvocationRoutes(app: ApiInstance, deps: ApiDeps, rules: { cursors: Cursors; meter: Meter }): void {
  const common = { tags: ["functions"], security: [{ bearer: [] }] };
  const onRequest = [requireScope(deps, "functions:invoke"), rules.meter];
  const wait = createWaiter(app, deps);

  app.post(
    "/v1/functions/:name/invocations",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Run a function on an input; a URL gets it as a signed CloudEvent",
        description: "Kept for a day. An invocation whose function does not answer is tried three times.",
        operationId: "invokeFunction",
        params: FunctionParamsSchema,
        headers: PreferSchema,
        body: InvocationBodySchema,
        response: {
          200: { ...InvocationSchema, description: "It has ended, within the time that `Prefer: wait` gave" },
          202: { ...InvocationSchema, description: "Accepted, durably; ask for it at `Location`" },
          ...problems(400, 401, 403, 404, 409, 413, 415, 429, 500, 503),
        },
      },
    },
    async (request, reply) => {
      const { name } = await findRegistered(deps, principalOf(request), request.params.name);
      const id = randomId(ID_BYTES);
      if (!(await deps.invocations.insert(id, name, request.body.input))) {
        throw new AppError("too-many-requests", "Too many of your invocations wait; try again once some have ended.", {
          retryAfterSeconds: RETRY_AFTER_SECONDS,
        });
      }
      const preference = parsePrefer(request.headers.prefer);
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      const { invocation, waited } = await wait(name, id, preference.waitSeconds, gone.signal);
      const isAsync = !(waited && invocation.status !== "waiting");
      return reply
        .code(isAsync ? 202 : 200)
        .headers(preferenceApplied(preference, { waited, isAsync }))
        .header("location", `/v1/functions/${name}/invocations/${id}`)
        .send(invocationResource(invocation));
    },
  );

  app.get(
    "/v1/functions/:name/invocations",
    {
      onRequest,
      schema: {
        ...common,
        summary: "List a function's invocations of the last day, the newest first",
        operationId: "listInvocations",
        params: FunctionParamsSchema,
        querystring: CursorPageQuerySchema,
        response: { 200: InvocationListSchema, ...problems(400, 401, 403, 404, 429, 500, 503) },
      },
    },
    async (request) => {
      const { name } = await findFunction(deps, principalOf(request), request.params.name);
      const limit = pageLimit(request.query.limit);
      const scope = ["invocations", principalOf(request).id, name];
      const [before] = request.query.cursor === undefined ? [] : rules.cursors.read(scope, request.query.cursor);
      const found = await deps.invocations.list(name, { ...(before !== undefined && { before }), limit: limit + 1 });
      const { page, last } = pageOf(found, limit);
      return { invocations: page.map(invocationResource), ...(last && { next: rules.cursors.write(scope, [last.id]) }) };
    },
  );

  app.get(
    "/v1/functions/:name/invocations/:id",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Read an invocation",
        operationId: "getInvocation",
        params: InvocationParamsSchema,
        response: { 200: InvocationSchema, ...problems(401, 403, 404, 429, 500, 503) },
      },
    },
    async (request) => {
      const { name } = await findFunction(deps, principalOf(request), request.params.name);
      return invocationResource(await findInvocation(deps, name, request.params.id));
    },
  );
}

function createWaiter(app: ApiInstance, deps: ApiDeps) {
  const stopping = new AbortController();
  app.addHook("preClose", async () => stopping.abort());
  let waits = 0;

  return async (name: string, id: string, waitSeconds: number, gone: AbortSignal) => {
    let invocation = await findInvocation(deps, name, id);
    if (waitSeconds === 0 || waits >= WAITS_MAX) return { invocation, waited: false };
    const ends = AbortSignal.any([gone, stopping.signal, AbortSignal.timeout(waitSeconds * 1000)]);
    waits += 1;
    try {
      while (invocation.status === "waiting" && !ends.aborted) {
        await sleep(REREAD_MS);
        invocation = await findInvocation(deps, name, id);
      }
    } finally {
      waits -= 1;
    }
    return { invocation, waited: true };
  };
}

async function findInvocation(deps: ApiDeps, name: string, id: string): Promise<InvocationView> {
  // PostgreSQL takes no text with NUL in it.
  const found = id.includes("\0") ? undefined : await deps.invocations.find(name, id);
  if (found === undefined) throw new AppError("not-found", "There is no such invocation; they are kept for a day.");
  return found;
}

function invocationResource(view: InvocationView): InvocationResource {
  const { id, status, attempts, logs, error, durationMs, createdAt, finishedAt } = view;
  return {
    id,
    function: view.function,
    status,
    attempts,
    ...(status === "succeeded" && { output: view.output }),
    ...(logs !== null && { logs: [...logs] }),
    ...(error !== null && { error }),
    ...(durationMs !== null && { durationMs }),
    createdAt: createdAt.toISOString(),
    ...(finishedAt !== null && { finishedAt: finishedAt.toISOString() }),
  };
}
