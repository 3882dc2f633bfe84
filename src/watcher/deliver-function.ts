import type { Logger } from "pino";
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
import type { PostResult } from "./post-events.js";

/**
 * - `maxAttempts`: tries before a delivery is dead.
 * - `firstRetryMs`, `maxRetryMs`: the first pause and the longest; each is twice the one before, less up to half by chance.
 */
export interface DeliveryOptions {
  maxAttempts: number;
  firstRetryMs: number;
  maxRetryMs: number;
}

/** Two hours of tries in all. */
export const DEFAULT_DELIVERY_OPTIONS: DeliveryOptions = { maxAttempts: 40, firstRetryMs: 200, maxRetryMs: 240_000 };

export interface DeliveryDeps {
  db: Db;
  lease: Lease;
  logger: Logger;
  post(fn: FunctionRow, events: readonly EventRow[]): Promise<PostResult>;
  /** Between 0 and 1; spreads retries out. */
  random: () => number;
  eventId(event: EventRow): string;
}

interface Batch {
  /** The position once this batch and all before it are settled. */
  through: bigint;
  settled: boolean;
}

// While a function is away, its queue is looked at this often, retries due or not.
const MAX_IDLE_MS = 1_000;

/**
 * Delivers to one function: a position in the ordered events, plus retry rows. Batches go out in order, several at a time, never
 * two with events of the same transfer. What fails is parked, and what comes after for the same transfer parks behind it.
 * @param wake Resolves when there may be something new.
 */
export async function deliverFunction(
  deps: DeliveryDeps,
  fn: FunctionRow & { position: bigint },
  options: DeliveryOptions,
  wake: (timeoutMs: number) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { db } = deps;
  const batches: Batch[] = [];
  const flights = new Set<Promise<void>>();
  const flying = new Set<string>();
  let readThrough = fn.position;
  let failure: unknown;
  let disabled = false;

  function launch(events: readonly EventRow[], attempts: ReadonlyMap<bigint, number>, batch: Batch | undefined): void {
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

  async function fly(
    events: readonly EventRow[],
    attempts: ReadonlyMap<bigint, number>,
    batch: Batch | undefined,
  ): Promise<void> {
    const result = await deps.post(fn, events);
    const { succeeded, parked } = sortOut(deps, events, attempts, result, options);
    if (result.kind !== "answered") deps.logger.warn({ fn: fn.name, events: events.length, result }, "delivery failed");
    await db.transaction().execute(async (transaction) => {
      await assertLease(transaction, deps.lease);
      if (result.kind === "gone") await disableFunction(transaction, fn, "the function answered 410 Gone");
      await parkDeliveries(transaction, fn, parked);
      await deleteRetries(transaction, fn, succeeded);
      if (batch !== undefined) await writePosition(transaction, fn, settle(batch));
    });
    if (result.kind === "gone") disabled = true;
  }

  // Positions move over settled batches only, in order: after a crash, what was in flight goes out again.
  function settle(batch: Batch): bigint {
    batch.settled = true;
    while (batches[0]?.settled) fn.position = (batches.shift() as Batch).through;
    return fn.position;
  }

  async function launchRetries(): Promise<void> {
    const due = await readDueRetries(db, fn, fn.batchSize);
    const free = due.filter(({ event }) => !flying.has(event.transferId));
    if (free.length === 0) return;
    launch(
      free.map(({ event }) => event),
      new Map(free.map(({ event, attempts }) => [event.sequence, attempts])),
      undefined,
    );
  }

  /** Launches the next batch of new events; returns whether there may be more. */
  async function launchNew(): Promise<boolean> {
    const final = await readFinalSequence(db);
    if (final <= readThrough) return false;
    const found = await readMatchingEvents(db, fn, { after: readThrough, through: final, limit: fn.batchSize });
    const blocked = await readBlockedTransfers(db, fn, [...new Set(found.map((event) => event.transferId))]);
    // An event of a transfer that is under way must wait for it: the batch ends before it.
    const end = found.findIndex((event) => flying.has(event.transferId));
    const taken = end === -1 ? found : found.slice(0, end);
    if (end === 0) return false;
    const complete = end === -1 && found.length < fn.batchSize;
    const through = complete ? final : (taken.at(-1)?.sequence ?? readThrough);
    const batch: Batch = { through, settled: false };
    batches.push(batch);
    readThrough = through;
    const behind = taken.filter((event) => blocked.has(event.transferId));
    if (behind.length > 0)
      await parkDeliveries(
        db,
        fn,
        behind.map((event) => waiting(event, 0, 0, null)),
      );
    const free = taken.filter((event) => !blocked.has(event.transferId));
    if (free.length > 0) launch(free, new Map(), batch);
    else await writePosition(db, fn, settle(batch));
    return !complete;
  }

  while (!signal.aborted && !disabled) {
    if (failure !== undefined) throw failure;
    let more = false;
    if (flights.size < fn.concurrency) {
      await launchRetries();
      if (flights.size < fn.concurrency) more = await launchNew();
    }
    if (more && flights.size < fn.concurrency) continue;
    const retryMs = (await readNextRetryDelayMs(db, fn)) ?? MAX_IDLE_MS;
    await Promise.race([wake(Math.min(Math.max(retryMs, 10), MAX_IDLE_MS)), ...flights]);
  }
  await Promise.all(flights);
  if (failure !== undefined) throw failure;
}

/** Parks what has been open for too long and does not wait: it covers a function that answered without acting. */
export async function sweepFunction(deps: DeliveryDeps, fn: FunctionRow, olderThanMs: number): Promise<number> {
  return await deps.db.transaction().execute(async (transaction) => {
    await assertLease(transaction, deps.lease);
    return await parkOpenTransfers(transaction, fn, await readFinalSequence(transaction), olderThanMs);
  });
}

function sortOut(
  deps: DeliveryDeps,
  events: readonly EventRow[],
  attempts: ReadonlyMap<bigint, number>,
  result: PostResult,
  options: DeliveryOptions,
): { succeeded: bigint[]; parked: Parked[] } {
  const succeeded: bigint[] = [];
  const parked: Parked[] = [];
  for (const event of events) {
    const error = errorOf(result, deps.eventId(event));
    if (error === undefined) {
      succeeded.push(event.sequence);
      continue;
    }
    const count = (attempts.get(event.sequence) ?? 0) + 1;
    if (result.kind === "refused" || count >= options.maxAttempts) {
      parked.push({ ...waiting(event, count, 0, error), status: "dead" });
      continue;
    }
    const asked = result.kind === "retry" ? result.retryAfterMs : undefined;
    parked.push(waiting(event, count, asked ?? backoff(count, options, deps.random), error));
  }
  return { succeeded, parked };
}

function errorOf(result: PostResult, eventId: string): string | undefined {
  if (result.kind === "answered") return result.failed.get(eventId);
  return result.kind === "gone" ? "the function answered 410 Gone" : result.error;
}

function waiting(event: EventRow, attempts: number, delayMs: number, error: string | null): Parked {
  return { sequence: event.sequence, transferId: event.transferId, attempts, delayMs, status: "waiting", error };
}

function backoff(attempts: number, options: DeliveryOptions, random: () => number): number {
  const longest = Math.min(options.firstRetryMs * 2 ** Math.min(attempts - 1, 20), options.maxRetryMs);
  return longest * (0.5 + random() / 2);
}
