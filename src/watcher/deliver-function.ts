import type { Logger } from "pino";
import type { Wake } from "../domain/wake.js";
import {
  deleteRetries,
  disableFunction,
  type FunctionRow,
  type Parked,
  parkDeliveries,
  parkOpenTransfers,
  readBlockedTransfers,
  readDueRetries,
  readFinalSequence,
  readMatchingEvents,
  readNextRetryDelayMs,
  writePosition,
} from "../store/deliveries.js";
import { assertLease, type Lease } from "../store/lease.js";
import type { Db } from "../store/open-store.js";
import type { EventRow } from "../store/projection.js";
import { createCircuitBreaker } from "./circuit-breaker.js";
import type { PostResult } from "./post-events.js";
import { type DeliveryOptions, parkBehind, sortAnswers } from "./sort-answers.js";

/** Is told of every request to a function, for metrics; must neither throw nor wait. */
export interface DeliveryObserver {
  delivered(delivery: {
    fn: string;
    events: number;
    outcome: PostResult["kind"];
    durationMs: number;
    error: string | undefined;
  }): void;
}

export interface DeliveryDeps {
  db: Db;
  lease: Lease;
  logger: Logger;
  post(fn: FunctionRow, events: readonly EventRow[]): Promise<PostResult>;
  /** Milliseconds. */
  clock: () => number;
  /** Between 0 and 1; spreads retries out. */
  random: () => number;
  eventId(event: EventRow): string;
  observer?: DeliveryObserver | undefined;
  /** Notified when there may be something new. */
  wake: Wake;
}

interface Batch {
  /** The position once this batch and all before it are settled. */
  through: bigint;
  settled: boolean;
}

type Attempts = ReadonlyMap<bigint, number>;

// While a function is away, its queue is looked at this often, retries due or not.
const MAX_IDLE_MS = 1_000;
const MIN_IDLE_MS = 10;
// Refusals of a request for something in it: a smaller one may be taken. Others (401, 404, …) are refusals of all there is.
const SPLIT_STATUSES: readonly number[] = [400, 413, 422];

/**
 * Delivers to one function: a position in the ordered events, plus retry rows. Batches go out in order, several at a time, never
 * two with events of the same transfer. What fails is parked, and what comes after for the same transfer parks behind it.
 */
export async function deliverFunction(
  deps: DeliveryDeps,
  fn: FunctionRow & { position: bigint },
  options: DeliveryOptions,
  signal: AbortSignal,
): Promise<void> {
  const { db, wake } = deps;
  const batches: Batch[] = [];
  const flights = new Set<Promise<void>>();
  const flying = new Set<string>();
  const breaker = createCircuitBreaker(deps, options);
  let readThrough = fn.position;
  let failure: unknown;
  let disabled = false;

  function launch(events: readonly EventRow[], attempts: Attempts, batch: Batch | undefined): void {
    for (const event of events) flying.add(event.transferId);
    const flight = fly(events, attempts, batch)
      .catch((error: unknown) => {
        failure ??= error;
      })
      .finally(() => {
        for (const event of events) flying.delete(event.transferId);
        flights.delete(flight);
      });
    flights.add(flight);
  }

  async function fly(events: readonly EventRow[], attempts: Attempts, batch: Batch | undefined): Promise<void> {
    // Writes are fenced in any case; this spares receivers most of what a replica would repeat that has stood still meanwhile.
    await assertLease(db, deps.lease);
    const beganAt = performance.now();
    const result = await deps.post(fn, events);
    const durationMs = performance.now() - beganAt;
    deps.observer?.delivered({ fn: fn.name, events: events.length, outcome: result.kind, durationMs, error: errorOf(result) });
    if (result.kind !== "answered") deps.logger.warn({ fn: fn.name, events: events.length, result }, "delivery failed");
    judge(result);
    if (result.kind === "refused" && events.length > 1 && SPLIT_STATUSES.includes(result.status)) {
      // In halves, so that the one event the function cannot take holds up no other. The position moves on with the last half.
      const middle = Math.ceil(events.length / 2);
      await fly(events.slice(0, middle), attempts, undefined);
      await fly(events.slice(middle), attempts, batch);
      return;
    }
    const { succeeded, parked } = sortAnswers(deps, events, attempts, result, options);
    logParked(deps.logger, fn, result, parked);
    await commit(batch, async (transaction) => {
      if (result.kind === "gone") await disableFunction(transaction, fn, "the function answered 410 Gone");
      await parkDeliveries(transaction, fn, parked);
      await deleteRetries(transaction, fn, succeeded);
    });
    if (result.kind === "gone") disabled = true;
  }

  /** A function that refuses is not down: it answers. */
  function judge(result: PostResult): void {
    if (result.kind !== "retry") {
      if (breaker.succeeded()) deps.logger.info({ fn: fn.name }, "the function answers again");
    } else if (breaker.failed(result.retryAfterMs)) {
      deps.logger.error({ fn: fn.name, error: result.error }, "the function is down; asking it now and then");
    }
  }

  async function underLease(write: (transaction: Db) => Promise<void>): Promise<void> {
    await db.transaction().execute(async (transaction) => {
      await assertLease(transaction, deps.lease);
      await write(transaction);
    });
  }

  // The position moves over batches only whose outcome is committed, in order: after a crash, what was in flight goes out again, and
  // what was parked is parked.
  async function commit(batch: Batch | undefined, write: (transaction: Db) => Promise<void>): Promise<void> {
    let written: bigint | undefined;
    await underLease(async (transaction) => {
      await write(transaction);
      written = batch !== undefined && batches[0] === batch ? batch.through : undefined;
      if (written !== undefined) await writePosition(transaction, fn, written);
    });
    if (batch === undefined) return;
    batch.settled = true;
    const before = fn.position;
    while (batches[0]?.settled) fn.position = (batches.shift() as Batch).through;
    const { position } = fn;
    if (position > before && position !== written) await underLease((transaction) => writePosition(transaction, fn, position));
  }

  async function launchRetries(): Promise<void> {
    const due = await readDueRetries(db, fn, fn.batchSize, [...flying]);
    if (due.length === 0) return;
    launch(
      due.map(({ event }) => event),
      new Map(due.map(({ event, attempts }) => [event.sequence, attempts])),
      undefined,
    );
  }

  /** Until the next retry is due. */
  async function idleMs(): Promise<number> {
    const dueMs = (await readNextRetryDelayMs(db, fn, [...flying])) ?? MAX_IDLE_MS;
    return Math.min(Math.max(dueMs, MIN_IDLE_MS), MAX_IDLE_MS);
  }

  /** Until there may be room: a request that ends says so by itself, the end of a pause does not. */
  function pauseMs(): number {
    return flights.size > 0 ? MAX_IDLE_MS : Math.min(Math.max(breaker.waitMs(), MIN_IDLE_MS), MAX_IDLE_MS);
  }

  /** Launches the next batch of new events; returns whether there may be more. */
  async function launchNew(): Promise<boolean> {
    const final = await readFinalSequence(db);
    if (final <= readThrough) return false;
    const found = await readMatchingEvents(db, fn, { after: readThrough, through: final, limit: fn.batchSize });
    // An event of a transfer that is under way must wait for it: the batch ends before it. Whether one is under way must be asked
    // before whether one is parked: what lands in between is parked by then, and would seem to be neither.
    const end = found.findIndex((event) => flying.has(event.transferId));
    if (end === 0) return false;
    const taken = end === -1 ? found : found.slice(0, end);
    const blocked = await readBlockedTransfers(db, fn, [...new Set(taken.map((event) => event.transferId))]);
    const complete = end === -1 && found.length < fn.batchSize;
    const through = complete ? final : (taken.at(-1)?.sequence ?? readThrough);
    const batch: Batch = { through, settled: false };
    batches.push(batch);
    readThrough = through;
    const behind = taken.filter((event) => blocked.has(event.transferId)).map(parkBehind);
    const free = taken.filter((event) => !blocked.has(event.transferId));
    if (free.length === 0) await commit(batch, (transaction) => parkDeliveries(transaction, fn, behind));
    else {
      if (behind.length > 0) await underLease((transaction) => parkDeliveries(transaction, fn, behind));
      launch(free, new Map(), batch);
    }
    return !complete;
  }

  try {
    while (!signal.aborted && !disabled) {
      if (failure !== undefined) throw failure;
      const mark = wake.mark();
      const hasRoom = () => flights.size < breaker.limit(fn.concurrency);
      if (hasRoom()) await launchRetries();
      if (hasRoom() && (await launchNew()) && hasRoom()) continue;
      await Promise.race([wake.wait(mark, hasRoom() ? await idleMs() : pauseMs(), signal), ...flights]);
    }
  } finally {
    // Whoever begins anew must not overtake what is still under way here.
    await Promise.all(flights);
  }
  if (failure !== undefined) throw failure;
}

function errorOf(result: PostResult): string | undefined {
  if (result.kind === "answered") return result.failed.values().next().value;
  return result.kind === "gone" ? "HTTP 410" : result.error;
}

/** What the function itself said of an event, and what is given up: for whoever looks for a transfer. */
function logParked(logger: Logger, fn: FunctionRow, result: PostResult, parked: readonly Parked[]): void {
  for (const { transferId, sequence, attempts, status, error } of parked) {
    const fields = { fn: fn.name, transferId, sequence, attempts, error };
    if (status === "dead") logger.error(fields, "delivery given up");
    else if (result.kind === "answered" && error !== null) logger.warn(fields, "delivery comes again");
  }
}

/** Parks what has been open for too long and does not wait: it covers a function that answered without acting. */
export async function sweepFunction(
  deps: DeliveryDeps,
  fn: FunctionRow & { position: bigint },
  olderThanMs: number,
): Promise<number> {
  return await deps.db.transaction().execute(async (transaction) => {
    await assertLease(transaction, deps.lease);
    // What lies after the position is still to come by itself.
    return await parkOpenTransfers(transaction, fn, fn.position, olderThanMs);
  });
}
