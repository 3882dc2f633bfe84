import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { Agent } from "undici";
import { assertExpectedChain, type Chain } from "../chain/connect-chain.js";
import { AppError } from "../domain/app-error.js";
import { adoptChain, type ChainIdentity } from "../store/chain-identity.js";
import {
  type FunctionRow,
  parkOpenTransfers,
  readFinalSequence,
  readFunctions,
  upsertFunctions,
  writePosition,
} from "../store/deliveries.js";
import { assertLease, type Lease, releaseLease, takeLease } from "../store/lease.js";
import { type Db, isConnectionError, onStore } from "../store/open-store.js";
import { type Cursor, readCursor } from "../store/projection.js";
import { type DeliveryDeps, type DeliveryOptions, deliverFunction, sweepFunction } from "./deliver-function.js";
import { type FollowOptions, followChain } from "./follow-chain.js";
import { postEvents } from "./post-events.js";
import { createWake, type Wake } from "./wake.js";

/**
 * - `holder`: names this replica in the lease.
 * - `rebuildForeign`: whether a projection of another chain is thrown away; only for a chain the launcher itself started.
 * - `sweepAfterMs`: from when on a transfer that stays in an open state has its event delivered again.
 */
export interface WatcherOptions extends FollowOptions {
  holder: string;
  rebuildForeign: boolean;
  functions: readonly FunctionRow[];
  delivery: DeliveryOptions;
  sweepAfterMs: number;
}

export interface WatcherDeps {
  chain: Chain;
  db: Db;
  logger: Logger;
  clock: () => number;
  random: () => number;
}

const LEASE_NAME = "watcher";
const LEASE_DURATION_MS = 10_000;
const LEASE_RENEWAL_MS = 3_000;
const LEASE_POLL_MS = 1_000;

/**
 * Follows the chain and delivers its events, while it holds the lease; waits for it otherwise. Returns when the signal aborts.
 * @throws AppError for what an operator must decide: `chain-unexpected`, `store-foreign`, `chain-reorg-too-deep`.
 */
export async function runWatcher(deps: WatcherDeps, options: WatcherOptions, signal: AbortSignal): Promise<void> {
  const { db, logger } = deps;
  while (!signal.aborted) {
    const lease = await takeLease(db, LEASE_NAME, options.holder, LEASE_DURATION_MS).catch(orUndefinedOnConnectionError(logger));
    if (lease === undefined) {
      await pause(LEASE_POLL_MS, signal);
      continue;
    }
    logger.info({ epoch: lease.epoch }, "watching");
    try {
      await watchUnderLease(deps, options, lease, signal);
    } catch (error) {
      const lost = error instanceof AppError && error.code === "lease-lost";
      if (!lost && !isConnectionError(error)) throw error;
      logger.warn({ error: (error as Error).message }, "stopped watching; waiting for the lease");
      await pause(LEASE_POLL_MS, signal);
    } finally {
      await releaseLease(db, lease).catch(orUndefinedOnConnectionError(logger));
    }
  }
}

function orUndefinedOnConnectionError(logger: Logger) {
  return (error: unknown): undefined => {
    if (!isConnectionError(error)) throw error;
    logger.warn({ error: (error as Error).message }, "the store gave no answer; trying again");
    return undefined;
  };
}

async function watchUnderLease(deps: WatcherDeps, options: WatcherOptions, lease: Lease, signal: AbortSignal): Promise<void> {
  const { chain, db, logger } = deps;
  await assertExpectedChain(chain);
  const adopted = await onStore(() => adoptChain(db, chainIdentity(chain), options.rebuildForeign));
  if (adopted === "rebuilt") logger.warn("the chain is another than the store knew: the projection is rebuilt from it");
  await upsertFunctions(db, options.functions);

  // One fails, all stop: the lease is taken anew and everything begins again from what is committed.
  const all = new AbortController();
  const stop = AbortSignal.any([signal, all.signal]);
  const wake = createWake();
  const caughtUp = createWake();
  const onProgress = (cursor: Cursor) => {
    wake.notify();
    if (cursor.caughtUp) caughtUp.notify();
  };
  const tasks = [
    renewLease(db, lease, stop),
    followChain({ chain, db, lease, logger, onProgress }, options, stop),
    deliver(deps, options, lease, wake, caughtUp, stop),
  ].map((task) => task.finally(() => all.abort()));
  const [failed] = (await Promise.allSettled(tasks)).filter((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

async function renewLease(db: Db, lease: Lease, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(LEASE_RENEWAL_MS, signal);
    if (signal.aborted) return;
    const renewed = await takeLease(db, lease.name, lease.holder, LEASE_DURATION_MS);
    if (renewed?.epoch !== lease.epoch) throw new AppError("lease-lost", `Another replica holds the lease '${lease.name}' now.`);
  }
}

async function deliver(
  deps: WatcherDeps,
  options: WatcherOptions,
  lease: Lease,
  wake: Wake,
  caughtUp: Wake,
  signal: AbortSignal,
): Promise<void> {
  const { chain, db, logger } = deps;
  const catchUp = caughtUp.ear();
  while (!signal.aborted && !(await readCursor(db))?.caughtUp) await catchUp.wait(1_000, signal);
  const dispatcher = new Agent({ connections: 16 });
  const { chainId, contracts } = chain.deployment;
  const post = { dispatcher, chainId, contract: contracts.transferStateRepo, clock: deps.clock };
  const delivery: DeliveryDeps = {
    db,
    lease,
    logger,
    random: deps.random,
    post: (fn, events) => postEvents(post, fn, events),
    eventId: (event) => `${chainId}-${event.blockHash}-${event.logIndex}`,
  };
  try {
    const functions = await Promise.all((await readFunctions(db)).map((fn) => withPosition(db, lease, fn, logger)));
    await Promise.all([
      ...functions.map((fn) => {
        const ear = wake.ear();
        return deliverFunction(delivery, fn, options.delivery, (timeoutMs) => ear.wait(timeoutMs, signal), signal);
      }),
      sweep(delivery, functions, options.sweepAfterMs, wake, signal),
    ]);
  } finally {
    await dispatcher.destroy();
  }
}

/** A function that has no position yet begins at the newest event, and is woken once for every transfer that is open. */
async function withPosition(
  db: Db,
  lease: Lease,
  fn: FunctionRow & { position: bigint | null },
  logger: Logger,
): Promise<FunctionRow & { position: bigint }> {
  const { position } = fn;
  if (position !== null) return { ...fn, position };
  return await db.transaction().execute(async (transaction) => {
    await assertLease(transaction, lease);
    const final = await readFinalSequence(transaction);
    const open = await parkOpenTransfers(transaction, fn, final, 0);
    await writePosition(transaction, fn, final);
    logger.info({ fn: fn.name, position: final, open }, "function begins");
    return { ...fn, position: final };
  });
}

async function sweep(
  delivery: DeliveryDeps,
  functions: readonly FunctionRow[],
  sweepAfterMs: number,
  wake: Wake,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pause(sweepAfterMs / 2, signal);
    if (signal.aborted) return;
    for (const fn of functions) {
      const found = await sweepFunction(delivery, fn, sweepAfterMs);
      if (found > 0) delivery.logger.warn({ fn: fn.name, found }, "transfers stayed open for too long; delivering again");
    }
    wake.notify();
  }
}

function chainIdentity(chain: Chain): ChainIdentity {
  const { chainId, genesisHash, domain, contracts } = chain.deployment;
  return { chainId, genesisHash, domain, contract: contracts.transferStateRepo };
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
