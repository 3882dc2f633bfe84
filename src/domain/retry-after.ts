/**
 * How long a `Retry-After` header (RFC 9110 section 10.2.3: seconds, or a date) asks to wait, in milliseconds; `undefined` where it is
 * absent or cannot be read.
 * @param nowMs Since the epoch.
 * @param mostMs More patience than this is not granted.
 */
export function retryAfterMs(header: string | string[] | undefined, nowMs: number, mostMs: number): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined || text === "") return undefined;
  const asked = /^[0-9]+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(asked) ? undefined : Math.min(Math.max(asked, 0), mostMs);
}
