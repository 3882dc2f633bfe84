import { randomBytes } from "node:crypto";
import { Type } from "typebox";
import { AppError } from "../../domain/app-error.js";
import type { FunctionModule, FunctionSettings } from "../../domain/function-settings.js";
import { MODULE_SCHEME } from "../../domain/module-target.js";
import type { Principal } from "../../domain/principal.js";
import { principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { FunctionView } from "../function-ports.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Meter } from "../http/rate-limit.js";
import { problems } from "../http/schemas.js";
import { findFunction, findRegistered, functionResource, parseFilter, visibility } from "./resource.js";
import {
  type FunctionBody,
  FunctionBodySchema,
  FunctionParamsSchema,
  type FunctionPatch,
  FunctionPatchSchema,
  FunctionSchema,
  MODULE_BODY_MAX_BYTES,
  NewFunctionSchema,
  NewSecretSchema,
  ReplayBodySchema,
  ReplaySchema,
  SecretRotationBodySchema,
} from "./schemas.js";

const SECRET_BYTES = 32;
const URL_DEFAULTS = { batchSize: 100, concurrency: 2 };
// A module handles one event at a time: more at once would only wait in the host.
const MODULE_DEFAULTS = { batchSize: 10, concurrency: 1 };

/** `POST /v1/functions`; `PATCH`, `DELETE /v1/functions/{name}`; `POST …/secret-rotations`, `POST …/replays`. */
export function addFunctionChangeRoutes(app: ApiInstance, deps: ApiDeps, rules: { meter: Meter }): void {
  const onRequest = [requireScope(deps, "functions:write"), rules.meter];
  const common = { tags: ["functions"], security: [{ bearer: [] }] };

  app.post(
    "/v1/functions",
    {
      onRequest,
      bodyLimit: MODULE_BODY_MAX_BYTES,
      schema: {
        ...common,
        summary: "Register a function: a URL or a TypeScript module that events wake",
        description:
          "It begins with the newest event, and is woken once for every transfer that is open. The secret is shown this once.",
        operationId: "createFunction",
        body: FunctionBodySchema,
        response: { 201: NewFunctionSchema, ...problems(400, 401, 403, 409, 413, 415, 422, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const principal = principalOf(request);
      const { name } = request.body;
      const { settings, module } = await settingsOf(deps, principal, request.body);
      const secret = newSecret();
      const result = await deps.functions.insert({ name, secret, owner: principal.id, settings, module });
      if (result === "taken") throw new AppError("conflict", "A function has this name already; give another.");
      if (result === "too-many") throw new AppError("conflict", "You have too many functions; delete one first.");
      const made = await findFunction(deps, principal, name);
      return reply
        .code(201)
        .header("location", `/v1/functions/${name}`)
        .send({ ...functionResource(principal, made), secret });
    },
  );

  app.patch(
    "/v1/functions/:name",
    {
      onRequest,
      bodyLimit: MODULE_BODY_MAX_BYTES,
      schema: {
        ...common,
        summary: "Change a function; what is left out stays",
        description: "Of the deployment's own only `enabled: true` is taken, from a key with `transfers:read-any`.",
        operationId: "updateFunction",
        params: FunctionParamsSchema,
        body: FunctionPatchSchema,
        response: { 200: FunctionSchema, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const found = await findFunction(deps, principal, request.params.name);
      if (found.owner === null) await enableOwn(deps, principal, found, request.body);
      else await change(deps, principal, found, request.body);
      return functionResource(principal, await findFunction(deps, principal, found.name));
    },
  );

  addEndingRoutes(app, deps, { onRequest, common });
}

function addEndingRoutes(
  app: ApiInstance,
  deps: ApiDeps,
  {
    onRequest,
    common,
  }: { onRequest: ReturnType<typeof requireScope>[]; common: { tags: string[]; security: { bearer: string[] }[] } },
): void {
  app.delete(
    "/v1/functions/:name",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Forget a function, and what waits for it",
        operationId: "deleteFunction",
        params: FunctionParamsSchema,
        response: { 204: Type.Null({ description: "It is woken no more" }), ...problems(401, 403, 404, 409, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const { name } = await findRegistered(deps, principalOf(request), request.params.name);
      if (!(await deps.functions.remove(name))) throw new AppError("not-found", "There is no such function any more.");
      return reply.code(204).send(null);
    },
  );

  app.post(
    "/v1/functions/:name/secret-rotations",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Make another secret; the old one signs beside it for a while",
        operationId: "rotateFunctionSecret",
        params: FunctionParamsSchema,
        body: SecretRotationBodySchema,
        response: { 201: NewSecretSchema, ...problems(400, 401, 403, 404, 409, 413, 415, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const { name } = await findRegistered(deps, principalOf(request), request.params.name);
      const secret = newSecret();
      const until = await deps.functions.rotateSecret(name, secret, request.body.overlapSeconds);
      if (until === undefined) throw new AppError("not-found", "There is no such function any more.");
      return reply.code(201).send({ secret, previousSecretUntil: until.toISOString() });
    },
  );

  app.post(
    "/v1/functions/:name/replays",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Deliver one dead letter of a function again, or all of them",
        operationId: "replayFunction",
        params: FunctionParamsSchema,
        body: ReplayBodySchema,
        response: { 200: ReplaySchema, ...problems(400, 401, 403, 404, 413, 415, 429, 500, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const { name, owner } = await findFunction(deps, principal, request.params.name);
      if (owner === null) requireOperator(principal);
      const { sequence } = request.body;
      return { replayed: await deps.functions.replay(name, sequence === undefined ? undefined : BigInt(sequence)) };
    },
  );
}

function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString("base64")}`;
}

/** What moves money is the operators' to put back into service. */
function requireOperator(principal: Principal): void {
  if ("visibleTo" in visibility(principal)) {
    throw new AppError("forbidden", "A function of the deployment's own needs the scope transfers:read-any besides.");
  }
}

async function enableOwn(deps: ApiDeps, principal: Principal, { name }: FunctionView, patch: FunctionPatch): Promise<void> {
  requireOperator(principal);
  if (patch.enabled !== true || Object.keys(patch).length > 1) {
    throw new AppError("conflict", "The function is the deployment's own: change its setting FUNCTIONS. It can be enabled here.");
  }
  await deps.functions.enable(name);
}

async function change(deps: ApiDeps, principal: Principal, found: FunctionView, patch: FunctionPatch): Promise<void> {
  const target = patch.url !== undefined || patch.module !== undefined ? await targetOf(deps, principal, patch) : undefined;
  const settings: FunctionSettings = {
    ...found,
    ...(target && { url: target.url }),
    ...(patch.types !== undefined && { types: [...patch.types] }),
    ...(patch.filter !== undefined && parseFilter(principal, { ...ownersPrincipal(principal, found), ...patch.filter })),
    ...(patch.batchSize !== undefined && { batchSize: patch.batchSize }),
    ...(patch.concurrency !== undefined && { concurrency: patch.concurrency }),
    ...(patch.retry !== undefined && { retry: patch.retry }),
  };
  const changed = await deps.functions.update(found.name, { settings, module: target?.module, enabled: patch.enabled });
  if (!changed) throw new AppError("not-found", "There is no such function any more.");
}

/** An operator who changes another's filter does not show that owner everybody's transfers by it, unless the filter says so. */
function ownersPrincipal(principal: Principal, { owner, ofPrincipal }: FunctionView): { principal?: string } {
  return owner === principal.id || ofPrincipal === null ? {} : { principal: ofPrincipal };
}

async function settingsOf(
  deps: ApiDeps,
  principal: Principal,
  body: FunctionBody,
): Promise<{ settings: FunctionSettings; module: FunctionModule | undefined }> {
  const filter = parseFilter(principal, body.filter ?? {});
  const { url, on, module } = await targetOf(deps, principal, body);
  const types = body.types ?? on;
  if (types === undefined || types.length === 0) {
    throw new AppError("invalid-function", "Say in `types`, or a module in its `on`, which events wake it.", {
      details: { field: "/types" },
    });
  }
  const defaults = module === undefined ? URL_DEFAULTS : MODULE_DEFAULTS;
  const { batchSize = defaults.batchSize, concurrency = defaults.concurrency, retry = null } = body;
  return { settings: { url, types: [...types], ...filter, batchSize, concurrency, retry }, module };
}

async function targetOf(
  deps: ApiDeps,
  principal: Principal,
  { url, module }: Pick<FunctionBody, "url" | "module">,
): Promise<{ url: string; on?: string[]; module?: FunctionModule }> {
  if ((url === undefined) === (module === undefined)) {
    throw new AppError("invalid-function", "Give either a `url` or a `module`.", { details: { field: "/url" } });
  }
  if (module === undefined) {
    await deps.functionTargets.checkReachable(principal.id, url ?? "");
    return { url: url ?? "" };
  }
  const { digest, code, on } = await deps.functionTargets.readModule(principal.id, module.source);
  return { url: `${MODULE_SCHEME}${digest}`, on, module: { source: module.source, code } };
}
