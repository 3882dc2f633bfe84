import { createHash } from "node:crypto";
import { type Static, Type } from "typebox";
import { Value } from "typebox/value";
import type { FunctionRow } from "../../store/functions/retries.js";
import type { EventRow } from "../../store/transfers/projection.js";
import type { WebhookResult } from "../../webhooks/send-webhook.js";
import { toCloudEvent } from "./cloud-event.js";

/** What became of a request. Of a 2xx, `failed` names the events (by CloudEvents id) that the function could not deal with. */
export type PostResult = { kind: "answered"; failed: Map<string, string> } | Exclude<WebhookResult, { kind: "answered" }>;

/** A batch of CloudEvents, ready to be sent. `id`: the same for the same events, and for no others. */
export interface EventMessage {
  id: string;
  contentType: string;
  body: string;
}

/** The body of a 2xx may say so event by event; a plain CloudEvents receiver need not. */
const BatchAnswer = Type.Object({
  failed: Type.Array(Type.Object({ id: Type.String(), error: Type.String() })),
});

/**
 * Sends events to a function: a CloudEvents batch; or, where the function is to get one at a time (`batchSize` 1), a single event in
 * structured mode, which is what a broker takes.
 */
export async function postEvents(
  deps: { chainId: string; contract: string; send(fn: FunctionRow, message: EventMessage): Promise<WebhookResult> },
  fn: FunctionRow,
  events: readonly EventRow[],
  traceparentOf: (event: EventRow) => string | undefined = () => undefined,
): Promise<PostResult> {
  const cloudEvents = events.map((event) => toCloudEvent(event, deps.chainId, deps.contract, traceparentOf(event)));
  const isSingle = fn.batchSize === 1 && cloudEvents.length === 1;
  const result = await deps.send(fn, {
    id: messageId(cloudEvents.map((event) => event.id)),
    contentType: `application/cloudevents${isSingle ? "" : "-batch"}+json; charset=utf-8`,
    body: JSON.stringify(isSingle ? cloudEvents[0] : cloudEvents),
  });
  return result.kind === "answered" ? { kind: "answered", failed: parseFailed(result.text) } : result;
}

function messageId(eventIds: readonly string[]): string {
  return `msg_${createHash("sha256").update(eventIds.join(" ")).digest("base64url")}`;
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
