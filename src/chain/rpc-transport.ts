import type { JsonRpcPayload, JsonRpcResult } from "ethers";
import { Agent, type Dispatcher, request } from "undici";

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

  async function ask(url: string, payload: JsonRpcPayload | JsonRpcPayload[], timeoutMs: number): Promise<JsonRpcResult[]> {
    const response = await request(withoutCredentials(url), {
      dispatcher,
      method: "POST",
      headers: { "content-type": "application/json", ...credentialsOf(url) },
      body: JSON.stringify(payload),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const body = await readJson(response);
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

/** RFC 7617, for nodes behind a proxy that wants a password. */
function credentialsOf(url: string): { authorization?: string } {
  const { username, password } = new URL(url);
  if (username === "" && password === "") return {};
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(pair, "utf8").toString("base64")}` };
}

function withoutCredentials(url: string): URL {
  const plain = new URL(url);
  plain.username = "";
  plain.password = "";
  return plain;
}
