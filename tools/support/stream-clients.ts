import { fetch } from "undici";
import WebSocket from "ws";
import { until } from "./until.js";

/** What a stream has told. `id` is the cursor. */
export interface Told {
  kind: string;
  id: string;
  value: Record<string, unknown>;
}

/** Opens server-sent events as an EventSource reads them, and keeps what is told. */
export async function openEventStream(url: string, key: string, lastEventId?: string) {
  const abort = new AbortController();
  const headers = { authorization: `Bearer ${key}`, ...(lastEventId !== undefined && { "last-event-id": lastEventId }) };
  const response = await fetch(url, { headers, signal: abort.signal });
  if (response.status !== 200 || response.body === null) throw new Error(`${response.status} ${await response.text()}`);
  const told: Told[] = [];
  let lastId = lastEventId ?? "";
  const ended = (async () => {
    let text = "";
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
        lastId = field("id") ?? lastId;
        const data = field("data");
        if (data !== undefined) told.push({ kind: field("event") ?? "event", id: lastId, value: JSON.parse(data) });
      }
    }
    return "ended";
  })().catch(() => "cut");
  return {
    response,
    told,
    lastId: () => lastId,
    /** Resolves with how it ended: by the server in good order, or cut. */
    ended,
    untilTold: (count: number) => until(`${count} are told`, () => told.length >= count),
    cut: async () => {
      abort.abort();
      await ended;
    },
  };
}

interface Message {
  batch: number;
  cursor: string;
  items: ({ kind: string; cursor: string; event?: Record<string, unknown> } & Record<string, unknown>)[];
}

/** Opens a WebSocket, and keeps what is told; acknowledges each batch, unless it is not to. */
export async function openEventSocket(url: string, key: string, { acknowledge = true } = {}) {
  const socket = new WebSocket(url.replace(/^http/, "ws"), { headers: { authorization: `Bearer ${key}` } });
  const told: Told[] = [];
  const messages: Message[] = [];
  socket.on("message", (data) => {
    const message: Message = JSON.parse(String(data));
    messages.push(message);
    for (const { kind, cursor, event, ...rest } of message.items) told.push({ kind, id: cursor, value: event ?? rest });
    if (acknowledge) socket.send(JSON.stringify({ ack: message.batch }));
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once("close", (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  socket.on("error", () => undefined);
  return {
    socket,
    told,
    messages,
    closed,
    lastCursor: () => messages.at(-1)?.cursor,
    untilTold: (count: number) => until(`${count} are told`, () => told.length >= count),
    cut: async () => {
      socket.terminate();
      await closed;
    },
  };
}
