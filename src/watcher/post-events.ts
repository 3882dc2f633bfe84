import { createHash } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import { type Dispatcher, request } from "undici";
import { retryAfterMs } from "../domain/retry-after.js";
import type { FunctionRow } from "../store/deliveries.js";
import type { EventRow } from "../store/projection.js";
import { toCloudEvent } from "./cloud-event.js";

/** What became of a request. Of a 2xx, `failed` names the events (by CloudEvents id) that the function could not deal with. */
export type PostResult =
  | { kind: "answered"; failed: Map<string, string> }
  | { kind: "retry"; error: string; retryAfterMs: number | undefined }
  | { kind: "refused"; status: number; error: string }
  | { kind: "gone" };

/** The body of a 2xx may say so event by event; a plain CloudEvents receiver need not. */
const BatchAnswer = Type.Object({
  failed: Type.Array(Type.Object({ id: Type.String(), error: Type.String() })),
});

// Longer than any block: a function answers only once its contract call is mined.
const POST_TIMEOUT_MS = 60_000;
const MAX_ANSWER_MS = 2 * POST_TIMEOUT_MS;
const MAX_ANSWER_BYTES = 256 * 1024;
// A receiver that asks for more patience than that is asked again anyway.
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Sends events to a function over HTTP, signed by Standard Webhooks: a CloudEvents batch; or, where the function is to get one at a time
 * (`batchSize` 1), a single event in structured mode, which is what a broker takes.
 */
export async function postEvents(
  deps: { dispatcher: Dispatcher; chainId: string; contract: string; clock: () => number },
  fn: FunctionRow,
  events: readonly EventRow[],
  traceparentOf: (event: EventRow) => string | undefined = () => undefined,
): Promise<PostResult> {
  const cloudEvents = events.map((event) => toCloudEvent(event, deps.chainId, deps.contract, traceparentOf(event)));
  const isSingle = fn.batchSize === 1 && cloudEvents.length === 1;
  const body = JSON.stringify(isSingle ? cloudEvents[0] : cloudEvents);
  const id = messageId(cloudEvents.map((event) => event.id));
  const now = new Date(deps.clock());
  try {
    const response = await request(fn.url, {
      dispatcher: deps.dispatcher,
      method: "POST",
      headers: {
        "content-type": `application/cloudevents${isSingle ? "" : "-batch"}+json; charset=utf-8`,
        "webhook-id": id,
        "webhook-timestamp": String(Math.floor(now.getTime() / 1000)),
        "webhook-signature": new Webhook(fn.secret).sign(id, now, body),
      },
      body,
      headersTimeout: POST_TIMEOUT_MS,
      bodyTimeout: POST_TIMEOUT_MS,
      // An answer that comes drop by drop outlives both.
      signal: AbortSignal.timeout(MAX_ANSWER_MS),
    });
    return await readResult(response, deps.clock());
  } catch (error) {
    return { kind: "retry", error: `no answer: ${describe(error)}`, retryAfterMs: undefined };
  }
}

/** The same for the same events, and for no others: receivers may tell repetitions by it. */
function messageId(eventIds: readonly string[]): string {
  return `msg_${createHash("sha256").update(eventIds.join(" ")).digest("base64url")}`;
}

async function readResult(response: Dispatcher.ResponseData, nowMs: number): Promise<PostResult> {
  const { statusCode, headers } = response;
  const text = await readBounded(response.body);
  if (statusCode >= 200 && statusCode < 300) return { kind: "answered", failed: parseFailed(text) };
  if (statusCode === 410) return { kind: "gone" };
  const error = `HTTP ${statusCode}: ${text.slice(0, 300)}`;
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

function parseFailed(text: string): Map<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A plain receiver's answer: it has taken everything.
    return new Map();
  }
  if (!Value.Check(BatchAnswer, value)) return new Map();
  const answer: Static<typeof BatchAnswer> = value;
  return new Map(answer.failed.map(({ id, error }) => [id, error]));
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error ? `${String(error.code)} ${error.message}` : error.message;
}
