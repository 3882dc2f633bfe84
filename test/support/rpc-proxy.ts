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
  | { error: { code: number; message: string } }
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
    const forwarded = await fetch(proxy.target, { method: "POST", headers, body: text }).catch(() => undefined);
    if (forwarded === undefined) return void request.socket.destroy();
    const answers = toList(await forwarded.json()) as Record<string, unknown>[];
    const calls = toList(JSON.parse(text)) as RpcCall[];
    const tampered = calls.map((call) => {
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
