import type { JsonRpcPayload, JsonRpcResult } from "ethers";
import { Agent, type Dispatcher, request } from "undici";
import { withTimeLimit } from "../domain/time-limit.js";

/** Asks a node by JSON-RPC over HTTP. Calls in one payload come back in any order; every one is answered, if with an error. */
export interface RpcTransport {
  /** Throws where there is no such answer within `timeoutMs`; nothing is asked twice. */
  ask(url: string, payload: JsonRpcPayload | JsonRpcPayload[], timeoutMs: number): Promise<JsonRpcResult[]>;
  close(): void;
}

// A page of logs comes on one connection while others go on asking.
const CONNECTIONS_PER_NODE = 8;

/** JSON-RPC with connections kept alive. ethers' own reads an answer character by character, which takes longer than all else. */
export function createRpcTransport(): RpcTransport {
  const dispatcher = new Agent({ connections: CONNECTIONS_PER_NODE });

  // Taken apart once: a process asks a handful of nodes.
  const targets = new Map<string, Target>();

  async function ask(url: string, payload: JsonRpcPayload | JsonRpcPayload[], timeoutMs: number): Promise<JsonRpcResult[]> {
    const target = targets.get(url) ?? targetOf(url);
    targets.set(url, target);
    const body = await withTimeLimit(timeoutMs, async (signal) =>
      readJson(
        await request(target.url, { headers: target.headers, dispatcher, method: "POST", body: JSON.stringify(payload), signal }),
      ),
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

interface Target {
  url: URL;
  headers: Record<string, string>;
}

/** Credentials go by RFC 7617, for nodes behind a proxy that wants a password. */
function targetOf(text: string): Target {
  const url = new URL(text);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  const headers = { "content-type": "application/json" };
  if (username === "" && password === "") return { url, headers };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url, headers: { ...headers, authorization: `Basic ${Buffer.from(pair, "utf8").toString("base64")}` } };
}
