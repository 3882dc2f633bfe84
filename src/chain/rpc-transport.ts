import type { JsonRpcPayload, JsonRpcResult } from "ethers";
import { createRpcHttp } from "./rpc-http.js";
import { createRpcSockets } from "./rpc-socket.js";

/** Asks a node by JSON-RPC 2.0. Calls in one payload come back in any order; every one is answered, if with an error. */
export interface RpcTransport {
  /** Throws where there is no such answer within `timeoutMs`; nothing is asked twice. */
  ask(url: string, payload: JsonRpcPayload | JsonRpcPayload[], timeoutMs: number): Promise<JsonRpcResult[]>;
  close(): void;
}

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
