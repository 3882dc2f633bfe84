/**
 * What a principal may do; see the routes. `transfers:read-any` reads every principal's transfers: for operators. `transfers:resolve`
 * is for arbiters, `transfers:report-outcome` for the people of a bank who report outcomes of suspended transfers. `api-keys:read` and `api-keys:write` are for keys of the same principal, `…-any` for everybody's.
 */
export type Scope = (typeof SCOPES)[number];

export const SCOPES = [
  "transfers:write",
  "transfers:read",
  "transfers:read-any",
  "transfers:resolve",
  "transfers:report-outcome",
  "accounts:read",
  "accounts:write",
  "functions:read",
  "functions:write",
  "functions:invoke",
  "api-keys:read",
  "api-keys:read-any",
  "api-keys:write",
  "api-keys:write-any",
  "stats:read",
] as const;

/**
 * Who calls. It outlives the rotation of its API key.
 *
 * - `payers`: alias ids or bank ids that it may send for; for a bank id, also register numbers for.
 * - `expiresAt`: until when its credentials are good; `null` for ever.
 */
export interface Principal {
  id: string;
  scopes: readonly string[];
  payers: readonly string[] | "any";
  expiresAt: Date | null;
}

/**
 * An API key, without the key.
 *
 * - `payers`: alias ids and bank ids, as a principal's.
 * - `expiresAt`: from then on it is no key any more; `null` for never.
 */
export interface ApiKeyView {
  id: string;
  principal: string;
  scopes: readonly string[];
  payers: readonly string[] | "any";
  createdAt: Date;
  expiresAt: Date | null;
}
