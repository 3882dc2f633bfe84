/** The longest a request may be held, in seconds: what common proxies allow for. */
export const WAIT_MAX_SECONDS = 60;

const WAIT_PATTERN = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?$/i;
// An empty value is none (section 2).
const ASYNC_PATTERN = /^\s*respond-async\s*(?:=\s*(?:"")?\s*)?(?:;.*)?$/i;

/** How a client prefers to be answered (RFC 7240): held for some seconds, 0 for not at all; and with 202 rather than held for longer. */
export interface Preference {
  waitSeconds: number;
  respondAsync: boolean;
}

/**
 * Reads a `Prefer` header field: `wait=` (section 4.3), at most {@link WAIT_MAX_SECONDS}, and `respond-async` (section 4.1). The first
 * of a name counts; what is malformed or unknown is ignored, as the RFC says.
 */
export function parsePrefer(header: string | undefined): Preference {
  const preferences = (header ?? "").split(",");
  const seconds = preferences.map((preference) => WAIT_PATTERN.exec(preference)?.[1]).find((value) => value !== undefined);
  return {
    waitSeconds: Math.min(Number(seconds ?? 0), WAIT_MAX_SECONDS),
    respondAsync: preferences.some((preference) => ASYNC_PATTERN.test(preference)),
  };
}

/** The `Preference-Applied` header field (section 3) of an answer: which of the preferences have made it what it is. */
export function preferenceApplied(
  { waitSeconds, respondAsync }: Preference,
  { waited, isAsync }: { waited: boolean; isAsync: boolean },
): Record<string, string> {
  const applied = [...(respondAsync && isAsync ? ["respond-async"] : []), ...(waited ? [`wait=${waitSeconds}`] : [])];
  return applied.length === 0 ? {} : { "preference-applied": applied.join(", ") };
}
