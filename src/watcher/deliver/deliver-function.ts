import type { Logger } from "pino";
import type { Wake } from "../../domain/wake.js";
import {
  disableFunction,
  type FunctionRow,
  type NewEvent,
  type Parked,
  parkDeliveries,
  readDueRetries,
  readNewEvents,
  readNextRetryDelayMs,
} from "../../store/functions/retries.js";
import { assertLease, type Lease } from "../../store/lease.js";
import type { Db } from "../../store/schema.js";
import type { EventRow } from "../../store/transfers/projection.js";
import { createCircuitBreaker } from "./circuit-breaker.js";
import { type DeliveryOptions, parkBehind, sortAnswers } from "./classify-results.js";
import { type Batch, createDeliveryProgress } from "./delivery-progress.js";
import type { PostResult } from "./post-events.js";
import type { News } from "./recent-events.js";

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
  /** Resolves once a request to the function may go out, with what is to be called after it. */
  takeTurn(fn: FunctionRow): Promise<() => void>;
  post(fn: FunctionRow, events: readonly EventRow[], stop: AbortSignal): Promise<PostResult>;
  /** Milliseconds that only go forward: `performance.now()`. */
  clock: () => number;
  /** Between 0 and 1; spreads retries out. */
  random: () => number;
  eventId(event: EventRow): string;
  /** Is told how many deliveries were parked. */
  onParked(deliveries: number): void;
  observer?: DeliveryObserver | undefined;
  news: Pick<News, "newFor" | "learn">;
  /** Notified when there may be something new. */
  wake: Wake;
}

type Attempts = ReadonlyMap<bigint, number>;

// While a function is away, its queue is looked at this often, retries due or not.
const MAX_IDLE_MS = 1_000;
// Far less than a lease lasts: nobody can have taken over one that was renewed as recently.
const LEASE_TRUSTED_MS = 1_000;
const MIN_IDLE_MS = 10;
// How long requests under way may still take once the function is to end. Less than the time after which a process that stops is ended by force.
const STOP_PATIENCE_MS = 5_000;
// Refusals of a request for something in it: a smaller one may be taken. Others (404, 405, …) are refusals of all there is.
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
  const progress = createDeliveryProgress(deps, fn);
  const flights = new Set<Promise<void>>();
  const flying = new Set<string>();
  const breaker = createCircuitBreaker(deps, options);
  // Retries are looked for when the next is due; whatever else may have been parked is found within a second.
  let retriesAtMs = 0;
  // Whether something may be parked that a new event of its transfer has to wait behind.
  let mayWait = true;
  let failure: unknown;
  let disabled = false;
  const cut = afterPatience(signal);

  function launch(events: readonly EventRow[], attempts: Attempts, batch: Batch | undefined): void {
    for (const event of events) flying.add(event.transferId);
    const flight = fly(events, attempts, batch)
      .catch((error: unknown) => {
        failure ??= error;
        return true;
      })
      .then((left) => {
        for (const event of events) flying.delete(event.transferId);
        flights.delete(flight);
        if (left) lookForParked();
      });
    flights.add(flight);
  }

  /** Returns whether deliveries are parked, or may come to their turn, by what became of these. */
  async function fly(events: readonly EventRow[], attempts: Attempts, batch: Batch | undefined): Promise<boolean> {
    const { result, durationMs } = await send(events);
    // No answer came, and none is awaited any more: the events are as they were, and go out again to whoever begins next.
    if (cut.aborted && result.kind === "retry") return false;
    deps.observer?.delivered({ fn: fn.name, events: events.length, outcome: result.kind, durationMs, error: errorOf(result) });
    if (result.kind !== "answered") logFailed(deps.logger, fn, events.length, result);
    judge(result);
    if (result.kind === "refused" && events.length > 1 && SPLIT_STATUSES.includes(result.status)) {
      // In halves, so that the one event the function cannot take holds up no other. The position moves on with the last half.
      const middle = Math.ceil(events.length / 2);
      const left = await fly(events.slice(0, middle), attempts, undefined);
      return (await fly(events.slice(middle), attempts, batch)) || left;
    }
    const { succeeded, parked } = sortAnswers(deps, events, attempts, result, options);
    logParked(deps.logger, fn, result, parked);
    // Only what was tried before is parked.
    const unparked = attempts.size > 0 ? succeeded : [];
    const isGone = result.kind === "gone";
    if (parked.length === 0 && !isGone) await progress.commit(batch, unparked);
    else {
      await progress.commit(batch, unparked, async (transaction) => {
        if (isGone) await disableFunction(transaction, fn, "the function answered 410 Gone");
        await parkDeliveries(transaction, fn, parked);
      });
      deps.onParked(parked.length);
    }
    if (isGone) disabled = true;
    return parked.length > 0 || attempts.size > 0;
  }

  async function send(events: readonly EventRow[]): Promise<{ result: PostResult; durationMs: number }> {
    const endTurn = await deps.takeTurn(fn);
    try {
      // Writes are fenced in any case; this spares receivers most of what a replica would repeat that has stood still meanwhile.
      if (!isTrusted(deps.lease, performance.now())) await assertLease(db, deps.lease);
      const beganAt = performance.now();
      const result = await deps.post(fn, events, cut);
      return { result, durationMs: performance.now() - beganAt };
    } finally {
      endTurn();
    }
  }

  /** A function that refuses is not down: it answers. */
  function judge(result: PostResult): void {
    if (result.kind !== "retry") {
      if (breaker.succeeded()) deps.logger.info({ fn: fn.name }, "the function answers again");
    } else if (breaker.failed(result.retryAfterMs)) {
      deps.logger.error({ fn: fn.name, error: result.error }, "the function is down; asking it now and then");
    }
  }

  /** What was parked may be due soon; what waited behind what was tried again may be due now. */
  function lookForParked(): void {
    retriesAtMs = 0;
    mayWait = true;
  }

  async function launchRetries(): Promise<void> {
    if (deps.clock() < retriesAtMs) return;
    // Where nothing waited at the last look, and nothing was parked since, most likely nothing does: one query is enough to tell.
    const couldWait = mayWait;
    // Leaving out transfers under way: theirs is known once they are not.
    mayWait = false;
    const due = couldWait ? await readDueRetries(db, fn, fn.batchSize, [...flying]) : [];
    if (due.length === 0) {
      const nextMs = await readNextRetryDelayMs(db, fn, [...flying]);
      if (nextMs !== undefined) mayWait = true;
      retriesAtMs = deps.clock() + Math.min(Math.max(nextMs ?? MAX_IDLE_MS, MIN_IDLE_MS), MAX_IDLE_MS);
      return;
    }
    mayWait = true;
    launch(
      due.map(({ event }) => event),
      new Map(due.map(({ event, attempts }) => [event.sequence, attempts])),
      undefined,
    );
  }

  /** Until the next look for retries. */
  function idleMs(): number {
    return Math.min(Math.max(retriesAtMs - deps.clock(), MIN_IDLE_MS), MAX_IDLE_MS);
  }

  /** Until there may be room: a request that ends says so by itself, the end of a pause does not. */
  function pauseMs(): number {
    return flights.size > 0 ? MAX_IDLE_MS : Math.min(Math.max(breaker.waitMs(), MIN_IDLE_MS), MAX_IDLE_MS);
  }

  /** New events without a query, where none can have to wait behind what is parked. */
  function newsOf(query: { after: bigint; limit: number }): { final: bigint; events: NewEvent[] } | undefined {
    const news = deps.news.newFor(fn, query);
    if (news === undefined || (news.events.length > 0 && mayWait)) return undefined;
    return { final: news.final, events: news.events.map((event) => ({ ...event, blocked: false })) };
  }

  async function askForNew(query: { after: bigint; limit: number }): Promise<{ final: bigint; events: NewEvent[] }> {
    const asked = await readNewEvents(db, fn, query);
    deps.news.learn(asked.final);
    return asked;
  }

  /** Launches the next batch of new events; returns whether there may be more. */
  async function launchNew(): Promise<boolean> {
    // Before it is asked whether one is parked: what lands in between is parked by then, and would seem to be neither.
    const underWay = new Set(flying);
    const after = progress.readThrough();
    const query = { after, limit: fn.batchSize };
    const { final, events: found } = newsOf(query) ?? (await askForNew(query));
    if (final <= after) return false;
    // An event of a transfer that is under way must wait for it: the batch ends before it.
    const end = found.findIndex((event) => underWay.has(event.transferId));
    if (end === 0) return false;
    const taken = end === -1 ? found : found.slice(0, end);
    const complete = end === -1 && found.length < fn.batchSize;
    const through = complete ? final : (taken.at(-1)?.sequence ?? after);
    if (taken.length === 0) progress.skip(through);
    else await launchBatch(progress.begin(through), taken);
    return !complete;
  }

  async function launchBatch(batch: Batch, events: readonly NewEvent[]): Promise<void> {
    const behind = events.filter((event) => event.blocked).map(parkBehind);
    const free = events.filter((event) => !event.blocked);
    if (behind.length > 0) {
      const park = (transaction: Db) => parkDeliveries(transaction, fn, behind);
      await progress.commit(free.length === 0 ? batch : undefined, [], park);
      deps.onParked(behind.length);
      lookForParked();
    }
    if (free.length > 0) launch(free, new Map(), batch);
  }

  try {
    while (!signal.aborted && !disabled) {
      if (failure !== undefined) throw failure;
      const mark = wake.mark();
      const hasRoom = () => flights.size < breaker.limit(fn.concurrency);
      if (hasRoom()) await launchRetries();
      if (hasRoom() && (await launchNew()) && hasRoom()) continue;
      await progress.flush();
      await Promise.race([wake.wait(mark, hasRoom() ? idleMs() : pauseMs(), signal), ...flights]);
    }
  } finally {
    // Whoever begins anew must not overtake what is still under way here.
    await Promise.all(flights);
  }
  if (failure !== undefined) throw failure;
  await progress.flush(true);
}

/** A signal that aborts some time after another. */
function afterPatience(signal: AbortSignal): AbortSignal {
  const cut = new AbortController();
  const wait = () => setTimeout(() => cut.abort(), STOP_PATIENCE_MS).unref();
  if (signal.aborted) wait();
  else signal.addEventListener("abort", wait, { once: true });
  return cut.signal;
}

/** Whether a lease was renewed so recently that nobody can have taken it over, this process's own standstill included. */
function isTrusted({ renewedAtMs }: Lease, now: number): boolean {
  return renewedAtMs !== undefined && now - renewedAtMs < LEASE_TRUSTED_MS;
}

function errorOf(result: PostResult): string | undefined {
  if (result.kind === "answered") return result.failed.values().next().value;
  return result.kind === "gone" ? "HTTP 410" : result.error;
}

function logFailed(logger: Logger, fn: FunctionRow, events: number, result: Exclude<PostResult, { kind: "answered" }>): void {
  const isClock = result.kind === "retry" && result.clockOffsetSeconds !== undefined;
  const why = isClock
    ? "delivery failed: the function's clock and this machine's differ too much for a signature"
    : "delivery failed";
  logger.warn({ fn: fn.name, events, result }, why);
}

/** What the function itself said of an event, and what is given up: for whoever looks for a transfer. */
function logParked(logger: Logger, fn: FunctionRow, result: PostResult, parked: readonly Parked[]): void {
  for (const { transferId, sequence, attempts, status, error } of parked) {
    const fields = { fn: fn.name, transferId, sequence, attempts, error };
    if (status === "dead") logger.error(fields, "delivery given up");
    else if (result.kind === "answered" && error !== null) logger.warn(fields, "delivery comes again");
  }
}
