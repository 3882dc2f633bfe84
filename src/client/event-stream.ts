import { EventSourceParserStream } from "eventsource-parser/stream";
import { ApiError, ConnectionError } from "./errors.js";
import { backoffMs, pause } from "./pause.js";
import { apiError, type Transport } from "./transport.js";
import type { Event, StreamQuery } from "./types.js";

/**
 * One thing that a stream tells. `cursor`: who follows from it misses nothing that comes after this, and is told nothing twice.
 *
 * - `event`: it has happened.
 * - `removed`: a reorganisation of the chain took it back; undo it. They come newest first. Never under `finality: "final"`.
 * - `reset`: everything after the sequence `after` is void.
 */
export type StreamItem =
  | { kind: "event"; cursor: string; event: Event }
  | { kind: "removed"; cursor: string; event: Event }
  | { kind: "reset"; cursor: string; after: string };

/**
 * How a stream is followed.
 *
 * - `signal`: ends it, without an error.
 * - `silenceMs`: a connection that says nothing for so long, not even that it lives, is taken for lost.
 * - `maxReconnects`: so many failures in a row are too many.
 * - `onReconnect`: is told why a connection is made anew.
 */
export interface FollowOptions {
  signal?: AbortSignal | undefined;
  silenceMs?: number | undefined;
  maxReconnects?: number | undefined;
  onReconnect?: ((error: unknown) => void) | undefined;
}

// Three heartbeats of the server.
const SILENCE_MS = 45_000;
const MAX_RECONNECTS = 20;
const RECONNECT_MAX_MS = 30_000;

/** Follows the events, over as many connections as it takes. `after`: where to begin. */
export async function* followStream(
  transport: Transport,
  { after, ...query }: StreamQuery & { after: string },
  options: FollowOptions,
): AsyncGenerator<StreamItem, void, undefined> {
  const { signal, maxReconnects = MAX_RECONNECTS } = options;
  let cursor = after;
  let reconnectMs = transport.rules.backoff.firstMs;
  let failures = 0;
  const connection = {
    onRetry: (ms: number) => {
      reconnectMs = ms;
    },
    onAlive: () => {
      failures = 0;
    },
  };
  // Without end, until `signal` or too many failures in a row; each round is a connection.
  while (!signal?.aborted) {
    let failure: unknown;
    try {
      for await (const item of readOnce(transport, { ...query, after: cursor }, options, connection)) {
        cursor = item.cursor;
        yield item;
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (!isPassing(error)) throw error;
      failure = error;
    }
    failures += 1;
    if (failures > maxReconnects) throw failure ?? new ConnectionError("The stream keeps ending.", { attempts: failures });
    options.onReconnect?.(failure);
    const askedMs = (failure instanceof ApiError ? (failure.retryAfterSeconds ?? 0) : 0) * 1_000;
    const waitMs = askedMs + backoffMs({ firstMs: reconnectMs, maxMs: RECONNECT_MAX_MS }, failures);
    await pause(waitMs, signal).catch(() => undefined);
  }
}

/** Reads one connection until it ends. */
async function* readOnce(
  transport: Transport,
  query: StreamQuery,
  { signal, silenceMs = SILENCE_MS }: FollowOptions,
  { onRetry, onAlive }: { onRetry: (ms: number) => void; onAlive: () => void },
): AsyncGenerator<StreamItem, void, undefined> {
  const cut = new AbortController();
  const silent = () => cut.abort(new ConnectionError("The stream has fallen silent.", { attempts: 1, isTimeout: true }));
  let timer = setTimeout(silent, Math.min(silenceMs, transport.rules.timeoutMs));
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(silent, silenceMs);
  };
  try {
    const body = await open(transport, query, signal === undefined ? cut.signal : AbortSignal.any([signal, cut.signal]));
    const heard = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        alive();
        onAlive();
        controller.enqueue(chunk);
      },
    });
    const messages = body
      .pipeThrough(heard)
      .pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
      .pipeThrough(new EventSourceParserStream({ onRetry }));
    for await (const { id, event, data } of iterate(messages)) yield toItem(id, event, data);
  } finally {
    clearTimeout(timer);
    cut.abort();
  }
}

async function open({ url, fetch, authorization }: Transport, query: StreamQuery, signal: AbortSignal) {
  const given = Object.entries(query).filter((field): field is [string, string] => field[1] !== undefined);
  const answer = await fetch(`${url}/v1/events/stream?${new URLSearchParams(given)}`, {
    headers: { ...authorization, accept: "text/event-stream" },
    signal,
    redirect: "error",
  });
  if (answer.status === 200 && answer.body !== null) return answer.body as ReadableStream<Uint8Array>;
  throw apiError(answer, await answer.json().catch(() => undefined));
}

/** Whether a failure may be over when asked again. What the API refuses is not, nor what is none of its events. */
function isPassing(error: unknown): boolean {
  if (error instanceof ApiError) return error.status >= 500 || error.status === 429 || error.status === 408;
  return !(error instanceof SyntaxError);
}

// Not every browser's ReadableStream can be iterated.
async function* iterate<T>(stream: ReadableStream<T>): AsyncGenerator<T, void, undefined> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    // What was cut has failed already.
    await reader.cancel().catch(() => undefined);
  }
}

function toItem(cursor = "", kind: string | undefined, data: string): StreamItem {
  const value: unknown = JSON.parse(data);
  if (kind === "reset") return { kind, cursor, after: (value as { after: string }).after };
  return { kind: kind === "removed" ? "removed" : "event", cursor, event: value as Event };
}
