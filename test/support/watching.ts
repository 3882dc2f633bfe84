import { randomBytes, randomUUID } from "node:crypto";
import { sql } from "kysely";
import { Agent } from "undici";
import type { Chain } from "../../src/chain/connect-chain.js";
import type { ConfiguredFunction } from "../../src/store/functions/retries.js";
import { migrateStore, openStore } from "../../src/store/open-store.js";
import type { Db } from "../../src/store/schema.js";
import { readCursor } from "../../src/store/transfers/projection.js";
import type { FunctionTargets } from "../../src/watcher/deliver/deliver-all.js";
import { runWatcher, type WatcherOptions } from "../../src/watcher/watcher.js";
import { TEST_SECRETS } from "../../tools/support/function-secrets.js";
import { recordingLogger, SILENT } from "../../tools/support/logger.js";
import { until } from "../../tools/support/until.js";
import { createStoreDatabase } from "./postgres.js";

export const ALL_TYPES = ["started", "pending", "completed", "rejected", "reversing", "reversed"].map(
  (name) => `eventmachine.transfer.${name}`,
);

const ANYWHERE = new Agent();

const QUICK: Omit<WatcherOptions, "holder"> = {
  finality: { confirmations: 0 },
  pollIntervalMs: 10,
  maxPageBlocks: 1_000,
  logCheck: "receipts",
  rebuildForeign: false,
  functions: [],
  delivery: { maxAttempts: 20, firstRetryMs: 5, maxRetryMs: 40 },
  sweepAfterMs: 600_000,
};

/** A function that is woken by every event, at an address. */
export function observer(url: string, settings: Partial<ConfiguredFunction> = {}): ConfiguredFunction {
  const secret = `whsec_${randomBytes(32).toString("base64")}`;
  const bank = { payerBank: null, payeeBank: null };
  return { name: "observer", url, secret, types: ALL_TYPES, ...bank, batchSize: 10, concurrency: 2, ...settings };
}

/** A store in a database of its own, unless one is given, with what tests ask of it. */
export async function startTestStore(databaseUrl?: string) {
  const url = databaseUrl ?? (await createStoreDatabase());
  const { db, onNotice, close } = openStore(url, SILENT);
  if (databaseUrl !== undefined) await migrateStore(db);
  return { url, db, onNotice, close, ...questions(db) };
}

function questions(db: Db) {
  const rows = async <T>(query: string): Promise<T[]> => (await sql.raw<T>(query).execute(db)).rows;
  return {
    rows,
    sequences: async () =>
      (await rows<{ sequence: bigint }>("select sequence from events order by 1")).map((row) => Number(row.sequence)),
    states: async () =>
      new Map((await rows<{ id: string; state: string }>("select id, state from transfers")).map((row) => [row.id, row.state])),
    position: async (name = "observer") =>
      Number(
        (await rows<{ position: bigint | null }>(`select position from functions where name = '${name}'`))[0]?.position ?? -1n,
      ),
    retries: () =>
      rows<{ sequence: bigint; status: string; attempts: number; last_error: string | null; due_in: number }>(
        `select sequence, status, attempts, last_error, extract(epoch from next_attempt_at - now())::float8 as due_in
         from retries order by sequence`,
      ),
    cursor: () => readCursor(db),
    /** The projection, without what is this store's own. */
    dump: () =>
      rows<unknown>(`select to_jsonb(t) as row from transfers t union all select to_jsonb(e) - 'observed_at' from events e
        union all select to_jsonb(c) - 'caught_up' from cursor c order by 1`),
  };
}

/** Runs a watcher in this process. `ended` resolves with the error that ended it, if one did. */
export function startWatching(
  chain: Chain,
  db: Db,
  options: Partial<WatcherOptions> = {},
  targets: FunctionTargets = { guarded: () => ANYWHERE, host: undefined },
) {
  const abort = new AbortController();
  const { logger, lines, said } = recordingLogger();
  const deps = { chain, db, logger, clock: Date.now, random: Math.random, targets, secrets: TEST_SECRETS };
  const ended = runWatcher(deps, { ...QUICK, holder: randomUUID(), ...options }, abort.signal).then(
    () => undefined,
    (error: unknown) => error,
  );
  return {
    lines,
    said,
    ended,
    /** Errors that it has recovered from, or not yet. */
    failures: () => lines.filter(({ msg }) => /failed; trying again/.test(String(msg))).map(({ error }) => String(error)),
    stop: async () => {
      abort.abort();
      await ended;
    },
  };
}

/** Waits until the projection has come to the chain's newest event. */
export async function untilCaughtUp(chain: Chain, db: Db): Promise<void> {
  await until("the projection has caught up", async () => {
    const [cursor, head] = await Promise.all([readCursor(db), chain.provider.getBlockNumber()]);
    return cursor?.caughtUp === true && cursor.blockNumber === head;
  });
}
