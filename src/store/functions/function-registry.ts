import { createHash } from "node:crypto";
import { sql } from "kysely";
import type { FunctionSecrets } from "../../domain/function-secrets.js";
import type { FunctionModule, FunctionSettings } from "../../domain/function-settings.js";
import { MODULE_SCHEME } from "../../domain/module-target.js";
import type { Db } from "../schema.js";

import { readCursor } from "../transfers/projection.js";
import { beginFunction } from "./begin-functions.js";

const OFF_REASON = "switched off by its owner";
// A writer of the registry takes this lock, so that the count of functions holds while one is added.
const REGISTRY_LOCK = 7_264_911;

/** Names a module by its content. */
export function digestOfModule({ code }: Pick<FunctionModule, "code">): string {
  return `sha256-${createHash("sha256").update(code, "utf8").digest("hex")}`;
}

/**
 * Registers a function, unless its name is taken or its owner has too many. It begins with what comes after the newest event of now, and is
 * woken once for every transfer that is open; while the projection is catching up, the watcher decides where it begins.
 * @param module The target, if it is one; `settings.url` says so too.
 */
export async function insertFunction(
  db: Db,
  secrets: FunctionSecrets,
  fn: { name: string; secret: string; owner: string; settings: FunctionSettings; module?: FunctionModule | undefined },
  ownedMax: number,
): Promise<"inserted" | "taken" | "too-many"> {
  return await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${REGISTRY_LOCK})`.execute(transaction);
    const owned = await transaction
      .selectFrom("functions")
      .select(sql<number>`count(*)::int`.as("count"))
      .where("owner", "=", fn.owner)
      .executeTakeFirstOrThrow();
    if (owned.count >= ownedMax) return "too-many";
    if (fn.module !== undefined) await putModule(transaction, fn.module);
    const secret = secrets.seal(fn, fn.secret);
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto("functions")
      .values({
        name: fn.name,
        secret,
        owner: fn.owner,
        ...columns(fn.settings),
        position: null,
        disabled_reason: null,
      })
      .onConflict((conflict) => conflict.column("name").doNothing())
      .executeTakeFirst();
    if ((numInsertedOrUpdatedRows ?? 0n) === 0n) return "taken";
    if ((await readCursor(transaction))?.caughtUp) await beginFunction(transaction, { name: fn.name, ...fn.settings });
    return "inserted";
  });
}

/** Changes a function that the API registered. Returns whether there is one of that name. */
export async function updateFunction(
  db: Db,
  name: string,
  change: { settings: FunctionSettings; module?: FunctionModule | undefined; enabled: boolean | undefined },
): Promise<boolean> {
  return await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${REGISTRY_LOCK})`.execute(transaction);
    if (change.module !== undefined) await putModule(transaction, change.module);
    const { numUpdatedRows } = await transaction
      .updateTable("functions")
      .set({
        ...columns(change.settings),
        updated_at: sql<Date>`now()`,
        ...(change.enabled !== undefined && { disabled_reason: change.enabled ? null : OFF_REASON }),
      })
      .where("name", "=", name)
      .where("owner", "is not", null)
      .executeTakeFirst();
    await deleteUnusedModules(transaction);
    return numUpdatedRows > 0n;
  });
}

/** Forgets a function that the API registered, and what waits for it. Returns whether there was one of that name. */
export async function removeFunction(db: Db, name: string): Promise<boolean> {
  return await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${REGISTRY_LOCK})`.execute(transaction);
    const { numDeletedRows } = await transaction
      .deleteFrom("functions")
      .where("name", "=", name)
      .where("owner", "is not", null)
      .executeTakeFirst();
    await deleteUnusedModules(transaction);
    return numDeletedRows > 0n;
  });
}

/** Gives a function another secret; the old one signs beside it for a while. Returns until when. */
export async function rotateSecret(
  db: Db,
  secrets: FunctionSecrets,
  { name, secret, overlapSeconds }: { name: string; secret: string; overlapSeconds: number },
): Promise<Date | undefined> {
  return await db.transaction().execute(async (transaction) => {
    const found = await transaction
      .selectFrom("functions")
      .select("owner")
      .where("name", "=", name)
      .where("owner", "is not", null)
      .forUpdate()
      .executeTakeFirst();
    if (found === undefined) return undefined;
    const { rows } = await sql<{ until: Date }>`
      update functions set previous_secret = secret, secret = ${secrets.seal({ name, ...found }, secret)}, updated_at = now(),
        previous_secret_until = now() + ${overlapSeconds} * interval '1 second'
      where name = ${name} returning previous_secret_until as until`.execute(transaction);
    return rows[0]?.until;
  });
}

/**
 * Seals the secrets that an earlier version left in the clear, and those that an older key sealed, with the key that is good now.
 * @throws AppError `cannot-open` where a secret was sealed with a key that is not there; then nothing is changed.
 */
export async function renewSecrets(db: Db, secrets: FunctionSecrets): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${REGISTRY_LOCK})`.execute(transaction);
    const rows = await transaction
      .selectFrom("functions")
      .select(["name", "owner", "secret", "previous_secret"])
      .orderBy("name")
      .forUpdate()
      .execute();
    for (const { previous_secret: previous, ...fn } of rows) {
      const secret = secrets.renew(fn, fn.secret);
      const renewed = previous === null ? null : secrets.renew(fn, previous);
      if (secret === fn.secret && renewed === previous) continue;
      await transaction.updateTable("functions").set({ secret, previous_secret: renewed }).where("name", "=", fn.name).execute();
    }
  });
}

export async function readModule(db: Db, digest: string): Promise<FunctionModule | undefined> {
  return await db.selectFrom("function_modules").select(["code", "source"]).where("digest", "=", digest).executeTakeFirst();
}

async function putModule(transaction: Db, module: FunctionModule): Promise<void> {
  await transaction
    .insertInto("function_modules")
    .values({ digest: digestOfModule(module), ...module })
    .onConflict((conflict) => conflict.column("digest").doUpdateSet({ source: module.source }))
    .execute();
}

async function deleteUnusedModules(transaction: Db): Promise<void> {
  await sql`delete from function_modules m
    where not exists (select from functions f where f.url = ${MODULE_SCHEME} || m.digest)`.execute(transaction);
}

function columns({ url, types, payerBank, payeeBank, batchSize, concurrency, ofPrincipal, currency, retry }: FunctionSettings) {
  return {
    url,
    types,
    payer_bank: payerBank,
    payee_bank: payeeBank,
    batch_size: batchSize,
    concurrency,
    of_principal: ofPrincipal,
    currency,
    retry: retry === null ? null : JSON.stringify(retry),
  };
}
