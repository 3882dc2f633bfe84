import { randomBytes } from "node:crypto";
import type { onRequestAsyncHookHandler } from "fastify";
import { Type } from "typebox";
import { AppError } from "../../domain/app-error.js";
import { aliasId, BIC8_PATTERN, parseBankId } from "../../domain/ids.js";
import { parsePhone } from "../../domain/phone.js";
import type { ApiKeyView, Principal } from "../../domain/principal.js";
import { randomId } from "../../domain/random-id.js";
import { principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Cursors } from "../http/cursor.js";
import { pageLimit, pageOf } from "../http/page.js";
import { CursorPageQuerySchema } from "../http/page-schemas.js";
import type { Meter } from "../http/rate-limit.js";
import { parseTimeMs } from "../http/rfc3339.js";
import { problems } from "../http/schemas.js";
import { checkMayManage, maySeeAllKeys } from "./key-rights.js";
import {
  type ApiKeyBody,
  ApiKeyBodySchema,
  ApiKeyListSchema,
  ApiKeyParamsSchema,
  type ApiKeyResource,
  ApiKeySchema,
  NewApiKeySchema,
  RotationBodySchema,
} from "./schemas.js";

const WRITE_SCOPES = ["api-keys:write", "api-keys:write-any"] as const;
const ID_BYTES = 9;
const KEY_BYTES = 32;
// The bootstrap key's is a word.
const ID_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** `POST`, `GET /v1/api-keys`; `GET`, `DELETE /v1/api-keys/{id}`; `POST /v1/api-keys/{id}/rotations`. */
export function addApiKeyRoutes(app: ApiInstance, deps: ApiDeps, rules: { cursors: Cursors; meter: Meter }): void {
  const mayRead = [requireScope(deps, "api-keys:read", "api-keys:read-any", ...WRITE_SCOPES), rules.meter];
  const mayWrite = [requireScope(deps, ...WRITE_SCOPES), rules.meter];
  const common = { tags: ["api keys"], security: [{ bearer: [] }] };

  app.post(
    "/v1/api-keys",
    {
      onRequest: mayWrite,
      schema: {
        ...common,
        summary: "Make an API key, which is shown this once",
        description:
          "Of the caller's own principal, or with `api-keys:write-any` of any; with no more scopes and payers than the caller's, and for no longer.",
        operationId: "createApiKey",
        body: ApiKeyBodySchema,
        response: { 201: NewApiKeySchema, ...problems(400, 401, 403, 413, 415, 422, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const of = parseBody(deps, request.body);
      checkMayManage(principalOf(request), of);
      const { id, token } = newKey();
      const made = await deps.apiKeys.create(id, token, of);
      return reply
        .code(201)
        .header("location", `/v1/api-keys/${id}`)
        .send({ ...resource(made), key: token });
    },
  );

  app.get(
    "/v1/api-keys",
    {
      onRequest: mayRead,
      schema: {
        ...common,
        summary:
          "List the principal's API keys, the newest first, without the keys themselves; everybody's with `api-keys:read-any`",
        operationId: "listApiKeys",
        querystring: CursorPageQuerySchema,
        response: { 200: ApiKeyListSchema, ...problems(400, 401, 403, 429, 500, 503) },
      },
    },
    async (request) => {
      const caller = principalOf(request);
      const whose: { principal?: string } = maySeeAllKeys(caller) ? {} : { principal: caller.id };
      const limit = pageLimit(request.query.limit);
      const scope = ["api-keys", whose.principal ?? null];
      const before = readPosition(rules.cursors, scope, request.query.cursor);
      const found = await deps.apiKeys.list({ ...whose, ...(before && { before }), limit: limit + 1 });
      const { page, last } = pageOf(found, limit);
      return {
        apiKeys: page.map(resource),
        ...(last && { next: rules.cursors.write(scope, [last.createdAt.toISOString(), last.id]) }),
      };
    },
  );

  app.get(
    "/v1/api-keys/:id",
    {
      onRequest: mayRead,
      schema: {
        ...common,
        summary: "Read an API key, without the key itself",
        operationId: "getApiKey",
        params: ApiKeyParamsSchema,
        response: { 200: ApiKeySchema, ...problems(401, 403, 404, 429, 500, 503) },
      },
    },
    async (request) => resource(await findKey(deps, principalOf(request), request.params.id)),
  );

  addEndingRoutes(app, deps, { mayWrite, common });
}

/** The key that the page before ended with. */
function readPosition(cursors: Cursors, scope: unknown, cursor: string | undefined): { createdAt: Date; id: string } | undefined {
  if (cursor === undefined) return undefined;
  const [createdAt = "", id = ""] = cursors.read(scope, cursor);
  return { createdAt: new Date(createdAt), id };
}

function addEndingRoutes(
  app: ApiInstance,
  deps: ApiDeps,
  { mayWrite, common }: { mayWrite: onRequestAsyncHookHandler[]; common: { tags: string[]; security: { bearer: string[] }[] } },
): void {
  app.post(
    "/v1/api-keys/:id/rotations",
    {
      onRequest: mayWrite,
      schema: {
        ...common,
        summary: "Make another key of the same principal; the old one ends after an overlap",
        operationId: "rotateApiKey",
        params: ApiKeyParamsSchema,
        body: RotationBodySchema,
        response: { 201: NewApiKeySchema, ...problems(400, 401, 403, 404, 413, 415, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const caller = principalOf(request);
      const old = await findKey(deps, caller, request.params.id);
      checkMayManage(caller, old);
      const { id, token } = newKey();
      const endsAt = new Date(deps.clock() + request.body.overlapSeconds * 1000);
      const made = await deps.apiKeys.rotate(old.id, { id, token }, endsAt);
      if (made === undefined) throw new AppError("not-found", "There is no such API key any more.");
      return reply
        .code(201)
        .header("location", `/v1/api-keys/${id}`)
        .send({ ...resource(made), key: token });
    },
  );

  app.delete(
    "/v1/api-keys/:id",
    {
      onRequest: mayWrite,
      schema: {
        ...common,
        summary: "End an API key at once",
        description:
          "Of the caller's own principal, or with `api-keys:write-any` of any; one that can do no more than the caller, for no longer.",
        operationId: "deleteApiKey",
        params: ApiKeyParamsSchema,
        response: { 204: Type.Null({ description: "It is no key any more" }), ...problems(401, 403, 404, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const caller = principalOf(request);
      const key = await findKey(deps, caller, request.params.id);
      checkMayManage(caller, key);
      if (!(await deps.apiKeys.remove(key.id))) throw new AppError("not-found", "There is no such API key.");
      return reply.code(204).send(null);
    },
  );
}

function newKey(): { id: string; token: string } {
  return { id: randomId(ID_BYTES), token: `em_${randomBytes(KEY_BYTES).toString("base64url")}` };
}

/** A key that the caller may see; to everybody else there is none. */
async function findKey(deps: ApiDeps, caller: Principal, id: string): Promise<ApiKeyView> {
  const found = ID_PATTERN.test(id) ? await deps.apiKeys.find(id) : undefined;
  if (found === undefined || !(found.principal === caller.id || maySeeAllKeys(caller)))
    throw new AppError("not-found", "There is no such API key.");
  return found;
}

function parseBody(deps: ApiDeps, body: ApiKeyBody): Pick<ApiKeyView, "principal" | "scopes" | "payers" | "expiresAt"> {
  const { principal, scopes, payers } = body;
  const expiresAt = body.expiresAt === undefined ? null : new Date(parseTimeMs(body.expiresAt, "`expiresAt`"));
  if (expiresAt !== null && expiresAt.getTime() <= deps.clock()) {
    throw new AppError("invalid-request", "`expiresAt` lies in the future.");
  }
  if (payers === "any") return { principal, scopes, payers, expiresAt };
  const banks = (payers.banks ?? []).map(parseBankId);
  const aliases = (payers.phones ?? []).map((phone) => aliasId(deps.aliasKey, parsePhone(phone, deps.phoneTypes)));
  return { principal, scopes, payers: [...new Set([...banks, ...aliases])], expiresAt };
}

/** An alias is not shown: it would tell which entry on the chain is a number's. */
function resource({ id, principal, scopes, payers, createdAt, expiresAt }: ApiKeyView): ApiKeyResource {
  const banks = payers === "any" ? [] : payers.filter((payer) => BIC8_PATTERN.test(payer));
  return {
    id,
    principal,
    scopes: [...scopes],
    payers: payers === "any" ? "any" : { banks, phones: payers.length - banks.length },
    createdAt: createdAt.toISOString(),
    ...(expiresAt !== null && { expiresAt: expiresAt.toISOString() }),
  };
}
