import type { ApiKeyStore } from "../../src/api/deps.js";
import type { ApiKeyView, Principal } from "../../src/domain/principal.js";

/** API keys in memory; a key that is made is one that calls can be made with. */
export function createFakeApiKeys(
  of: () => {
    keys: Map<string, ApiKeyView>;
    principals: Map<string, Principal>;
    nowMs: number;
  },
): ApiKeyStore {
  const create: ApiKeyStore["create"] = async (id, token, settings) => {
    const { keys, principals, nowMs } = of();
    const { principal, scopes, payers, expiresAt } = settings;
    const made = { id, principal, scopes, payers, expiresAt, createdAt: new Date(nowMs) };
    keys.set(id, made);
    principals.set(token, { id: principal, scopes, payers, expiresAt });
    return made;
  };
  return {
    list: async ({ principal, before, limit }) => {
      const rank = (key: Pick<ApiKeyView, "createdAt" | "id">) => `${key.createdAt.toISOString()} ${key.id}`;
      return [...of().keys.values()]
        .filter((key) => principal === undefined || key.principal === principal)
        .filter((key) => before === undefined || rank(key) < rank(before))
        .sort((a, b) => (rank(a) < rank(b) ? 1 : -1))
        .slice(0, limit);
    },
    find: async (id) => of().keys.get(id),
    create,
    rotate: async (id, next, endsAt) => {
      const old = of().keys.get(id);
      if (old === undefined) return undefined;
      of().keys.set(id, { ...old, expiresAt: endsAt });
      return await create(next.id, next.token, old);
    },
    remove: async (id) => of().keys.delete(id),
  };
}
