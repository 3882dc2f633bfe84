import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface RpcCall {
  id: unknown;
  method: string;
  params: unknown[];
}

/** What the proxy does with a call's answer: nothing, another result, an error, another HTTP answer, a cut, or silence. */
export type Tampering =
  | { result: unknown }
  | { error: { code: number; message: string; data?: unknown } }
  | { status: number; body: string }
  | "swallow"
  | "hang"
  | undefined;

/**
 * A node between us and the node: forwards JSON-RPC to `target`, and asks `tamper` (to be replaced at will) about each answer. The
 * call has been carried out by then.
 */
export async function startRpcProxy(target: string) {
  const proxy = {
    url: "",
    target,
    tamper: (_call: RpcCall, _result: unknown): Tampering => undefined,
    /** Which error a call is refused with before it reaches the node (to be replaced at will). */
    judge: (_call: RpcCall): { code: number; message: string } | undefined => undefined,
    /** A larger batch is refused whole, by one answer to its first call, as geth does. */
    maxBatchCalls: Number.POSITIVE_INFINITY,
    /** Methods called, in order. */
    calls: [] as string[],
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString("utf8");
    const headers = { "content-type": "application/json" };
    const asked = toList(JSON.parse(text)) as RpcCall[];
    if (asked.length > proxy.maxBatchCalls) {
      const refusal = { jsonrpc: "2.0", id: asked[0]?.id, error: { code: -32_600, message: "batch too large" } };
      return void response.writeHead(200, headers).end(JSON.stringify([refusal]));
    }
    const refusals = asked.flatMap((call) => {
      const error = proxy.judge(call);
      return error === undefined ? [] : [{ jsonrpc: "2.0", id: call.id, error }];
    });
    const allowed = asked.filter(({ id }) => !refusals.some((refusal) => refusal.id === id));
    const body = JSON.stringify(Array.isArray(JSON.parse(text)) ? allowed : allowed[0]);
    const forwarded = allowed.length > 0 && (await fetch(proxy.target, { method: "POST", headers, body }).catch(() => undefined));
    if (forwarded === undefined) return void request.socket.destroy();
    const given = forwarded === false ? [] : toList(await forwarded.json());
    const answers = [...refusals, ...given] as Record<string, unknown>[];
    const tampered = asked.map((call) => {
      proxy.calls.push(call.method);
      const answer = answers.find(({ id }) => id === call.id) ?? {};
      const other = proxy.tamper(call, answer.result);
      if (other === undefined) return answer;
      return typeof other === "string" || "status" in other ? other : { jsonrpc: "2.0", id: call.id, ...other };
    });
    if (tampered.includes("swallow")) return void request.socket.destroy();
    if (tampered.includes("hang")) return;
    for (const other of tampered) {
      if (typeof other === "object" && "status" in other) return void response.writeHead(Number(other.status)).end(other.body);
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(Array.isArray(JSON.parse(text)) ? tampered : tampered[0]));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  proxy.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return proxy;
}

function toList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
