import { Webhook } from "standardwebhooks";
import { type Dispatcher, request } from "undici";
import { readBounded } from "../domain/read-bounded.js";
import { retryAfterMs } from "../domain/retry-after.js";
import { withTimeLimit } from "../domain/time-limit.js";

/**
 * What became of a request: an answer 2xx; to be tried again; refused for good; or gone (410). `clockOffsetSeconds`: how far the
 * receiver's clock is ahead of ours, where it takes no signature and the clocks differ by more than a signature may be old.
 */
export type WebhookResult =
  | { kind: "answered"; text: string }
  | { kind: "retry"; error: string; retryAfterMs: number | undefined; clockOffsetSeconds?: number }
  | { kind: "refused"; status: number; error: string }
  | { kind: "gone" };

// Longer than any block: a function answers only once its contract call is mined.
const POST_TIMEOUT_MS = 60_000;
const MAX_ANSWER_MS = 2 * POST_TIMEOUT_MS;
const MAX_ANSWER_BYTES = 256 * 1024;
// A receiver that asks for more patience than that is asked again anyway.
const MAX_RETRY_AFTER_MS = 3_600_000;
const ERROR_MAX_CHARACTERS = 300;
// A clock was set, or a secret is being replaced at one end. Neither says anything of the message, and both pass.
const SIGNATURE_STATUSES: ReadonlySet<number> = new Set([401, 403]);
const RETRIED_STATUSES: ReadonlySet<number> = new Set([408, 409, 429]);
// Standard Webhooks: a receiver takes a signature that is at most five minutes from its own time.
const SIGNATURE_TOLERANCE_SECONDS = 300;

/**
 * Posts a message, signed by Standard Webhooks.
 * @param target.secrets Each signs: a receiver takes the message if it knows one of them. Without any, nothing is signed.
 * @param stop Ends the request: no answer came.
 * @param message.id The same for the same message, and for no others: receivers may tell repetitions by it.
 */
export async function sendWebhook(
  deps: { dispatcher: Dispatcher; clock: () => number },
  target: { url: string; secrets: readonly string[]; headers?: Readonly<Record<string, string>> },
  message: { id: string; contentType: string; body: string },
  stop?: AbortSignal,
): Promise<WebhookResult> {
  const { id, body } = message;
  const now = new Date(deps.clock());
  try {
    const headers = {
      ...target.headers,
      "content-type": message.contentType,
      "webhook-id": id,
      "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
      ...(target.secrets.length > 0 && {
        "webhook-signature": target.secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(" "),
      }),
    };
    const timeouts = { headersTimeout: POST_TIMEOUT_MS, bodyTimeout: POST_TIMEOUT_MS };
    const { dispatcher } = deps;
    // An answer that comes drop by drop outlives both.
    return await withTimeLimit(MAX_ANSWER_MS, async (late) => {
      const signal = stop === undefined ? late : AbortSignal.any([late, stop]);
      return readResult(
        await request(target.url, { dispatcher, method: "POST", headers, body, ...timeouts, signal }),
        deps.clock(),
      );
    });
  } catch (error) {
    return { kind: "retry", error: `no answer: ${describe(error)}`, retryAfterMs: undefined };
  }
}

async function readResult(response: Dispatcher.ResponseData, nowMs: number): Promise<WebhookResult> {
  const { statusCode, headers } = response;
  const text = await readBounded(response.body, MAX_ANSWER_BYTES);
  if (statusCode >= 200 && statusCode < 300) return { kind: "answered", text };
  if (statusCode === 410) return { kind: "gone" };
  const said = text.slice(0, ERROR_MAX_CHARACTERS);
  const clockOffsetSeconds = SIGNATURE_STATUSES.has(statusCode) ? offsetOf(headers.date, nowMs) : undefined;
  if (clockOffsetSeconds !== undefined) {
    const where = clockOffsetSeconds > 0 ? "ahead of" : "behind";
    const error = `HTTP ${statusCode}, and its clock is ${Math.abs(clockOffsetSeconds)} s ${where} ours: ${said}`;
    return { kind: "retry", error, retryAfterMs: undefined, clockOffsetSeconds };
  }
  const error = `HTTP ${statusCode}: ${said}`;
  return statusCode >= 500 || SIGNATURE_STATUSES.has(statusCode) || RETRIED_STATUSES.has(statusCode)
    ? { kind: "retry", error, retryAfterMs: retryAfterMs(headers["retry-after"], nowMs, MAX_RETRY_AFTER_MS) }
    : { kind: "refused", status: statusCode, error };
}

/** How many seconds a receiver's clock is ahead of ours, by the `Date` header of its answer; `undefined` where that tells no reason for a refusal. */
function offsetOf(date: string | string[] | undefined, nowMs: number): number | undefined {
  const offset = Math.round((Date.parse(String(date)) - nowMs) / 1000);
  return Math.abs(offset) > SIGNATURE_TOLERANCE_SECONDS ? offset : undefined;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? `${String(error.code)} ${error.message}` : error.message;
}
