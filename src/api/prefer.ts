/** The longest a request may be held, in seconds: what common proxies allow for. */
export const WAIT_MAX_SECONDS = 60;

const WAIT_PATTERN = /^\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:;.*)?$/i;

/**
 * The seconds of a `Prefer: wait=` header field (RFC 7240 section 4.3), at most {@link WAIT_MAX_SECONDS}; 0 where there is none. A
 * preference that is malformed or unknown is ignored, as the RFC says.
 */
export function parsePreferWait(header: string | undefined): number {
  for (const preference of (header ?? "").split(",")) {
    const seconds = WAIT_PATTERN.exec(preference)?.[1];
    if (seconds !== undefined) return Math.min(Number(seconds), WAIT_MAX_SECONDS);
  }
  return 0;
}
