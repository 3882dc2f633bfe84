import type { FastifyBaseLogger } from "fastify";
import type { WebSocket } from "ws";
import { createWake } from "../../domain/wake.js";
import type { StreamItem } from "./stream-item.js";
import type { Admitted, StreamSettings } from "./streams.js";

/** Why a socket is closed (RFC 6455 section 7.4; from 4000 on they are ours, after HTTP's statuses). */
export const CLOSE_CODES = {
  goingAway: 1001,
  policyViolation: 1008,
  internal: 1011,
  unauthorized: 4401,
  tooSlow: 4408,
} as const;

/** The largest message that a client may send, which is an acknowledgement. */
export const MESSAGE_MAX_BYTES = 1_024;

const BATCH_LIMIT = 100;
// Batches that are under way, or dealt with and not acknowledged.
const UNACKNOWLEDGED_MAX = 8;
const ACK_PATTERN = /^\{"ack":(\d{1,15})\}$/;

/** Tells a client the events in batches, and goes on only while they are acknowledged. Resolves once it has closed the socket. */
export async function serveSocket(
  socket: WebSocket,
  admitted: Admitted,
  { settings, stopping, logger }: { settings: StreamSettings; stopping: AbortSignal; logger: FastifyBaseLogger },
): Promise<void> {
  const gone = new AbortController();
  const acknowledged = createWake();
  let sent = 0;
  let acked = 0;
  const close = (code: number, reason: string) => {
    gone.abort();
    socket.close(code, reason);
  };
  socket.once("close", () => gone.abort());
  socket.on("message", (data, isBinary) => {
    const number = isBinary ? undefined : readAck(String(data));
    if (number === undefined || number > sent) return close(CLOSE_CODES.policyViolation, 'Send {"ack":<number of a batch>}.');
    acked = Math.max(acked, number);
    acknowledged.notify();
  });
  const stopBeating = beat(socket, settings.heartbeatMs);

  /** Whether there is room for another batch before the client has been silent for too long. */
  async function hasRoom(): Promise<boolean> {
    for (const end = performance.now() + settings.stallMs; sent - acked >= UNACKNOWLEDGED_MAX && !gone.signal.aborted; ) {
      const left = end - performance.now();
      if (left <= 0) return false;
      const mark = acknowledged.mark();
      await acknowledged.wait(mark, left, gone.signal);
    }
    return true;
  }

  try {
    let told = "";
    for await (const { items, position } of admitted.begin(gone.signal, BATCH_LIMIT)) {
      const cursor = admitted.cursor(position);
      if (!(await admitted.isAllowed())) return close(CLOSE_CODES.unauthorized, "The key is no longer good.");
      if (items.length === 0 && (cursor === told || sent > acked)) continue;
      if (!(await hasRoom())) return close(CLOSE_CODES.tooSlow, "Too slow; come again with the last cursor.");
      if (gone.signal.aborted) break;
      sent += 1;
      if (!(await send(socket, toMessage(sent, cursor, items), settings.stallMs))) {
        return close(CLOSE_CODES.tooSlow, "Too slow; come again with the last cursor.");
      }
      told = cursor;
    }
    if (stopping.aborted) close(CLOSE_CODES.goingAway, "The server stops; come again with the last cursor.");
  } catch (error) {
    logger.error({ err: error }, "a stream failed");
    close(CLOSE_CODES.internal, "Something went wrong; come again with the last cursor.");
  } finally {
    stopBeating();
  }
}

function readAck(text: string): number | undefined {
  const number = ACK_PATTERN.exec(text.replaceAll(/\s/g, ""))?.[1];
  return number === undefined ? undefined : Number(number);
}

function toMessage(batch: number, cursor: string, items: readonly StreamItem[]): string {
  const texts = items.map((item) => `{"kind":"${item.kind}","cursor":"${item.cursor}",${content(item)}}`);
  return `{"batch":${batch},"cursor":"${cursor}","items":[${texts.join(",")}]}`;
}

function content({ kind, json }: StreamItem): string {
  // A reset's JSON is an object of one member, `after`.
  return kind === "reset" ? json.slice(1, -1) : `"event":${json}`;
}

/** Whether the client has taken it in time. */
function send(socket: WebSocket, text: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), timeoutMs);
    socket.send(text, () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

/** Cuts a socket whose other end answers no ping: it is not there any more. */
function beat(socket: WebSocket, everyMs: number): () => void {
  let answered = true;
  socket.on("pong", () => {
    answered = true;
  });
  const timer = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, everyMs);
  return () => clearInterval(timer);
}
