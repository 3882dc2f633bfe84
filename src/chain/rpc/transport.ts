import type { JsonRpcPayload, JsonRpcResult } from "ethers";

/** Asks a node by JSON-RPC 2.0. Calls in one payload come back in any order; every one is answered, if with an error. */
export interface RpcTransport {
  /** Throws where there is no such answer within `timeoutMs`; nothing is asked twice. */
  ask(url: string, payload: JsonRpcPayload | JsonRpcPayload[], timeoutMs: number): Promise<JsonRpcResult[]>;
  close(): void;
}
