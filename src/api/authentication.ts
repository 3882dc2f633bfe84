import type { FastifyInstance, FastifyRequest, onRequestAsyncHookHandler } from "fastify";
import { AppError } from "../domain/app-error.js";
import type { ApiDeps, Principal, Scope } from "./deps.js";

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

/** A hook that lets only principals through that hold one of `scopes`, or any principal where there are none: 401 without valid credentials, 403 without a scope. */
export function requireScope(deps: Pick<ApiDeps, "authenticate">, ...scopes: Scope[]): onRequestAsyncHookHandler {
  return async (request) => {
    const principal = await deps.authenticate(tokenOf(request));
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
  deps: Pick<ApiDeps, "authenticate">,
  request: FastifyRequest,
  scopes: readonly Scope[],
): Promise<boolean> {
  const principal = await deps.authenticate(tokenOf(request));
  return principal !== undefined && principal.id === request.principal?.id && holdsOneOf(principal, scopes);
}

function tokenOf(request: FastifyRequest): string | undefined {
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
