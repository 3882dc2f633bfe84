import { createHash, randomBytes } from "node:crypto";
import { sql } from "kysely";
import { coalesce } from "../../domain/coalesce.js";
import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";
import type { ApiPrincipal } from "./api-keys.js";

/** A session that was begun. `id` is a secret: it is told once, and only its hash is kept. */
export interface BegunSession {
  id: string;
  principal: ApiPrincipal;
  expiresAt: Date;
}

const ID_BYTES = 32;
// A working day. Whoever comes back tomorrow signs in again.
const LIFETIME_SECONDS = 8 * 3_600;

interface PrincipalRow {
  principal: string;
  scopes: string[];
  payers: readonly string[] | "any";
  keyExpiresAt: Date | null;
}

/**
 * Sessions of people at a browser: each stands for an API key, and ends with it. Every replica knows them. They are kept as SHA-256,
 * as the keys are: both are random.
 */
export function createSessions(db: Db) {
  const findByHash = coalesce(async (hashes: readonly string[]): Promise<(ApiPrincipal | undefined)[]> => {
    const { rows } = await onStore(() =>
      sql<PrincipalRow & { idHash: string }>`
        select s.id_hash as "idHash", k.principal, k.scopes, k.payers, k.expires_at as "keyExpiresAt" from sessions s join api_keys k on k.key_hash = s.key_hash
        where s.id_hash = any(${[...new Set(hashes)]}) and s.expires_at > now() and (k.expires_at is null or k.expires_at > now())`.execute(
        db,
      ),
    );
    const found = new Map(rows.map((row) => [row.idHash, toPrincipal(row)]));
    return hashes.map((hash) => found.get(hash));
  });

  /** Begins a session for whoever has the API key; `undefined` where it is none. Forgets the sessions that have ended. */
  async function begin(apiKey: string): Promise<BegunSession | undefined> {
    const id = randomBytes(ID_BYTES).toString("base64url");
    const { rows } = await onStore(() =>
      sql<PrincipalRow & { expiresAt: Date }>`
        with ended as (delete from sessions where expires_at <= now()),
        key as (select * from api_keys where key_hash = ${hashOf(apiKey)} and (expires_at is null or expires_at > now())),
        begun as (
          insert into sessions (id_hash, key_hash, expires_at)
          select ${hashOf(id)}, key_hash, least(expires_at, now() + ${LIFETIME_SECONDS} * interval '1 second') from key
          returning expires_at)
        select k.principal, k.scopes, k.payers, k.expires_at as "keyExpiresAt", b.expires_at as "expiresAt" from key k, begun b`.execute(
        db,
      ),
    );
    const [row] = rows;
    return row && { id, principal: toPrincipal(row), expiresAt: row.expiresAt };
  }

  /** Whose a session is; `undefined` for one that is none, or has ended. */
  async function find(id: string): Promise<ApiPrincipal | undefined> {
    return await findByHash(hashOf(id));
  }

  /** Ends a session at once, if it is one. */
  async function end(id: string): Promise<void> {
    await onStore(() => db.deleteFrom("sessions").where("id_hash", "=", hashOf(id)).execute());
  }

  return { begin, find, end };
}

function toPrincipal({ principal, scopes, payers, keyExpiresAt }: PrincipalRow): ApiPrincipal {
  return { id: principal, scopes, payers, expiresAt: keyExpiresAt };
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret, "utf8").digest("hex");
}
