import { expect } from "chai";
import { ApiError, ConnectionError, createClient, type EventMachineClient } from "../../src/client/client.js";
import { backoffMs, retryAfterSeconds } from "../../src/client/pause.js";
import { startTcpProxy } from "../../tools/support/tcp-proxy.js";
import { until } from "../../tools/support/until.js";
import { BODY, createTestApi, type TestApi } from "../api/api-under-test.js";
import { expectError } from "./expect-error.js";
import { CUT, CUT_MIDWAY, SILENCE, startMisbehavingServer } from "./misbehaving-server.js";

const TRANSFER = { id: `0x${"1".repeat(64)}`, state: "STARTED", final: false };
const UNAVAILABLE = { status: 503, headers: { "retry-after": "0" }, body: {} };

describe("the client's retries", () => {
  let server: Awaited<ReturnType<typeof startMisbehavingServer>>;
  const clientOf = (url: string, more: object = {}): EventMachineClient =>
    createClient({ url, apiKey: "alice-key", backoff: { firstMs: 1, maxMs: 5 }, ...more });

  before(async () => {
    server = await startMisbehavingServer();
  });
  after(() => server.close());

  for (const [what, failure] of [
    ["a connection that is cut", CUT],
    ["an answer that is cut midway", CUT_MIDWAY],
    ["503", UNAVAILABLE],
    ["429", { ...UNAVAILABLE, status: 429 }],
    ["a proxy's 502", { status: 502, headers: { "content-type": "text/html" } }],
  ] as const) {
    it(`ask again after ${what}, under the same key and with the same body`, async () => {
      server.behave(failure, failure, { status: 202, body: TRANSFER });
      expect((await clientOf(server.url).transfers.create(BODY)).id).to.equal(TRANSFER.id);
      expect(server.seen).to.have.length(3);
      expect(new Set(server.seen.map(({ headers }) => headers["idempotency-key"])).size).to.equal(1);
      expect(server.seen[0]?.headers["idempotency-key"]).to.match(/^[0-9a-f]{32}$/);
      expect(new Set(server.seen.map(({ body }) => body))).to.deep.equal(new Set([JSON.stringify(BODY)]));
    });
  }

  it("make another key for another call, and keep the one that is given", async () => {
    server.behave({ status: 202, body: TRANSFER });
    const client = clientOf(server.url);
    await client.transfers.create(BODY);
    await client.transfers.create(BODY);
    await client.transfers.create(BODY, { idempotencyKey: "order-17" });
    const keys = server.seen.map(({ headers }) => headers["idempotency-key"]);
    expect(new Set(keys).size).to.equal(3);
    expect(keys[2]).to.equal("order-17");
  });

  it("move money once though the answer is lost: the API knows the key again", async () => {
    const test: TestApi = await createTestApi();
    const proxy = await startTcpProxy(await test.api.listen({ host: "127.0.0.1", port: 0 }));
    try {
      let lost = 0;
      proxy.judge((text) => (text.startsWith("POST ") && lost++ < 2 ? "cut-after" : undefined));
      const { id } = await clientOf(proxy.url).transfers.create(BODY);
      expect(lost).to.equal(3);
      expect([...test.deps.entries.keys()]).to.deep.equal([id]);
    } finally {
      await proxy.close();
      await test.api.close();
    }
  });

  it("wait as long as Retry-After says", async () => {
    server.behave({ ...UNAVAILABLE, headers: { "retry-after": "1" } }, { status: 200, body: TRANSFER });
    await clientOf(server.url).transfers.get(TRANSFER.id);
    const [first, second] = server.seen;
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).to.be.at.least(990);
  });

  it("do not wait longer than is allowed: the error says for how long it is", async () => {
    server.behave({ ...UNAVAILABLE, status: 429, headers: { "retry-after": "3600" } });
    const error = await expectError(clientOf(server.url).transfers.get(TRANSFER.id), ApiError);
    expect([error.status, error.retryAfterSeconds, server.seen.length]).to.deep.equal([429, 3_600, 1]);
  });

  it("are bounded; the error has the key to ask again under", async () => {
    server.behave(CUT);
    const given = { idempotencyKey: "order-18" };
    const error = await expectError(clientOf(server.url).transfers.create(BODY, given), ConnectionError);
    expect([error.attempts, error.idempotencyKey, server.seen.length]).to.deep.equal([5, "order-18", 5]);
    server.behave(UNAVAILABLE);
    const refused = await expectError(clientOf(server.url, { maxRetries: 1 }).transfers.create(BODY, given), ApiError);
    expect([refused.code, refused.idempotencyKey, server.seen.length]).to.deep.equal(["http-503", "order-18", 2]);
  });

  it("are not made for what may not be repeated, nor after an answer that stays", async () => {
    const client = clientOf(server.url);
    server.behave(CUT);
    await expectError(client.apiKeys.create({ principal: "shop", scopes: ["transfers:read"], payers: "any" }), ConnectionError);
    await expectError(client.functions.invoke("premiums", {}), ConnectionError);
    expect(server.seen).to.have.length(2);
    for (const status of [400, 401, 404, 409, 422, 500]) {
      server.behave({ status, body: {} });
      expect((await expectError(client.transfers.get(TRANSFER.id), ApiError)).status).to.equal(status);
      expect(server.seen, String(status)).to.have.length(1);
    }
  });

  it("take what an earlier try has deleted for deleted, and nothing else", async () => {
    const client = clientOf(server.url);
    server.behave(CUT, { status: 404, body: {} });
    await client.apiKeys.delete("abc");
    expect(server.seen).to.have.length(2);
    server.behave({ ...UNAVAILABLE, status: 429 }, { status: 404, body: {} });
    expect((await expectError(client.apiKeys.delete("abc"), ApiError)).status).to.equal(404);
  });

  it("give each try its time, and what is held its own besides", async () => {
    server.behave(SILENCE);
    const client = clientOf(server.url, { timeoutMs: 50, maxRetries: 1 });
    const error = await expectError(client.transfers.get(TRANSFER.id), ConnectionError);
    expect([error.isTimeout, error.attempts]).to.deep.equal([true, 2]);
    server.behave((response) => void setTimeout(() => response.writeHead(200).end(JSON.stringify(TRANSFER)), 300));
    expect((await client.transfers.create(BODY, { waitSeconds: 30 })).id).to.equal(TRANSFER.id);
    expect(server.seen[0]?.headers.prefer).to.equal("wait=30");
    expect(server.seen).to.have.length(1);
  });

  it("end when the caller says so, in a try or between two, with the caller's reason", async () => {
    const reason = new Error("enough");
    for (const behaviour of [SILENCE, { ...UNAVAILABLE, headers: { "retry-after": "30" } }]) {
      server.behave(behaviour);
      const abort = new AbortController();
      const call = expectError(clientOf(server.url).transfers.get(TRANSFER.id, { signal: abort.signal }), Error);
      await until("it was asked", () => server.seen.length > 0);
      abort.abort(reason);
      expect(await call).to.equal(reason);
      expect(server.seen).to.have.length(1);
    }
  });

  it("pause exponentially with full jitter, up to a limit", () => {
    const backoff = { firstMs: 100, maxMs: 1_000 };
    expect([1, 2, 3, 4, 5, 50].map((failures) => backoffMs(backoff, failures, () => 1))).to.deep.equal([
      ...[100, 200, 400, 800, 1_000, 1_000],
    ]);
    expect(backoffMs(backoff, 3, () => 0)).to.equal(0);
    expect(backoffMs(backoff, 3, () => 0.5)).to.equal(200);
  });

  it("read Retry-After as seconds or as a date", () => {
    const now = Date.parse("2026-01-31T12:00:00Z");
    const read = (value?: string) => retryAfterSeconds(new Headers(value === undefined ? {} : { "retry-after": value }), now);
    expect(read("7")).to.equal(7);
    expect(read("Sat, 31 Jan 2026 12:00:30 GMT")).to.equal(30);
    expect(read("Sat, 31 Jan 2026 11:00:00 GMT")).to.equal(0);
    expect([read(), read("soon"), read("-1x")]).to.deep.equal([undefined, undefined, undefined]);
  });
});
