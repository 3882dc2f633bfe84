import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as the server has seen it. */
export interface Seen {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
  atMs: number;
}

/** What becomes of a request: an answer, or what a function makes of it. */
export type Behaviour =
  | { status: number; headers?: Record<string, string>; body?: unknown }
  | ((response: ServerResponse, request: IncomingMessage) => void);

/** The connection ends without an answer. */
export const CUT: Behaviour = (response) => void response.socket?.destroy();
/** The connection ends in the middle of an answer. */
export const CUT_MIDWAY: Behaviour = (response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
  response.write('{"id":', () => response.socket?.destroy());
};
/** Nothing is answered. */
export const SILENCE: Behaviour = () => undefined;

/** A server that does what it is told with one request after another, and the last of it ever after. */
export async function startMisbehavingServer() {
  const seen: Seen[] = [];
  let behaviours: Behaviour[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method = "", url = "", headers } = request;
    seen.push({ method, url, headers, body, atMs: performance.now() });
    const behaviour = (behaviours.length > 1 ? behaviours.shift() : behaviours[0]) ?? SILENCE;
    if (typeof behaviour === "function") return behaviour(response, request);
    response.writeHead(behaviour.status, { "content-type": "application/json", ...behaviour.headers });
    response.end(behaviour.body === undefined ? "" : JSON.stringify(behaviour.body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    behave: (...next: Behaviour[]) => {
      behaviours = next;
      seen.length = 0;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
