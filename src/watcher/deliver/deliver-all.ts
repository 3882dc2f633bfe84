import type { Logger } from "pino";
import type { Dispatcher } from "undici";
import type { Chain } from "../../chain/connect-chain.js";
import type { FunctionSecrets } from "../../domain/function-secrets.js";
import { allTogether, pause } from "../../domain/task-group.js";
import { NO_TRACING, type Tracing } from "../../domain/tracing.js";
import type { Wake } from "../../domain/wake.js";
import { beginFunction } from "../../store/functions/begin-functions.js";
import { countParked, type FunctionRow } from "../../store/functions/retries.js";
import { assertLease, type Lease } from "../../store/lease.js";
import type { Db } from "../../store/schema.js";
import { type EventRow, readCursor } from "../../store/transfers/projection.js";
import type { ModuleHost } from "../../webhooks/module-host.js";
import { createOwnerAgents } from "../../webhooks/owner-agents.js";
import type { DeliveryOptions } from "./classify-results.js";
import { cloudEventId } from "./cloud-event.js";
import { type DeliveryDeps, type DeliveryObserver, deliverFunction } from "./deliver-function.js";
import { createFunctionSender } from "./function-sender.js";
import { createOwnerTurns } from "./owner-turns.js";
import { type EventMessage, postEvents } from "./post-events.js";
import type { News } from "./recent-events.js";
import { type PositionedFunction, superviseFunctions } from "./supervise-functions.js";
import { sweep } from "./sweep-functions.js";
import { postTraced } from "./trace-events.js";

/**
 * How functions that the API registered are reached.
 *
 * - `guarded`: the connections of an owner, to addresses that may be connected to only.
 * - `host`: runs modules; none are run without it.
 */
export interface FunctionTargets {
  guarded(owner: string): Dispatcher;
  host: ModuleHost | undefined;
}

const CATCH_UP_POLL_MS = 1_000;
// Once so many more are parked, PostgreSQL counts them, at most so often.
const PARKED_TO_COUNT = 100;
const COUNT_INTERVAL_MS = 5_000;
export const CONNECTIONS_PER_FUNCTION = 16;

/**
 * Delivers to all registered functions, once the projection has caught up, until the signal aborts.
 * @param options.sweepAfterMs From when on a transfer that stays in an open state has its event delivered again.
 */
export async function deliverAll(
  deps: {
    chain: Chain;
    db: Db;
    lease: Lease;
    logger: Logger;
    news: News;
    wake: Wake;
    clock: () => number;
    random: () => number;
    targets: FunctionTargets;
    secrets: FunctionSecrets;
    observer?: DeliveryObserver;
    tracing?: Tracing;
  },
  options: { delivery: DeliveryOptions; sweepAfterMs: number },
  signal: AbortSignal,
): Promise<void> {
  const { chain, db, lease, logger, wake, tracing = NO_TRACING } = deps;
  await untilCaughtUp(db, wake, signal);
  // The deployment's functions may share an origin, such as a gateway: one that hangs must leave the others theirs.
  const agents = createOwnerAgents({ connections: CONNECTIONS_PER_FUNCTION });
  const { chainId, contracts } = chain.deployment;
  const send = createFunctionSender({ own: agents.of, clock: deps.clock, secrets: deps.secrets, ...deps.targets });
  const at = { chainId, contract: contracts.transferStateRepo };
  const eventId = (event: EventRow) => cloudEventId(chainId, event);
  const parking = { uncounted: 0 };
  const delivery: DeliveryDeps = {
    db,
    lease,
    logger,
    news: deps.news,
    wake,
    clock: () => performance.now(),
    random: deps.random,
    observer: deps.observer,
    takeTurn: createOwnerTurns(),
    post: (fn, events, stop) => {
      const post = { ...at, send: (to: FunctionRow, message: EventMessage) => send(to, message, stop) };
      return postTraced(tracing, { fn, events, eventId }, (traceparentOf) => postEvents(post, fn, events, traceparentOf));
    },
    eventId,
    onParked: (deliveries) => {
      parking.uncounted += deliveries;
    },
  };
  try {
    const running = new Map<string, PositionedFunction>();
    await allTogether(signal, (stop) => [
      superviseFunctions(
        {
          db,
          logger,
          begin: (fn) => withPosition(delivery, fn),
          deliver: (fn, ended) => deliverFunction(delivery, fn, fn.retry ?? options.delivery, ended),
        },
        running,
        stop,
      ),
      sweep(delivery, running, options.sweepAfterMs, stop),
      keepCounting(db, parking, stop),
    ]);
  } finally {
    await agents.destroy();
  }
}

async function untilCaughtUp(db: Db, wake: Wake, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const mark = wake.mark();
    if ((await readCursor(db))?.caughtUp) return;
    await wake.wait(mark, CATCH_UP_POLL_MS, signal);
  }
}

/** A function that has no position yet begins at the newest event, and is woken once for every transfer that is open. */
async function withPosition(
  { db, lease, logger, onParked }: DeliveryDeps,
  fn: FunctionRow & { position: bigint | null },
): Promise<PositionedFunction> {
  if (fn.position !== null) return { ...fn, position: fn.position };
  const begun = await db.transaction().execute(async (transaction) => {
    await assertLease(transaction, lease);
    return await beginFunction(transaction, fn);
  });
  onParked(begun.open);
  logger.info({ fn: fn.name, ...begun }, "function begins");
  return { ...fn, position: begun.position };
}

async function keepCounting(db: Db, parking: { uncounted: number }, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await pause(COUNT_INTERVAL_MS, signal);
    if (parking.uncounted < PARKED_TO_COUNT) continue;
    parking.uncounted = 0;
    await countParked(db);
  }
}
