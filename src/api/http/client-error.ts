import type { Socket } from "node:net";
import { PROBLEM_MEDIA_TYPE } from "./problem.js";

const STATUSES: Record<string, { status: number; title: string }> = {
  HPE_HEADER_OVERFLOW: { status: 431, title: "Request Header Fields Too Large" },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, title: "Request Timeout" },
};
const BAD_REQUEST = { status: 400, title: "Bad Request" };

/** Answers what is no HTTP request, or one that takes too long to arrive, and cuts the connection. Logs nothing: it may hold anything. */
export function answerClientError(error: { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, title } = STATUSES[error.code ?? ""] ?? BAD_REQUEST;
  const body = JSON.stringify({ type: "about:blank", title, status });
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: ${PROBLEM_MEDIA_TYPE}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}
