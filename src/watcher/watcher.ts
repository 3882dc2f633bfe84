import type { Logger } from "pino";
import { assertExpectedChain, type Chain } from "../chain/connect-chain.js";
import type { ChainEvent } from "../chain/contracts/chain-event.js";
import { assertFinality } from "../chain/finality.js";
import { AppError } from "../domain/app-error.js";
import type { FunctionSecrets } from "../domain/function-secrets.js";
import { allTogether, pause } from "../domain/task-group.js";
import { NO_TRACING, type Tracing } from "../domain/tracing.js";
import { createWake } from "../domain/wake.js";
import { adoptChain, type ChainIdentity } from "../store/chain-identity.js";
import { beginFunctions } from "../store/functions/begin-functions.js";
import { type ConfiguredFunction, upsertFunctions } from "../store/functions/retries.js";
import { assertLease, type Lease, leaseLost, releaseLease, takeLease, WATCHER_LEASE } from "../store/lease.js";
import { onStore } from "../store/open-store.js";
import type { ReplicaSession } from "../store/replica-session.js";
import type { Db } from "../store/schema.js";
import { isConnectionError } from "../store/store-errors.js";
import { readCursor } from "../store/transfers/projection.js";
import type { DeliveryOptions } from "./deliver/classify-results.js";
import { cloudEventId } from "./deliver/cloud-event.js";
import { deliverAll, type FunctionTargets } from "./deliver/deliver-all.js";
import type { DeliveryObserver } from "./deliver/deliver-function.js";
import { createNews } from "./deliver/recent-events.js";
import { traceCommitted } from "./deliver/trace-events.js";
import { adoptSuccessor } from "./follow/adopt-successor.js";
import { type FollowOptions, followChain } from "./follow/follow-chain.js";
import { type ReconciliationObserver, type ReconciliationOptions, reconcileRegularly } from "./reconcile/reconcile-regularly.js";

/**
 * - `holder`: names this replica in the lease.
 * - `rebuildForeign`: whether a projection of another chain is thrown away; only for a chain the launcher itself started.
 * - `sweepAfterMs`: from when on a transfer that stays in an open state has its event delivered again.
 * - `reconciliation`: whose statements are compared with the chain, and how often.
 */
export interface WatcherOptions extends FollowOptions {
  holder: string;
  rebuildForeign: boolean;
  functions: readonly ConfiguredFunction[];
  delivery: DeliveryOptions;
  sweepAfterMs: number;
  reconciliation?: ReconciliationOptions;
}

export interface WatcherDeps {
  chain: Chain;
  db: Db;
  /** The store's connections for statements by key, if there are such. */
  byKey?: Db;
  /** Tells the other replicas that this one lives. */
  session?: Pick<ReplicaSession, "id">;
  logger: Logger;
  /** The time of day, in milliseconds since the epoch. */
  clock: () => number;
  random: () => number;
  targets: FunctionTargets;
  secrets: FunctionSecrets;
  observer?: WatcherObserver;
  tracing?: Tracing;
}

/** Is told what happens, for metrics; must neither throw nor wait. */
export interface WatcherObserver extends DeliveryObserver, ReconciliationObserver {
  /** The chain took blocks back, and the projection was rolled back. */
  reorganised(): void;
}

// A watcher that was killed is followed by the next at once, since its session ends with it; one that stands still, or whose machine is
// cut off, once its lease has run out.
const LEASE_DURATION_MS = 3_000;
const LEASE_RENEWAL_MS = 750;
const LEASE_POLL_MS = 250;

/**
 * Follows the chain and delivers its events, while it holds the lease; waits for it otherwise. Returns when the signal aborts.
 * @throws AppError for what an operator must decide: `chain-unexpected`, `store-foreign`, `chain-reorg-too-deep`.
 */
export async function runWatcher(deps: WatcherDeps, options: WatcherOptions, signal: AbortSignal): Promise<void> {
  const { db, logger } = deps;
  while (!signal.aborted) {
    const lease = await takeLease(db, WATCHER_LEASE, options.holder, LEASE_DURATION_MS, deps.session?.id()).catch(
      orUndefinedOnConnectionError(logger),
    );
    if (lease === undefined) {
      await pause(LEASE_POLL_MS, signal);
      continue;
    }
    logger.info({ epoch: lease.epoch }, "watching");
    try {
      await watchUnderLease(deps, options, lease, signal);
    } catch (error) {
      const transient = (error instanceof AppError && error.retryable) || isConnectionError(error);
      if (!transient) throw error;
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
  const { chain, db, byKey, logger } = deps;
  await assertExpectedChain(chain);
  await assertFinality(chain, options.finality);
  if (await adoptSuccessor(chain, db, lease)) logger.warn("the contract's successor is followed from here on");
  const adopted = await onStore(() => adoptChain(db, chainIdentity(chain), options.rebuildForeign));
  if (adopted === "rebuilt") logger.warn("the chain is another than the store knew: the projection is rebuilt from it");
  await db.transaction().execute(async (transaction) => {
    await assertLease(transaction, lease);
    await upsertFunctions(transaction, deps.secrets, options.functions);
    // While the projection is not there yet, they begin with the page that catches up.
    if ((await readCursor(transaction))?.caughtUp) await beginFunctions(transaction);
  });

  const wake = createWake();
  const news = createNews();
  const onProgress: Parameters<typeof followChain>[0]["onProgress"] = (cursor, page) => {
    if (page === undefined) news.forget();
    else news.add(page.after, page.events, cursor);
    wake.notify();
  };
  const { chainId } = chain.deployment;
  const onCommitted = (events: readonly ChainEvent[], beganAtMs: number) =>
    traceCommitted(deps.tracing ?? NO_TRACING, events, { beganAtMs, eventId: (event) => cloudEventId(chainId, event) });
  const onReorganised = () => deps.observer?.reorganised();
  const isCaughtUp = async () => (await readCursor(db))?.caughtUp === true;
  // If one fails, the lease is taken anew, and everything begins again from what is committed.
  await allTogether(signal, (stop) => [
    renewLease(deps, lease, stop),
    followChain({ chain, db, byKey, lease, logger, onProgress, onCommitted, onReorganised }, options, stop),
    deliverAll({ ...deps, lease, news, wake }, options, stop),
    ...(options.reconciliation === undefined ? [] : [reconcileRegularly({ ...deps, isCaughtUp }, options.reconciliation, stop)]),
  ]);
}

async function renewLease(
  { db, session }: Pick<WatcherDeps, "db" | "session">,
  lease: Lease,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await pause(LEASE_RENEWAL_MS, signal);
    if (signal.aborted) return;
    const askedAtMs = performance.now();
    const renewed = await takeLease(db, lease.name, lease.holder, LEASE_DURATION_MS, session?.id());
    if (renewed?.epoch !== lease.epoch) throw leaseLost(lease);
    lease.renewedAtMs = askedAtMs;
  }
}

function chainIdentity(chain: Chain): ChainIdentity {
  const { chainId, genesisHash, domain, contracts } = chain.deployment;
  return { chainId, genesisHash, domain, contract: contracts.transferStateRepo };
}
