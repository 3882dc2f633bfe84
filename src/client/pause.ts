/** How pauses between tries grow, in milliseconds. */
export interface Backoff {
  firstMs: number;
  maxMs: number;
}

/**
 * A pause before the next try, in milliseconds: exponential backoff with full jitter, so that clients which failed together do not come
 * again together.
 * @param failures How many tries have failed, from 1.
 */
export function backoffMs({ firstMs, maxMs }: Backoff, failures: number, random: () => number = Math.random): number {
  return random() * Math.min(maxMs, firstMs * 2 ** (failures - 1));
}

/** The seconds of a Retry-After header field (RFC 9110 section 10.2.3): a number, or a date. */
export function retryAfterSeconds(headers: Headers, nowMs: number = Date.now()): number | undefined {
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : Math.max(0, (at - nowMs) / 1_000);
}

/** @throws The signal's reason once it aborts. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}
