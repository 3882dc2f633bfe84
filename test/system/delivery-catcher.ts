import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";

/** A delivery as it came over the wire. */
export interface Caught {
  headers: IncomingHttpHeaders;
  body: string;
}

/** Listens where a function was, keeps what is delivered, and answers 503 to all of it. */
export async function catchDeliveries(port: number): Promise<{ caught: readonly Caught[]; stop: () => Promise<void> }> {
  const caught: Caught[] = [];
  const server = createServer(async (request, response) => {
    caught.push({ headers: request.headers, body: await text(request) });
    response.writeHead(503).end();
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    caught,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
