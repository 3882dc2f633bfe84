import { Webhook } from "standardwebhooks";
import { type Dispatcher, request } from "undici";
import { retryAfterMs } from "../domain/retry-after.js";
import { withTimeLimit } from "../domain/time-limit.js";

/** What became of a request: an answer 2xx; to be tried again; refused for good; or gone (410). */
export type WebhookResult =
  | { kind: "answered"; text: string }
  | { kind: "retry"; error: string; retryAfterMs: number | undefined }
  | { kind: "refused"; status: number; error: string }
  | { kind: "gone" };

// Longer than any block: a function answers only once its contract call is mined.
const POST_TIMEOUT_MS = 60_000;
const MAX_ANSWER_MS = 2 * POST_TIMEOUT_MS;
const MAX_ANSWER_BYTES = 256 * 1024;
// A receiver that asks for more patience than that is asked again anyway.
const MAX_RETRY_AFTER_MS = 3_600_000;
const ERROR_MAX_CHARACTERS = 300;

/**
 * Posts a message, signed by Standard Webhooks.
 * @param target.secrets Each signs: a receiver takes the message if it knows one of them. Without any, nothing is signed.
 * @param message.id The same for the same message, and for no others: receivers may tell repetitions by it.
 */
export async function sendWebhook(
  deps: { dispatcher: Dispatcher; clock: () => number },
  target: { url: string; secrets: readonly string[]; headers?: Readonly<Record<string, string>> },
  message: { id: string; contentType: string; body: string },
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
    return await withTimeLimit(MAX_ANSWER_MS, async (signal) =>
      readResult(await request(target.url, { dispatcher, method: "POST", headers, body, ...timeouts, signal }), deps.clock()),
    );
  } catch (error) {
    return { kind: "retry", error: `no answer: ${describe(error)}`, retryAfterMs: undefined };
  }
}

async function readResult(response: Dispatcher.ResponseData, nowMs: number): Promise<WebhookResult> {
  const { statusCode, headers } = response;
  const text = await readBounded(response.body);
  if (statusCode >= 200 && statusCode < 300) return { kind: "answered", text };
  if (statusCode === 410) return { kind: "gone" };
  const error = `HTTP ${statusCode}: ${text.slice(0, ERROR_MAX_CHARACTERS)}`;
  const retryable = statusCode === 408 || statusCode === 409 || statusCode === 429 || statusCode >= 500;
  return retryable
    ? { kind: "retry", error, retryAfterMs: retryAfterMs(headers["retry-after"], nowMs, MAX_RETRY_AFTER_MS) }
    : { kind: "refused", status: statusCode, error };
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer is over ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? `${String(error.code)} ${error.message}` : error.message;
}
