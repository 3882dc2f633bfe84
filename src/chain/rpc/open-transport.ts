import { createRpcHttp } from "./http.js";
import { createRpcSockets } from "./socket.js";
import type { RpcTransport } from "./transport.js";

/** Over HTTP, or over a WebSocket (RFC 6455) to nodes with a ws: or wss: URL. */
export function createRpcTransport(): RpcTransport {
  const http = createRpcHttp();
  const sockets = createRpcSockets();
  return {
    ask: (url, payload, timeoutMs) => (/^wss?:/i.test(url) ? sockets : http).ask(url, payload, timeoutMs),
    close() {
      http.close();
      sockets.close();
    },
  };
}
