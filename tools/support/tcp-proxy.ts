import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What becomes of something that is sent: the connection is cut before it arrives, or once it is answered and instead of the answer. */
type Verdict = "cut-before" | "cut-after" | undefined;

/** A TCP proxy in front of what a URL names, that can be told to cut and refuse connections. */
export async function startTcpProxy(target: string) {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let refusing = false;
  let judge: ((text: string) => Verdict) | undefined;
  let delayMs = 0;
  const proxy = {
    url: "",
    attempts: 0,
    /** While on, what is open is cut, and what is opened is cut at once. */
    refuse: (on: boolean) => {
      refusing = on;
      if (on) for (const socket of sockets) socket.destroy();
    },
    /** From now on what is sent arrives so many milliseconds later. */
    delay: (ms: number) => {
      delayMs = ms;
    },
    /** Asked about everything that is sent to the target. */
    judge: (decide: typeof judge) => {
      judge = decide;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  const server = createServer((inbound) => {
    proxy.attempts += 1;
    if (refusing) return void inbound.destroy();
    const outbound = connect(Number(port), hostname);
    // Nothing overtakes what was sent before it.
    const late: { chunk: Buffer; at: number }[] = [];
    const forward = (chunk: Buffer) => {
      if (delayMs === 0 && late.length === 0) return void outbound.write(chunk);
      if (late.push({ chunk, at: performance.now() + delayMs }) === 1) forwardLate();
    };
    const forwardLate = () => {
      const [first] = late;
      if (first === undefined || outbound.destroyed) return;
      setTimeout(
        () => {
          if (!outbound.destroyed) outbound.write(first.chunk);
          late.shift();
          forwardLate();
        },
        Math.max(first.at - performance.now(), 0),
      );
    };
    for (const [socket, other] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    outbound.pipe(inbound);
    inbound.on("data", (chunk: Buffer) => {
      const verdict = judge?.(chunk.toString("latin1"));
      if (verdict === "cut-before") return void inbound.destroy();
      if (verdict === "cut-after") {
        outbound.unpipe(inbound);
        // With its answer, the target has done what it was asked.
        outbound.once("data", () => inbound.destroy()).resume();
      }
      forward(chunk);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const own = new URL(target);
  own.port = String((server.address() as AddressInfo).port);
  proxy.url = own.href;
  return proxy;
}
