import { AppError } from "../../domain/app-error.js";
import type { ApiKeyView, Principal } from "../../domain/principal.js";
import { mayActFor } from "../auth/authentication.js";

/** The rights of a key, and when they end. */
export type KeyRights = Pick<ApiKeyView, "principal" | "scopes" | "payers" | "expiresAt">;

/** Whether the caller may see every principal's keys. Its own principal's it may see in any case. */
export function maySeeAllKeys(caller: Principal): boolean {
  return caller.scopes.includes("api-keys:read-any") || mayManageOthers(caller);
}

/**
 * Checks that the caller may make, rotate or end a key: one of its own principal, or with `api-keys:write-any` anybody's; and in
 * either case one that can do no more than the caller's own credentials, for no longer. Without the last, a key that ends tomorrow
 * would make itself permanent, or end the key that replaces it.
 *
 * @throws AppError `forbidden`
 */
export function checkMayManage(caller: Principal, key: KeyRights): void {
  if (caller.id !== key.principal && !mayManageOthers(caller)) {
    throw new AppError("forbidden", "Keys of another principal need the scope api-keys:write-any.");
  }
  const hasScopes = key.scopes.every((scope) => caller.scopes.includes(scope));
  const hasPayers = key.payers === "any" ? caller.payers === "any" : key.payers.every((payer) => mayActFor(caller, payer));
  if (!hasScopes || !hasPayers || !lastsAsLong(caller.expiresAt, key.expiresAt)) {
    throw new AppError("forbidden", "A key manages only keys with the scopes, payers and expiry that it has itself, or less.");
  }
}

function mayManageOthers(caller: Principal): boolean {
  return caller.scopes.includes("api-keys:write-any");
}

function lastsAsLong(own: Date | null, other: Date | null): boolean {
  return own === null || (other !== null && other.getTime() <= own.getTime());
}
