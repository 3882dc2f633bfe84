import type { Parked } from "../../store/functions/retries.js";
import type { EventRow } from "../../store/transfers/projection.js";
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

/**
 * What a request's answer means for each of its events: done, parked until later, or dead. Once an event of a transfer has failed,
 * those after it come again as well, so that they come after it.
 * @param attempts How often an event was tried before, where it was.
 */
export function sortAnswers(
  deps: { random: () => number; eventId(event: EventRow): string },
  events: readonly EventRow[],
  attempts: ReadonlyMap<bigint, number>,
  result: PostResult,
  options: DeliveryOptions,
): { succeeded: bigint[]; parked: Parked[] } {
  const succeeded: bigint[] = [];
  const parked: Parked[] = [];
  const failed = new Set<string>();
  for (const event of events) {
    const error = errorOf(result, deps.eventId(event));
    if (error !== undefined) {
      const entry = parkFailed(event, (attempts.get(event.sequence) ?? 0) + 1, error, { result, options, random: deps.random });
      if (entry.status === "waiting") failed.add(event.transferId);
      parked.push(entry);
    } else if (failed.has(event.transferId)) parked.push(parkBehind(event));
    else succeeded.push(event.sequence);
  }
  return { succeeded, parked };
}

/** An event that waits behind an earlier one of its transfer. */
export function parkBehind(event: EventRow): Parked {
  return { ...identity(event), attempts: 0, delayMs: 0, status: "waiting", error: null };
}

function parkFailed(
  event: EventRow,
  attempts: number,
  error: string,
  by: { result: PostResult; options: DeliveryOptions; random: () => number },
): Parked {
  const { result, options, random } = by;
  if (result.kind === "refused" || attempts >= options.maxAttempts) {
    return { ...identity(event), attempts, delayMs: 0, status: "dead", error };
  }
  // A receiver may ask for more patience than we have, never for less: "Retry-After: 0" must not use up all tries at once.
  const asked = result.kind === "retry" ? (result.retryAfterMs ?? 0) : 0;
  const delayMs = Math.max(asked, backoff(attempts, options, random));
  return { ...identity(event), attempts, delayMs, status: "waiting", error };
}

function identity({ sequence, transferId }: EventRow): { sequence: bigint; transferId: string } {
  return { sequence, transferId };
}

function errorOf(result: PostResult, eventId: string): string | undefined {
  if (result.kind === "answered") return result.failed.get(eventId);
  return result.kind === "gone" ? "the function answered 410 Gone" : result.error;
}

function backoff(attempts: number, options: DeliveryOptions, random: () => number): number {
  const longest = Math.min(options.firstRetryMs * 2 ** Math.min(attempts - 1, 20), options.maxRetryMs);
  return longest * (0.5 + random() / 2);
}
