import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import type { Logger } from "pino";
import { AppError } from "../domain/app-error.js";
import type { Db } from "./schema.js";
import { describeStoreError } from "./store-errors.js";

/** Keeps the database prepared: its schema, and what the service puts into it at its start. */
export interface Preparation {
  /** Prepares the database. From then on {@link Preparation.isForeign} knows it. */
  prepare(): Promise<void>;
  /** Prepares the database again, in the background, until it succeeds; nothing where it was never prepared. */
  begin(): void;
  isPrepared(): boolean;
  /** Whether an identity is of another database than the one that was prepared; false before it was. */
  isForeign(identity: string | undefined): boolean;
  /** @throws AppError `store-unavailable` while the database is prepared again. */
  admit(): void;
  close(): Promise<void>;
}

// A database that is being restored appears table by table.
const RETRY_MS = 500;

/** The identity of a database; `undefined` where it has none. */
export async function readStoreIdentity(db: Db): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`select id from store_identity`.execute(db);
  return rows[0]?.id;
}

/** @param deps.work Does it, on connections of its own, and answers with the identity of the database. */
export function createPreparation(deps: { work: () => Promise<string | undefined>; logger: Logger }): Preparation {
  const { work, logger } = deps;
  const closing = new AbortController();
  let prepared: { identity: string | undefined } | undefined;
  let again: Promise<void> | undefined;

  async function prepareAgain(): Promise<void> {
    logger.warn("the database is not the one that was prepared; preparing it");
    while (!closing.signal.aborted) {
      try {
        prepared = { identity: await work() };
        logger.warn("database prepared");
        return;
      } catch (error) {
        logger.warn({ error: describeStoreError(error) }, "database cannot be prepared; trying again");
        await sleep(RETRY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  }

  return {
    async prepare() {
      prepared = { identity: await work() };
    },
    begin() {
      if (prepared === undefined || closing.signal.aborted) return;
      again ??= prepareAgain().finally(() => {
        again = undefined;
      });
    },
    isPrepared: () => prepared !== undefined,
    isForeign: (identity) => prepared !== undefined && identity !== prepared.identity,
    admit() {
      if (again !== undefined) throw new AppError("store-unavailable", "The database is being prepared anew.");
    },
    async close() {
      closing.abort();
      await again;
    },
  };
}
