import { once } from "node:events";
import { request } from "node:http";
import { expect } from "chai";
import WebSocket from "ws";
import { DEFAULT_STREAM_SETTINGS, type StreamSettings } from "../../../src/api/events/streams.js";
import type { ErrorCode } from "../../../src/domain/app-error.js";
import { AppError } from "../../../src/domain/app-error.js";
import { openEventSocket, openEventStream } from "../../../tools/support/stream-clients.js";
import { until } from "../../../tools/support/until.js";
import { createTestApi, expectProblem, type TestApi } from "../api-under-test.js";

const UPGRADE = {
  connection: "Upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  "sec-websocket-key": Buffer.alloc(16).toString("base64"),
};

describe("the streams of the API", () => {
  let test: TestApi;
  let url: string;

  async function serve(settings: Partial<StreamSettings> = {}): Promise<void> {
    const streams = { ...DEFAULT_STREAM_SETTINGS, ...settings };
    test = await createTestApi({ streams, corsOrigins: ["https://dashboard.example"] });
    url = await test.api.listen({ host: "127.0.0.1", port: 0 });
  }
  beforeEach(() => serve());
  afterEach(() => test.api.close());

  /** What is answered to a handshake that is refused. */
  async function handshake(path: string, headers: Record<string, string>): Promise<{ status: number; code: string }> {
    const sent = request(`${url}${path}`, { headers: { ...UPGRADE, ...headers } }).end();
    const [response] = await once(sent, "response");
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    const { type } = JSON.parse(Buffer.concat(chunks).toString());
    return { status: response.statusCode, code: String(type).split("/").at(-1) ?? "" };
  }
  const key = { authorization: "Bearer alice-key" };

  it("are advertised by the root document", async () => {
    const { links } = (await test.get("/")).json<{ links: Record<string, string> }>();
    expect(links).to.include({ eventStream: "/v1/events/stream", eventSocket: "/v1/events/socket" });
  });

  const BAD = ["after=-1", "after=x", "after=99999999-0-4", "after=0&after=1", "finality=maybe", "type=x", "limit=5", "after="];
  for (const query of BAD) {
    it(`answer 400 to ?${query}`, async () => {
      expectProblem(await test.get(`/v1/events/stream?${query}`), 400, "invalid-request");
      expect(await handshake(`/v1/events/socket?${query}`, key)).to.deep.equal({ status: 400, code: "invalid-request" });
    });
  }

  it("answer 400 to a Last-Event-ID that is no cursor of this network", async () => {
    for (const id of ["x", "99999999-0-4", "d0d0d0d0-0", "d0d0d0d0--1-4", `d0d0d0d0-0-${"9".repeat(40)}`]) {
      const headers = { ...key, "last-event-id": id };
      expectProblem(await test.api.inject({ url: "/v1/events/stream", headers }), 400, "invalid-request");
    }
  });

  const REFUSED: [string, Record<string, string>, number, ErrorCode][] = [
    ["no key", {}, 401, "unauthorized"],
    ["a forged key", { authorization: "Bearer forged" }, 401, "unauthorized"],
    ["a key without the scope", { authorization: "Bearer stats-key" }, 403, "forbidden"],
    ["a foreign Origin", { ...key, origin: "https://evil.example" }, 403, "forbidden"],
    ["an Origin that is none", { ...key, origin: "null" }, 403, "forbidden"],
  ];
  for (const [what, headers, status, code] of REFUSED) {
    it(`refuse a WebSocket with ${what}`, async () => {
      expect(await handshake("/v1/events/socket", headers)).to.deep.equal({ status, code });
    });
  }

  for (const origin of ["https://dashboard.example", "own"]) {
    it(`open a WebSocket to a page of ${origin === "own" ? "the same host" : "an allowed origin"}`, async () => {
      const headers = { ...key, origin: origin === "own" ? url : origin };
      const socket = new WebSocket(`${url.replace("http", "ws")}/v1/events/socket`, { headers });
      await once(socket, "open");
      socket.terminate();
    });
  }

  it("refuse server-sent events without a key, or without the scope", async () => {
    expectProblem(await test.get("/v1/events/stream", "forged"), 401, "unauthorized");
    expectProblem(await test.get("/v1/events/stream", "stats-key"), 403, "forbidden");
  });

  it("answer 426 to plain HTTP where a WebSocket is", async () => {
    const response = await test.get("/v1/events/socket");
    expectProblem(response, 426, "upgrade-required");
    expect(response.headers.upgrade).to.equal("websocket");
  });

  it("answer 404 to a WebSocket elsewhere, and 405 to another method", async () => {
    expect(await handshake("/v1/nowhere", key)).to.deep.equal({ status: 404, code: "not-found" });
    expectProblem(await test.send("POST", "/v1/events/socket", {}), 405, "method-not-allowed");
  });

  it("answer 503 while the store is away", async () => {
    test.deps.authenticate = async () => ({ id: "alice", scopes: ["transfers:read"], payers: "any", expiresAt: null });
    test.deps.failure = new AppError("store-unavailable", "away");
    expectProblem(await test.get("/v1/events/stream"), 503, "store-unavailable");
  });

  it("close a WebSocket with 1009 at an oversized frame, and with 1008 at what is no acknowledgement", async () => {
    const cases = [
      ["x".repeat(2_000), 1009],
      ["x", 1008],
      ['{"ack":1}', 1008],
      ['{"ack":-1}', 1008],
      ['{"ack":1e0}', 1008],
      [Buffer.from('{"ack":0}'), 1008],
    ] as const;
    for (const [message, code] of cases) {
      const opened = await openEventSocket(`${url}/v1/events/socket`, "alice-key");
      opened.socket.send(message);
      expect((await opened.closed).code, String(message).slice(0, 20)).to.equal(code);
    }
  });

  it("end when the key does", async () => {
    await test.api.close();
    await serve({ heartbeatMs: 20, recheckMs: 20 });
    const [stream, socket] = [
      await openEventStream(`${url}/v1/events/stream`, "alice-key"),
      await openEventSocket(`${url}/v1/events/socket`, "alice-key"),
    ];
    test.deps.principals.delete("alice-key");
    expect(await stream.ended).to.equal("ended");
    expect(await socket.closed).to.deep.equal({ code: 4401, reason: "The key is no longer good." });
  });

  it("are limited in number by principal, and a place is free again once its client has gone", async () => {
    await test.api.close();
    await serve({ streamsPerPrincipalMax: 2 });
    const first = await openEventStream(`${url}/v1/events/stream`, "alice-key");
    const second = await openEventSocket(`${url}/v1/events/socket`, "alice-key");
    expectProblem(await test.get("/v1/events/stream"), 429, "too-many-requests");
    expect((await handshake("/v1/events/socket", key)).status).to.equal(429);
    const other = await openEventStream(`${url}/v1/events/stream`, "bob-key");
    await Promise.all([second.cut(), first.cut(), other.cut()]);
    const opened: { cut(): Promise<void> }[] = [];
    await until("both places are free", async () => {
      const again = await openEventStream(`${url}/v1/events/stream`, "alice-key").catch(() => undefined);
      if (again !== undefined) opened.push(again);
      return opened.length === 2;
    });
    for (const one of opened) await one.cut();
  });

  it("keep a silent connection alive", async () => {
    await test.api.close();
    await serve({ heartbeatMs: 30 });
    const stream = await openEventStream(`${url}/v1/events/stream`, "alice-key");
    await until("the cursor is told", () => stream.lastId() === "d0d0d0d0-0-41");
    const socket = await openEventSocket(`${url}/v1/events/socket`, "alice-key");
    let pings = 0;
    socket.socket.on("ping", () => {
      pings += 1;
    });
    await until("it is pinged again and again", () => pings >= 3);
    await Promise.all([stream.cut(), socket.cut()]);
  });

  it("cut a WebSocket whose client answers no ping", async () => {
    await test.api.close();
    await serve({ heartbeatMs: 50 });
    const opened = await openEventSocket(`${url}/v1/events/socket`, "alice-key");
    opened.socket.pong = () => undefined;
    expect((await opened.closed).code).to.equal(1006);
  });

  it("let the process stop although someone is connected who has sent nothing", async () => {
    const { hostname, port } = new URL(url);
    const { connect } = await import("node:net");
    const idle = connect(Number(port), hostname);
    await once(idle, "connect");
    const closed = once(idle, "close");
    await test.api.close();
    await closed;
  });
});
