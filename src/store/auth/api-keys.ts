import { createHash } from "node:crypto";
import { sql } from "kysely";
import { coalesce } from "../../domain/coalesce.js";
import { createLruCache } from "../../domain/lru-cache.js";
import { NOTICES_CHANNEL, writeNotice } from "../events/notifications.js";
import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";

/** Whom a key stands for, and what they may do. */
export interface ApiPrincipal {
  id: string;
  scopes: readonly string[];
  payers: readonly string[] | "any";
  /** From then on, by the store's clock, the key is none; `null` for never. */
  expiresAt: Date | null;
}

/** A key, without the key. `expiresAt`: from then on, by the store's clock, it is none; `null` for never. */
export interface ApiKeyRow {
  id: string;
  principal: string;
  scopes: readonly string[];
  payers: readonly string[] | "any";
  createdAt: Date;
  expiresAt: Date | null;
}

/** Which keys: a principal's, or everybody's without one; after a key in the list, at most `limit`. */
export interface ApiKeyPage {
  principal?: string;
  before?: { createdAt: Date; id: string };
  limit: number;
}

// A look-up is good for so long, unless the store tells of a change before.
const FRESH_MS = 1_000;
const CACHED_MAX = 1_000;

const COLUMNS = sql<ApiKeyRow>`id, principal, scopes, payers, created_at as "createdAt", expires_at as "expiresAt"`;

/** What was found at `readAtMs`, and is good until `goodUntilMs`: milliseconds of the process's own clock. */
interface Found {
  principal: ApiPrincipal;
  readAtMs: number;
  goodUntilMs: number;
}

/**
 * Makes API keys, and finds whose a bearer token is. Keys are kept as SHA-256: they are random, so that needs no salt and no slow hash.
 * A key that was ended elsewhere is forgotten by {@link forget}, or after a second.
 */
export function createApiKeys(db: Db, clock: () => number = () => performance.now()) {
  let cache = createLruCache<Found>(CACHED_MAX);

  const findByHash = coalesce(async (hashes: readonly string[]): Promise<(ApiPrincipal | undefined)[]> => {
    const now = clock();
    const filling = cache;
    const { rows } = await onStore(() =>
      sql<ApiPrincipal & { hash: string; goodForMs: number }>`
        select key_hash as hash, principal as id, scopes, payers, expires_at as "expiresAt",
          coalesce(extract(epoch from expires_at - now()) * 1000, ${FRESH_MS})::float8 as "goodForMs"
        from api_keys where key_hash = any(${[...new Set(hashes)]}) and (expires_at is null or expires_at > now())`.execute(db),
    );
    const found = new Map<string, ApiPrincipal>();
    for (const { hash, goodForMs, ...principal } of rows) {
      found.set(hash, principal);
      // Not into a cache that is newer: what was read may be out of date by then.
      filling.set(hash, { principal, readAtMs: now, goodUntilMs: now + Math.min(goodForMs, FRESH_MS) });
    }
    return hashes.map((hash) => found.get(hash));
  });

  async function authenticate(token: string | undefined): Promise<ApiPrincipal | undefined> {
    if (token === undefined || token === "") return undefined;
    const hash = hashOf(token);
    const cached = cache.get(hash);
    const now = clock();
    if (cached !== undefined && now >= cached.readAtMs && now < cached.goodUntilMs) return cached.principal;
    return await findByHash(hash);
  }

  /** Looks every key up again: one may have been ended. */
  function forget(): void {
    cache = createLruCache(CACHED_MAX);
  }

  /** Has every replica look again: this one at once, and the others now, or within a second if they cannot be told. */
  async function tellOfChange(): Promise<void> {
    forget();
    await sql`select pg_notify(${NOTICES_CHANNEL}, ${writeNotice({ about: "api-keys" })})`.execute(db).catch(() => undefined);
  }

  /** Makes a token good for a principal, replacing what the key with that id was before. */
  async function put(id: string, token: string, principal: Omit<ApiPrincipal, "expiresAt">): Promise<void> {
    const values = {
      key_hash: hashOf(token),
      principal: principal.id,
      scopes: [...principal.scopes],
      payers: JSON.stringify(principal.payers),
      expires_at: null,
    };
    await onStore(() =>
      db
        .insertInto("api_keys")
        .values({ id, ...values })
        .onConflict((conflict) => conflict.column("id").doUpdateSet(values))
        .execute(),
    );
    await tellOfChange();
  }

  /** A page of a principal's keys, or of everybody's; the newest first. `before`: the key that the page before ended with. */
  async function list({ principal, before, limit }: ApiKeyPage): Promise<ApiKeyRow[]> {
    const which = principal === undefined ? sql`true` : sql`principal = ${principal}`;
    // To the millisecond, which is what a `Date` holds.
    const at = sql`date_trunc('milliseconds', created_at)`;
    const older = before === undefined ? sql`true` : sql`(${at}, id) < (${before.createdAt}::timestamptz, ${before.id})`;
    const { rows } = await onStore(() =>
      sql<ApiKeyRow>`select ${COLUMNS} from api_keys where ${which} and ${older} order by ${at} desc, id desc limit ${limit}`.execute(
        db,
      ),
    );
    return rows;
  }

  async function find(id: string): Promise<ApiKeyRow | undefined> {
    const { rows } = await onStore(() => sql<ApiKeyRow>`select ${COLUMNS} from api_keys where id = ${id}`.execute(db));
    return rows[0];
  }

  async function create(
    id: string,
    token: string,
    of: Pick<ApiKeyRow, "principal" | "scopes" | "payers" | "expiresAt">,
  ): Promise<ApiKeyRow> {
    const { rows } = await onStore(() =>
      sql<ApiKeyRow>`insert into api_keys (id, key_hash, principal, scopes, payers, expires_at)
        values (${id}, ${hashOf(token)}, ${of.principal}, ${[...of.scopes]}::text[], ${JSON.stringify(of.payers)}::jsonb,
          ${of.expiresAt}) returning ${COLUMNS}`.execute(db),
    );
    return rows[0] as ApiKeyRow;
  }

  /**
   * Makes another key like the one with `id`, which ends at `endsAt`, or before if it would have; `undefined` where there is none. The
   * new key ends when the old one would have.
   */
  async function rotate(id: string, next: { id: string; token: string }, endsAt: Date): Promise<ApiKeyRow | undefined> {
    const { rows } = await onStore(() =>
      sql<ApiKeyRow>`
        with old as (select * from api_keys where id = ${id} and (expires_at is null or expires_at > now()) for update),
        ended as (update api_keys k set expires_at = least(k.expires_at, ${endsAt}) from old where k.id = old.id)
        insert into api_keys (id, key_hash, principal, scopes, payers, expires_at)
        select ${next.id}, ${hashOf(next.token)}, principal, scopes, payers, expires_at from old returning ${COLUMNS}`.execute(
        db,
      ),
    );
    await tellOfChange();
    return rows[0];
  }

  /** Ends a key at once; says whether there was one. */
  async function remove(id: string): Promise<boolean> {
    const { numDeletedRows } = await onStore(() => db.deleteFrom("api_keys").where("id", "=", id).executeTakeFirst());
    await tellOfChange();
    return numDeletedRows > 0n;
  }

  return { authenticate, forget, put, list, find, create, rotate, remove };
}

function hashOf(token: string): string {
  return createHash("sha256").update(token, "utf8").digest("hex");
}
