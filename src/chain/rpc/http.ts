import type { JsonRpcPayload, JsonRpcResult } from "ethers";
import { Agent, type Dispatcher, errors, request } from "undici";
import { withTimeLimit } from "../../domain/time-limit.js";
import { completeAnswers, MAX_ANSWER_BYTES, refusalOf } from "./answers.js";
import { type RpcTarget, rpcTarget } from "./target.js";
import type { RpcTransport } from "./transport.js";

// A page of logs comes on one connection while others go on asking.
const CONNECTIONS_PER_NODE = 8;
// JSON-RPC 2.0: the first of the codes that servers define themselves.
const SERVER_ERROR = -32_000;
const CONTENT_TOO_LARGE = 413;

/** JSON-RPC over HTTP, with connections kept alive. ethers' own reads an answer character by character, which takes longer than all else. */
export function createRpcHttp(): RpcTransport {
  const dispatcher = new Agent({ connections: CONNECTIONS_PER_NODE, maxResponseSize: MAX_ANSWER_BYTES });

  // Taken apart once: a process asks a handful of nodes.
  const targets = new Map<string, RpcTarget>();

  async function ask(url: string, payload: JsonRpcPayload | JsonRpcPayload[], timeoutMs: number): Promise<JsonRpcResult[]> {
    const target = targets.get(url) ?? rpcTarget(url);
    targets.set(url, target);
    const headers = { "content-type": "application/json", ...target.headers };
    const body = await withTimeLimit(timeoutMs, async (signal) =>
      readJson(await request(target.url, { headers, dispatcher, method: "POST", body: JSON.stringify(payload), signal })),
    );
    return completeAnswers([payload].flat(), [body].flat());
  }

  return { ask, close: () => void dispatcher.destroy() };
}

/** Some services refuse with an HTTP status and a JSON-RPC error in the body; the error says more. */
async function readJson({ statusCode, body }: Dispatcher.ResponseData): Promise<unknown> {
  const text = await body.text().catch((error: unknown) => {
    if (error instanceof errors.ResponseExceededMaxSizeError) return undefined;
    throw error;
  });
  // In the words that a node would have said it with, so that less is asked for.
  if (text === undefined) return { id: null, error: { code: SERVER_ERROR, message: "response is too large for this client" } };
  const parsed = parseJson(text);
  if (statusCode >= 200 && statusCode <= 299) {
    if (parsed === undefined) throw new Error("the node's answer is no JSON");
    return parsed;
  }
  if ([parsed].flat().some((answer) => refusalOf(answer) !== undefined)) return parsed;
  if (statusCode === CONTENT_TOO_LARGE)
    return { id: null, error: { code: statusCode, message: "the request is too large (HTTP 413)" } };
  throw new Error(`the node answers with HTTP status ${statusCode}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
