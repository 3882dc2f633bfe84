import { Type } from "typebox";
import { AppError } from "../../domain/app-error.js";
import type { Principal } from "../../domain/principal.js";
import { principalOf, requireScope, tokenOf } from "../auth/authentication.js";
import { clearSessionCookie, isSameOrigin, sessionIdOf, setSessionCookie } from "../auth/session-cookie.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Meter } from "../http/rate-limit.js";
import { problems, TIME } from "../http/schemas.js";

const CallerSchema = Type.Object({
  principal: Type.String(),
  scopes: Type.Array(Type.String()),
  payers: Type.Union([Type.Literal("any"), Type.Array(Type.String())], {
    description: "The alias ids and bank ids that it may send for.",
  }),
});

const SessionSchema = Type.Object({
  ...CallerSchema.properties,
  expiresAt: Type.String({ ...TIME, description: "Then the session ends; earlier if the key does." }),
});

/** `POST`, `GET`, `DELETE /v1/session`: a browser signs in, asks who it is, signs out. */
export function addSessionRoutes(app: ApiInstance, deps: ApiDeps, rules: { meter: Meter }): void {
  const common = { tags: ["session"], security: [{ bearer: [] }] };

  app.post(
    "/v1/session",
    {
      onRequest: rules.meter,
      schema: {
        ...common,
        summary: "Begin a session for an API key: the cookie that comes back stands for the key, in a browser",
        description:
          "The cookie is HttpOnly and SameSite=Strict, and counts only for what pages of this origin ask. It ends after eight hours, or with its key.",
        operationId: "beginSession",
        response: { 201: SessionSchema, ...problems(401, 403, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      // Else another page could sign somebody in as somebody else.
      if (!isSameOrigin(request) && request.headers.origin !== undefined) {
        throw new AppError("forbidden", "A session begins on a page of this origin.");
      }
      const apiKey = tokenOf(request);
      const begun = apiKey === undefined ? undefined : await deps.sessions.begin(apiKey);
      if (begun === undefined) throw new AppError("unauthorized", "Send a valid API key: Authorization: Bearer <key>.");
      request.principal = begun.principal;
      setSessionCookie(request, reply, begun.id, begun.expiresAt);
      return reply.code(201).send({ ...callerResource(begun.principal), expiresAt: begun.expiresAt.toISOString() });
    },
  );

  app.get(
    "/v1/session",
    {
      onRequest: [requireScope(deps), rules.meter],
      schema: {
        ...common,
        summary: "Read who calls, and what the caller may do",
        operationId: "getSession",
        response: { 200: CallerSchema, ...problems(401, 429, 500, 503) },
      },
    },
    async (request) => callerResource(principalOf(request)),
  );

  app.delete(
    "/v1/session",
    {
      onRequest: [requireScope(deps), rules.meter],
      schema: {
        ...common,
        summary: "End the session of the cookie",
        operationId: "endSession",
        response: { 204: Type.Null({ description: "The cookie is good for nothing any more" }), ...problems(401, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const id = sessionIdOf(request);
      if (id !== undefined && isSameOrigin(request)) await deps.sessions.end(id);
      clearSessionCookie(request, reply);
      return reply.code(204).send(null);
    },
  );
}

function callerResource({ id, scopes, payers }: Principal) {
  return { principal: id, scopes: [...scopes], payers: payers === "any" ? payers : [...payers] };
}
