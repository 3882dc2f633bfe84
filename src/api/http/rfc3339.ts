import { AppError } from "../../domain/app-error.js";

// RFC 3339 section 5.6: hours 00 to 23, offsets to 23:59, `T` and `Z` in either case. A leap second (`:60`) exists only where it was
// announced (section 5.7), and none is announced for a day to come. More digits of a second than a receipt has room for are refused.
const RFC3339_PATTERN =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))T((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?)(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/i;

/**
 * Reads a time by RFC 3339, in milliseconds since the epoch.
 * @param what What the time is of, for the message.
 * @throws AppError `invalid-request`
 */
export function parseTimeMs(text: string, what: string): number {
  const [, day = "", time = "", offset = ""] = RFC3339_PATTERN.exec(text) ?? [];
  const milliseconds = Date.parse(`${day}T${time}${offset.toUpperCase()}`);
  // Date.parse takes 31 February for 3 March; written out again the day must be the same, whatever the offset.
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(milliseconds) || Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) {
    throw new AppError("invalid-request", `${what} is a time by RFC 3339, e.g. 2026-01-31T12:00:00Z.`);
  }
  return milliseconds;
}
