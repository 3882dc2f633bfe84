import type { SessionStore } from "../../src/api/deps.js";
import type { Principal } from "../../src/domain/principal.js";

/** Sessions in memory, for keys that `principals` has. A key that is taken out of it takes its sessions along. */
export function createFakeSessions(principals: () => ReadonlyMap<string, Principal>, nowMs: () => number): SessionStore {
  const keys = new Map<string, string>();
  return {
    begin: async (apiKey) => {
      const principal = principals().get(apiKey);
      if (principal === undefined) return undefined;
      const id = `session-${keys.size + 1}`;
      keys.set(id, apiKey);
      return { id, principal, expiresAt: new Date(nowMs() + 3_600_000) };
    },
    find: async (id) => principals().get(keys.get(id) ?? ""),
    end: async (id) => void keys.delete(id),
  };
}
