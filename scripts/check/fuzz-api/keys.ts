import type { Pool } from "undici";
import type { Operation } from "./operations.js";
import type { PlannedRequest } from "./requests.js";
import type { FuzzOptions } from "./types.js";

/** The keys that requests carry. */
export type Keys = Record<PlannedRequest["key"], string | undefined>;

/** Makes the keys of a run: one of a principal of its own, those of the arbiters, if it has any, and one that may do next to nothing. */
export async function makeKeys(pool: Pool, options: FuzzOptions, operations: readonly Operation[]): Promise<Keys> {
  const { key, withoutScopes = [], arbiters = [] } = options;
  const make = async (principal: string, scopes: readonly string[], payers: unknown) => {
    const body = JSON.stringify({ principal, scopes, payers });
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const answer = await pool.request({ method: "POST", path: "/v1/api-keys", headers, body });
    const made = (await answer.body.json()) as { key?: string };
    if (made.key === undefined) throw new Error(`No API key for the run: ${answer.statusCode}`);
    return made.key;
  };
  const all = scopesOf(operations).filter((scope) => !withoutScopes.includes(scope));
  const good = await make("fuzz", all, "any");
  const arbiter = async (index: number) => {
    const principal = arbiters[index];
    return principal === undefined ? good : await make(principal, ["transfers:resolve"], {});
  };
  const [proposer, confirmer, narrow] = [await arbiter(0), await arbiter(1), await make("fuzz", ["stats:read"], {})];
  return { good, proposer, confirmer, narrow, forged: "em_forged", none: undefined };
}

/** All scopes that there are, by what the document says a key can be made with. */
function scopesOf(operations: readonly Operation[]): readonly string[] {
  const { scopes } = operations.find(({ id }) => id === "createApiKey")?.body?.properties ?? {};
  return (scopes?.items?.enum ?? []).map(String);
}
