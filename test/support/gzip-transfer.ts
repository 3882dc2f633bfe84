import { connect } from "node:net";
import { text } from "node:stream/consumers";

/** The whole answer to a POST that says `Transfer-Encoding: gzip, chunked`, which no HTTP client of Node sends. */
export async function gzipTransfer(url: string, authorization: string): Promise<string> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${hostname}`,
    `Authorization: ${authorization}`,
    "Content-Type: application/json",
    "Transfer-Encoding: gzip, chunked",
    "Connection: close",
    "",
    "2",
    "{}",
    "0",
    "",
    "",
  ];
  socket.end(lines.join("\r\n"));
  return await text(socket);
}
