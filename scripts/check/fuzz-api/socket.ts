import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import WebSocket from "ws";
import type { Answer } from "./types.js";

/** What a client says over a WebSocket: acknowledgements, and what is none. */
export const MESSAGES = [
  ...[
    '{"ack":0}',
    '{"ack":1}',
    '{ "ack" : 1 }',
    '{"ack":999999999999999}',
    '{"ack":-1}',
    '{"ack":1e3}',
    '{"ack":"1"}',
    "",
    "{",
    "null",
  ],
  ...["\0", "[]", '{"ack":1,"ack":1}', "x".repeat(1_024), "x".repeat(5_000), "\ud83d\udcb6"],
];

// How it may end: by us, for what we have said, by the end of the key, by the server's.
const EXPECTED_CODES: readonly number[] = [1000, 1001, 1005, 1007, 1008, 1009, 4401, 4408];
const PATIENCE_MS = 10_000;
const PAUSE_MS = 20;

/** Opens a WebSocket, says something, and ends it. A close code that is not expected is told as a 500. */
export async function talk(url: string, headers: Record<string, string>, message: string): Promise<Answer> {
  const socket = new WebSocket(url.replace(/^http/, "ws"), { headers, handshakeTimeout: PATIENCE_MS });
  const refused = once(socket, "unexpected-response").then(async ([, response]) => await toAnswer(response as IncomingMessage));
  const opened = once(socket, "open").then(() => undefined);
  const failed = once(socket, "error").then(([error]) => Promise.reject(error));
  for (const promise of [refused, opened, failed]) promise.catch(() => undefined);
  const answer = await Promise.race([refused, opened, failed]);
  if (answer !== undefined) return answer;
  const closed = once(socket, "close").then(([code]) => code as number);
  socket.on("error", () => undefined);
  socket.send(message);
  // What it is answered with, it is answered with at once; what is right stays without an answer.
  const ended = setTimeout(() => socket.close(1000), PAUSE_MS);
  const code = await closed;
  clearTimeout(ended);
  const isExpected = EXPECTED_CODES.includes(code);
  const told = isExpected ? "" : `The WebSocket was closed with ${code}.`;
  return { status: isExpected ? 101 : 500, mediaType: "", headers: {}, text: told, body: undefined };
}

async function toAnswer(response: IncomingMessage): Promise<Answer> {
  const body = await text(response);
  const mediaType = String(response.headers["content-type"] ?? "").split(";", 1)[0] ?? "";
  return {
    status: response.statusCode ?? 0,
    mediaType,
    headers: response.headers,
    text: body,
    body: mediaType.endsWith("json") ? JSON.parse(body) : undefined,
  };
}
