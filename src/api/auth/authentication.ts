import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from "fastify";
import { AppError } from "../../domain/app-error.js";
import type { Principal, Scope } from "../../domain/principal.js";
import type { ApiDeps } from "../deps.js";
import { isSameOrigin, sessionIdOf } from "./session-cookie.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Who calls; `null` before {@link requireScope} has run and on public routes. */
    principal: Principal | null;
    /** The transfer that it is about, once that is known: for the log. */
    transferId: string | null;
  }
}

const BEARER_PATTERN = /^Bearer +([\x21-\x7e]{1,4096})$/i;

/** Makes room on every request for the principal, and for the transfer it is about. */
export function decorateWithPrincipal(app: FastifyInstance): void {
  app.decorateRequest("principal", null);
  app.decorateRequest("transferId", null);
}

/** What tells who calls: bearer tokens, and the sessions of the dashboard. */
export type AuthenticationDeps = Pick<ApiDeps, "authenticate" | "sessions">;

/** A hook that lets only principals through that hold one of `scopes`, or any principal where there are none: 401 without valid credentials, 403 without a scope. */
export function requireScope(deps: AuthenticationDeps, ...scopes: Scope[]): onRequestAsyncHookHandler {
  return async (request) => {
    const principal = await identify(deps, request);
    if (principal === undefined)
      throw new AppError("unauthorized", "Send a valid API key or access token: Authorization: Bearer <token>.");
    request.principal = principal;
    if (!holdsOneOf(principal, scopes)) {
      throw new AppError("forbidden", `The API key needs one of the scopes ${scopes.join(", ")}.`);
    }
  };
}

/** Whether who sent a request that goes on for long is still let through. */
export async function isStillAllowed(
  deps: AuthenticationDeps,
  request: FastifyRequest,
  scopes: readonly Scope[],
): Promise<boolean> {
  const principal = await identify(deps, request);
  return principal !== undefined && principal.id === request.principal?.id && holdsOneOf(principal, scopes);
}

/** A bearer token goes before a session. A session counts only for what a page of this very origin asks: nobody else's page acts for who is signed in. */
async function identify(deps: AuthenticationDeps, request: FastifyRequest): Promise<Principal | undefined> {
  if (request.headers.authorization !== undefined) return await deps.authenticate(tokenOf(request));
  const sessionId = sessionIdOf(request);
  if (sessionId === undefined || !isSameOrigin(request)) return await deps.authenticate(undefined);
  return await deps.sessions.find(sessionId);
}

/** The token of the header `Authorization: Bearer`. */
export function tokenOf(request: FastifyRequest): string | undefined {
  return BEARER_PATTERN.exec(request.headers.authorization ?? "")?.[1];
}

function holdsOneOf({ scopes: held }: Principal, scopes: readonly Scope[]): boolean {
  return scopes.length === 0 || scopes.some((scope) => held.includes(scope));
}

/** The caller, on a route behind {@link requireScope}. */
export function principalOf(request: FastifyRequest): Principal {
  if (request.principal === null) throw new AppError("unauthorized", "Send a valid API key.");
  return request.principal;
}

/** Whether the principal may send for, or register numbers of, one of the given aliases and banks. */
export function mayActFor(principal: Principal, ...names: string[]): boolean {
  return principal.payers === "any" || names.some((name) => principal.payers.includes(name));
}
