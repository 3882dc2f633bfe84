import { AppError } from "../../domain/app-error.js";
import type { FunctionSettings } from "../../domain/function-settings.js";
import { moduleDigest } from "../../domain/module-target.js";
import { currencyByCode, currencyByNumeric } from "../../domain/money.js";
import type { Principal } from "../../domain/principal.js";
import type { ApiDeps } from "../deps.js";
import type { FunctionView, ParkedView } from "../function-ports.js";
import type { FunctionBody, FunctionResource } from "./schemas.js";

const OPERATOR_SCOPE = "transfers:read-any";

/** Whose functions a caller sees: its own and the deployment's; an operator everybody's. */
export function visibility(principal: Principal): { visibleTo?: string } {
  return principal.scopes.includes(OPERATOR_SCOPE) ? {} : { visibleTo: principal.id };
}

/** Whether all that a function is sent is the caller's to see. Of the deployment's own functions, most is other principals'. */
export function seesAllOf(principal: Principal, fn: Pick<FunctionView, "ofPrincipal">): boolean {
  return principal.scopes.includes(OPERATOR_SCOPE) || fn.ofPrincipal === principal.id;
}

/** @throws AppError `not-found`, also where it is another principal's */
export async function findFunction(deps: ApiDeps, principal: Principal, name: string): Promise<FunctionView> {
  // PostgreSQL takes no text with NUL in it.
  const found = name.includes("\0") ? undefined : await deps.functions.find(name, visibility(principal));
  if (found === undefined) throw new AppError("not-found", "There is no such function.");
  return found;
}

/** One that the API registered. @throws AppError `not-found`; `conflict` for one of the deployment's own */
export async function findRegistered(
  deps: ApiDeps,
  principal: Principal,
  name: string,
): Promise<FunctionView & { owner: string }> {
  const found = await findFunction(deps, principal, name);
  const { owner } = found;
  if (owner === null) {
    throw new AppError("conflict", "The function is the deployment's own: its setting FUNCTIONS says what it is.");
  }
  return { ...found, owner };
}

/** The filter of a function, and what the caller may see of it. */
export function parseFilter(
  principal: Principal,
  filter: NonNullable<FunctionBody["filter"]>,
): Pick<FunctionSettings, "payerBank" | "payeeBank" | "currency" | "ofPrincipal"> {
  const mayAll = principal.scopes.includes(OPERATOR_SCOPE);
  const ofPrincipal = filter.principal ?? (mayAll ? null : principal.id);
  if (!mayAll && ofPrincipal !== principal.id) {
    throw new AppError("forbidden", `Events of another principal's transfers need the scope ${OPERATOR_SCOPE}.`);
  }
  const currency = filter.currency === undefined ? null : currencyByCode(filter.currency);
  if (currency === undefined) throw new AppError("invalid-currency", "Give an ISO 4217 code.");
  return {
    payerBank: filter.payerBank ?? null,
    payeeBank: filter.payeeBank ?? null,
    currency: currency?.numeric ?? null,
    ofPrincipal,
  };
}

/** A function as the caller sees it: never its secret, and no error of what is not the caller's to see. */
export function functionResource(principal: Principal, fn: FunctionView): FunctionResource {
  const { name, types, batchSize, concurrency, behind, waiting, dead } = fn;
  const digest = moduleDigest(fn);
  return {
    name,
    ...(fn.owner !== null && { owner: fn.owner }),
    ...(digest === undefined ? { url: withoutCredentials(fn.url) } : { module: { digest } }),
    types: [...types],
    filter: filterResource(fn),
    batchSize,
    concurrency,
    ...(fn.retry !== null && { retry: fn.retry }),
    enabled: fn.disabledReason === null,
    ...(fn.disabledReason !== null && { disabledReason: fn.disabledReason }),
    ...(fn.position !== null && { position: fn.position.toString() }),
    behind,
    waiting,
    dead,
    ...(fn.oldestWaiting !== null && { oldestWaitingAt: fn.oldestWaiting.toISOString() }),
    ...(fn.lastError !== null && seesAllOf(principal, fn) && { lastError: fn.lastError }),
    ...(fn.recent !== undefined && { recent: fn.recent }),
    ...(fn.previousSecretUntil !== null && { previousSecretUntil: fn.previousSecretUntil.toISOString() }),
    createdAt: fn.createdAt.toISOString(),
    updatedAt: fn.updatedAt.toISOString(),
  };
}

function filterResource({ payerBank, payeeBank, currency, ofPrincipal }: FunctionView): FunctionResource["filter"] {
  const code = currency === null ? undefined : currencyByNumeric(currency)?.code;
  return {
    ...(payerBank !== null && { payerBank }),
    ...(payeeBank !== null && { payeeBank }),
    ...(code !== undefined && { currency: code }),
    ...(ofPrincipal !== null && { principal: ofPrincipal }),
  };
}

/** A URL may carry a password or a token that is nobody's but the watcher's. */
function withoutCredentials(url: string): string {
  const shown = new URL(url);
  return `${shown.origin}${shown.pathname}`;
}

/** A delivery that waits or is dead, as clients see it. */
export function deliveryResource(parked: ParkedView) {
  const { sequence, transferId, type, status, attempts, nextAttemptAt, lastError, revivals, givenUpAt } = parked;
  return {
    sequence: sequence.toString(),
    transfer: transferId,
    ...(type !== null && { type }),
    status,
    attempts,
    ...(status === "waiting" && { nextAttemptAt: nextAttemptAt.toISOString() }),
    ...(givenUpAt !== null && { givenUpAt: givenUpAt.toISOString() }),
    revivals,
    ...(lastError !== null && { lastError }),
  };
}
