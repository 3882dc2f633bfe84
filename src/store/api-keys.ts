import { createHash } from "node:crypto";
import { sql } from "kysely";
import { coalesce } from "../domain/coalesce.js";
import { type Db, onStore } from "./open-store.js";

/** Whom a key stands for, and what they may do. */
export interface ApiPrincipal {
  id: string;
  scopes: readonly string[];
  payers: readonly string[] | "any";
}

/** Finds whose key a bearer token is. Keys are kept as SHA-256: they are random, so that needs no salt and no slow hash. */
export function createApiKeys(db: Db) {
  const findByHash = coalesce(async (hashes: readonly string[]): Promise<(ApiPrincipal | undefined)[]> => {
    const rows = await onStore(() =>
      db
        .selectFrom("api_keys")
        .select(["key_hash", "principal", "scopes", "payers"])
        .where(sql<boolean>`key_hash = any(${[...new Set(hashes)]})`)
        .execute(),
    );
    const found = new Map(rows.map((row) => [row.key_hash, { id: row.principal, scopes: row.scopes, payers: row.payers }]));
    return hashes.map((hash) => found.get(hash));
  });

  async function authenticate(token: string | undefined): Promise<ApiPrincipal | undefined> {
    return token === undefined || token === "" ? undefined : await findByHash(hashOf(token));
  }

  /** Makes a token good for a principal, replacing what the key with that id was before. */
  async function put(id: string, token: string, principal: ApiPrincipal): Promise<void> {
    const values = {
      key_hash: hashOf(token),
      principal: principal.id,
      scopes: [...principal.scopes],
      payers: JSON.stringify(principal.payers),
    };
    await onStore(() =>
      db
        .insertInto("api_keys")
        .values({ id, ...values })
        .onConflict((conflict) => conflict.column("id").doUpdateSet(values))
        .execute(),
    );
  }

  return { authenticate, put };
}

function hashOf(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("hex");
}
