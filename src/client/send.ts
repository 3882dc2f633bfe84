import { ConnectionError } from "./errors.js";
import { type Backoff, backoffMs, pause, retryAfterSeconds } from "./pause.js";

/** What the client needs of `fetch`; a browser's, Node's, or another that behaves as they do. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * How a request is sent.
 *
 * - `timeoutMs`: for each try, from the connection to the last byte of the answer.
 * - `maxRetries`: tries after the first.
 * - `backoff`: the pauses between them.
 * - `maxRetryAfterMs`: a server that asks for a longer pause is not asked again.
 */
export interface SendRules {
  timeoutMs: number;
  maxRetries: number;
  backoff: Backoff;
  maxRetryAfterMs: number;
  signal: AbortSignal | undefined;
}

// Not done, or not yet: asking again can help.
const RETRIED_STATUSES: readonly number[] = [408, 429, 502, 503, 504];
const IDEMPOTENT_METHODS: readonly string[] = ["GET", "PUT", "DELETE"];
const KEY_HEADER = "idempotency-key";
const NO_BODY_STATUSES: readonly number[] = [101, 204, 205, 304];

interface Attempt {
  answer?: Response;
  error?: unknown;
  isTimeout: boolean;
}

/**
 * Sends a request and reads the whole answer. One that may be repeated is tried again after an answer that did not come or that asks
 * for it: by its method (RFC 9110 section 9.2.2), or because it carries an Idempotency-Key, which stays the same.
 * @throws ConnectionError; the signal's reason once it aborts.
 */
export async function send(fetch: Fetch, request: Request, rules: SendRules): Promise<Response> {
  const text = await request.text();
  const key = request.headers.get(KEY_HEADER) ?? undefined;
  const triesMax = IDEMPOTENT_METHODS.includes(request.method) || key !== undefined ? 1 + rules.maxRetries : 1;
  let mayBeDone = false;
  for (let tries = 1; ; tries += 1) {
    const attempt = await tryOnce(fetch, request, text, rules);
    const pauseMs = tries < triesMax ? pauseAfter(attempt, tries, rules) : undefined;
    if (pauseMs === undefined) return settle(attempt, { method: request.method, tries, mayBeDone, key });
    mayBeDone ||= attempt.answer === undefined || attempt.answer.status >= 500;
    await pause(pauseMs, rules.signal);
  }
}

async function tryOnce(fetch: Fetch, { url, method, headers }: Request, text: string, rules: SendRules): Promise<Attempt> {
  rules.signal?.throwIfAborted();
  const timeout = AbortSignal.timeout(rules.timeoutMs);
  const signal = rules.signal === undefined ? timeout : AbortSignal.any([rules.signal, timeout]);
  try {
    const answer = await fetch(url, { method, headers, ...(text !== "" && { body: text }), signal, redirect: "error" });
    const body = await answer.text();
    const whole = new Response(NO_BODY_STATUSES.includes(answer.status) ? null : body, answer);
    return { answer: whole, isTimeout: false };
  } catch (error) {
    rules.signal?.throwIfAborted();
    return { error, isTimeout: timeout.aborted };
  }
}

/** How long to wait for the next try; `undefined`: there is none. */
function pauseAfter({ answer }: Attempt, failures: number, { backoff, maxRetryAfterMs }: SendRules): number | undefined {
  const jitterMs = backoffMs(backoff, failures);
  if (answer === undefined) return jitterMs;
  if (!RETRIED_STATUSES.includes(answer.status)) return undefined;
  const askedMs = (retryAfterSeconds(answer.headers) ?? 0) * 1_000;
  return askedMs > maxRetryAfterMs ? undefined : askedMs + jitterMs;
}

function settle(
  { answer, error, isTimeout }: Attempt,
  { method, tries, mayBeDone, key }: { method: string; tries: number; mayBeDone: boolean; key: string | undefined },
): Response {
  if (answer === undefined) {
    const message = isTimeout ? "The API did not answer in time." : "The API cannot be reached, or the connection was cut.";
    throw new ConnectionError(message, { attempts: tries, cause: error, isTimeout, idempotencyKey: key });
  }
  // What an earlier try has deleted is not there any more.
  if (method === "DELETE" && mayBeDone && answer.status === 404) return new Response(null, { status: 204 });
  return answer;
}
