import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { JsonRpcPayload } from "ethers";
import { type WebSocket, WebSocketServer } from "ws";
import { assertExpectedChain, connectChain } from "../../../src/chain/connect-chain.js";
import { refusalOf } from "../../../src/chain/rpc/answers.js";
import { createRpcTransport } from "../../../src/chain/rpc/open-transport.js";
import type { RpcTransport } from "../../../src/chain/rpc/transport.js";
import { recordingLogger } from "../../../tools/support/logger.js";
import { startTcpProxy } from "../../../tools/support/tcp-proxy.js";
import { startTestChain, type TestChain } from "../../support/chain.js";

const PATIENCE_MS = 20_000;
const IMPATIENCE_MS = 150;

const call = (method: string, id = 1, params: unknown[] = []): JsonRpcPayload => ({ jsonrpc: "2.0", id, method, params });
const failure = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "answered",
    (error: Error) => error.message,
  );

describe("a node that is asked over a WebSocket", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let transport: RpcTransport;
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(() => {
    transport = createRpcTransport();
    cleanUps.push(() => transport.close());
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });
  after(() => testChain.close());

  const socketUrl = (url: string) => url.replace(/^http/, "ws");

  /** A real node behind a proxy that can cut. */
  async function proxied() {
    const proxy = await startTcpProxy(testChain.url);
    cleanUps.push(() => proxy.close());
    return { proxy, url: socketUrl(proxy.url) };
  }

  /** A node of the test's own, for answers that no good node gives. */
  async function fakeNode(answer: (socket: WebSocket, text: string, request: IncomingMessage) => void): Promise<string> {
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    server.on("connection", (socket, request) => socket.on("message", (data) => answer(socket, data.toString(), request)));
    await once(server, "listening");
    cleanUps.push(async () => {
      for (const client of server.clients) client.terminate();
      server.close();
      await once(server, "close");
    });
    return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it("answers calls and batches under the numbers that they were given, many at once over one connection", async () => {
    const { proxy, url } = await proxied();
    const single = await transport.ask(url, call("eth_chainId", 7), PATIENCE_MS);
    expect(single.map(({ id, result }) => [id, BigInt(String(result))])).to.deep.equal(
      [[7, testChain.deployment.chainId]].map(([id, chain]) => [id, BigInt(chain as number)]),
    );
    const many = await Promise.all(
      Array.from({ length: 40 }, () => transport.ask(url, [call("eth_chainId", 1), call("eth_blockNumber", 2)], PATIENCE_MS)),
    );
    for (const answers of many) expect(answers.map(({ id }) => id).sort()).to.deep.equal([1, 2]);
    expect(proxy.attempts).to.equal(1);
  });

  it("is what the contracts are read by, errors of a call included", async () => {
    const chain = connectChain(socketUrl(testChain.url), testChain.deployment);
    cleanUps.push(() => chain.close());
    await assertExpectedChain(chain);
    const reverting = { to: testChain.deployment.contracts.transferStateRepo, data: "0x12345678" };
    const error = await chain.provider.estimateGas(reverting).catch((cause: unknown) => cause);
    expect(error).to.have.property("code", "CALL_EXCEPTION");
  });

  it("rejects what was asked when the connection is cut, and is connected to again by the next call", async () => {
    const { proxy, url } = await proxied();
    await transport.ask(url, call("eth_chainId"), PATIENCE_MS);
    proxy.judge(() => "cut-before");
    expect(await failure(transport.ask(url, call("eth_chainId"), PATIENCE_MS))).to.match(/ended/);
    proxy.judge(() => undefined);
    expect(await transport.ask(url, call("eth_chainId"), PATIENCE_MS)).to.have.length(1);
    expect(proxy.attempts).to.equal(2);
  });

  it("that takes no connection is said to, and used again once it does", async () => {
    const { proxy, url } = await proxied();
    proxy.refuse(true);
    expect(await failure(transport.ask(url, call("eth_chainId"), PATIENCE_MS))).not.to.equal("answered");
    proxy.refuse(false);
    expect(await failure(transport.ask(url, call("eth_chainId"), PATIENCE_MS))).to.equal("answered");
  });

  it("that says nothing at all loses its connection when the time is up", async () => {
    let silent = true;
    let connections = new Set<IncomingMessage>();
    const url = await fakeNode((socket, text, request) => {
      connections = connections.add(request);
      if (!silent) socket.send(JSON.stringify({ jsonrpc: "2.0", id: JSON.parse(text).id, result: "0x1" }));
    });
    expect(await failure(transport.ask(url, call("eth_chainId"), IMPATIENCE_MS))).to.match(/more than 150 ms/);
    silent = false;
    expect(await transport.ask(url, call("eth_chainId"), PATIENCE_MS)).to.have.length(1);
    expect(connections.size).to.equal(2);
  });

  it("that is slow with one call goes on answering the others over the same connection", async () => {
    const connections = new Set<IncomingMessage>();
    const url = await fakeNode((socket, text, request) => {
      connections.add(request);
      const { id, method } = JSON.parse(text);
      if (method === "eth_chainId") socket.send(JSON.stringify({ jsonrpc: "2.0", id, result: "0x1" }));
    });
    const slow = failure(transport.ask(url, call("eth_getLogs"), IMPATIENCE_MS));
    expect(await failure(transport.ask(url, call("eth_chainId"), PATIENCE_MS))).to.equal("answered");
    expect(await slow).to.match(/more than 150 ms/);
    expect(await failure(transport.ask(url, call("eth_chainId"), PATIENCE_MS))).to.equal("answered");
    expect(connections.size).to.equal(1);
  });

  const broken: [string, (id: number) => string, RegExp][] = [
    ["sends something that is no JSON", () => "<html>", /ended/],
    ["sends null", () => "null", /ended/],
    ["refuses a message without its number", () => '{"id":null,"error":{"message":"batch too large"}}', /batch too large/],
    ["leaves a call of a batch unanswered", (id) => JSON.stringify([{ id, result: "0x1" }]), /more than 150 ms/],
    ["answers under another number", (id) => JSON.stringify({ id: id + 1_000, result: "0x1" }), /more than 150 ms/],
  ];
  for (const [what, answer, expected] of broken) {
    it(`that ${what} has given no answer`, async () => {
      const url = await fakeNode((socket, text) => socket.send(answer(JSON.parse(text)[0].id)));
      const asked = transport.ask(url, [call("eth_chainId", 1), call("eth_blockNumber", 2)], IMPATIENCE_MS);
      expect(await failure(asked)).to.match(expected);
    });
  }

  it("that refuses a batch for its size, by an answer to the first call, has refused every call of it", async () => {
    const url = await fakeNode((socket, text) => {
      const [first] = JSON.parse(text) as JsonRpcPayload[];
      socket.send(JSON.stringify([{ jsonrpc: "2.0", id: first?.id, error: { code: -32_600, message: "batch too large" } }]));
    });
    const answers = await transport.ask(url, [call("eth_chainId", 1), call("eth_blockNumber", 2)], PATIENCE_MS);
    expect(answers.map((answer) => [answer.id, refusalOf(answer)?.message])).to.deep.equal([
      [1, "batch too large"],
      [2, "batch too large"],
    ]);
  });

  it("is told the user and the password of its URL (RFC 7617)", async () => {
    const seen: unknown[] = [];
    const url = await fakeNode((socket, text, { headers }) => {
      seen.push(headers.authorization);
      socket.send(JSON.stringify({ id: JSON.parse(text).id, result: "0x1" }));
    });
    await transport.ask(url.replace("ws://", "ws://us%20er:pass@"), call("eth_chainId"), PATIENCE_MS);
    expect(seen).to.deep.equal([`Basic ${Buffer.from("us er:pass").toString("base64")}`]);
  });

  it("is left for the next of several when it is gone, and its credentials are in no log", async () => {
    const { proxy, url } = await proxied();
    const { logger, lines } = recordingLogger();
    const quick = {
      requestTimeoutMs: 500,
      checkTimeoutMs: 500,
      checkIntervalMs: 50,
      lagMs: 40,
      coolDownMs: 100,
      distrustMs: 100,
    };
    const secret = url.replace("ws://", "ws://user:canary-secret@");
    const chain = connectChain([secret, testChain.url], testChain.deployment, { logger, pool: quick });
    cleanUps.push(() => chain.close());
    await assertExpectedChain(chain);
    proxy.refuse(true);
    expect(await chain.provider.getBlockNumber()).to.be.a("number");
    expect(lines.some(({ msg }) => /failed; using the next/.test(String(msg)))).to.equal(true);
    expect(JSON.stringify(lines)).not.to.include("canary-secret");
  });
});
