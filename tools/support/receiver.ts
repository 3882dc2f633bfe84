import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type CloudEventV1, HTTP } from "cloudevents";

/** One request as it arrived. */
export interface Delivery {
  headers: IncomingHttpHeaders;
  body: string;
  events: CloudEventV1<Record<string, unknown>>[];
}

export type Answer = { status: number; body?: unknown; headers?: Record<string, string> } | "never";

/** A webhook receiver on the loopback. `answer` decides what it says, and may be replaced; `deliveries` is all that came. */
export async function startReceiver(answer: (delivery: Delivery) => Answer | Promise<Answer> = () => ({ status: 200 })) {
  const deliveries: Delivery[] = [];
  const receiver = {
    url: "",
    deliveries,
    answer,
    /** The sequences that came, in order, as often as they came. */
    sequences: () => deliveries.flatMap(({ events }) => events.map((event) => Number(event.sequence))),
    types: () => deliveries.flatMap(({ events }) => events.map((event) => event.type.split(".").at(-1))),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  const server = createServer(async (request, response) => {
    // Somebody asks whether there is anyone at all.
    if (request.method === "OPTIONS") return reply(response, { status: 204 });
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("utf8");
    const parsed = HTTP.toEvent<Record<string, unknown>>({ headers: request.headers, body });
    const delivery = { headers: request.headers, body, events: Array.isArray(parsed) ? parsed : [parsed] };
    deliveries.push(delivery);
    reply(response, await receiver.answer(delivery));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return receiver;
}

function reply(response: ServerResponse, answer: Answer): void {
  if (answer === "never") return;
  response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
  response.end(answer.body === undefined ? "" : JSON.stringify(answer.body));
}
