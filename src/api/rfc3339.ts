import { AppError } from "../domain/app-error.js";

const RFC3339_PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;

/**
 * Reads a time by RFC 3339, in milliseconds since the epoch.
 * @param what What the time is of, for the message.
 * @throws AppError `invalid-request`
 */
export function parseTimeMs(text: string, what: string): number {
  const milliseconds = RFC3339_PATTERN.test(text) ? Date.parse(text) : Number.NaN;
  // Date.parse takes 31 February for 3 March; written out again the day must be the same, whatever the offset.
  const day = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(milliseconds) || Number.isNaN(day) || !new Date(day).toISOString().startsWith(text.slice(0, 10))) {
    throw new AppError("invalid-request", `${what} is a time by RFC 3339, e.g. 2026-01-31T12:00:00Z.`);
  }
  return milliseconds;
}
