import type { JsonRpcPayload, JsonRpcResult } from "ethers";
import { Agent, type Dispatcher, request } from "undici";
import { withTimeLimit } from "../domain/time-limit.js";
import { type RpcTarget, rpcTarget } from "./rpc-target.js";
import type { RpcTransport } from "./rpc-transport.js";

// A page of logs comes on one connection while others go on asking.
const CONNECTIONS_PER_NODE = 8;

/** JSON-RPC over HTTP, with connections kept alive. ethers' own reads an answer character by character, which takes longer than all else. */
export function createRpcHttp(): RpcTransport {
  const dispatcher = new Agent({ connections: CONNECTIONS_PER_NODE });

  // Taken apart once: a process asks a handful of nodes.
  const targets = new Map<string, RpcTarget>();

  async function ask(url: string, payload: JsonRpcPayload | JsonRpcPayload[], timeoutMs: number): Promise<JsonRpcResult[]> {
    const target = targets.get(url) ?? rpcTarget(url);
    targets.set(url, target);
    const headers = { "content-type": "application/json", ...target.headers };
    const body = await withTimeLimit(timeoutMs, async (signal) =>
      readJson(await request(target.url, { headers, dispatcher, method: "POST", body: JSON.stringify(payload), signal })),
    );
    const answers = (Array.isArray(body) ? body : [body]) as (JsonRpcResult | null)[];
    const wanted = Array.isArray(payload) ? payload : [payload];
    if (!wanted.every(({ id }) => answers.some((answer) => answer?.id === id))) throw new Error("the node left calls unanswered");
    return answers as JsonRpcResult[];
  }

  return { ask, close: () => void dispatcher.destroy() };
}

async function readJson({ statusCode, body }: Dispatcher.ResponseData): Promise<unknown> {
  const text = await body.text();
  if (statusCode < 200 || statusCode > 299) throw new Error(`the node answers with HTTP status ${statusCode}`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error("the node's answer is no JSON", { cause });
  }
}
