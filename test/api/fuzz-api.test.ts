import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { expect } from "chai";
import { type FuzzResult, fuzzApi } from "../../scripts/check/fuzz-api/fuzz.js";
import { SCOPES } from "../../src/domain/principal.js";
import { PAYEE_BANK, PAYEE_PHONE, PAYER_BANK, PAYER_PHONE } from "../../tools/api-fakes/fake-deps.js";
import { createTestApi, type TestApi } from "./api-under-test.js";

const REQUESTS = 1_000;
// What is planted is met soon.
const REQUESTS_TO_FIND = 400;
const UNFORWARDED = new Set(["connection", "content-length", "host", "keep-alive", "transfer-encoding"]);
const NO_LIMITS = { requestsPerAddressMax: 1e9, requestsPerPrincipalMax: 1e9, phoneLookupsMax: 1e9, phoneMissesMax: 1e9 };

/** A WebSocket goes through as it is, or is cut once it is open. */
function passOn(
  { method, url, rawHeaders }: IncomingMessage,
  socket: Duplex,
  { target, cut }: { target: string; cut: boolean },
): void {
  const { hostname, port } = new URL(target);
  const outbound = connect(Number(port), hostname);
  const fields = rawHeaders.map((text, index) => (index % 2 === 0 ? `${text}: ` : `${text}\r\n`));
  outbound.write(`${method} ${url} HTTP/1.1\r\n${fields.join("")}\r\n`);
  for (const [one, other] of [
    [socket, outbound],
    [outbound, socket],
  ] as const) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
    if (!cut) one.pipe(other);
  }
  if (cut) outbound.once("data", (answer: Buffer) => socket.end(answer));
}

// That it finds nothing in the real system shows `test/system`; here, that it would.
describe("the API's fuzzer", function () {
  this.timeout(120_000);
  let test: TestApi;
  let cutsSockets: boolean;
  let damage: (path: string, answer: { status: number; text: string }) => { status: number; text: string };

  beforeEach(async () => {
    damage = (_path, answer) => answer;
    cutsSockets = false;
    test = await createTestApi(NO_LIMITS);
    test.deps.principals.set("alice-key", { id: "alice", payers: "any", scopes: SCOPES, expiresAt: null });
  });
  afterEach(() => test.api.close());

  /** Runs it against the API, behind something that damages its answers, until it has found a failure like the one that is looked for. */
  async function fuzz(lookedFor?: RegExp, requests = REQUESTS_TO_FIND): Promise<FuzzResult> {
    const behind = await test.api.listen({ host: "127.0.0.1", port: 0 });
    const proxy = createServer(async (request, response) => {
      const path = request.url?.split("?", 1)[0] ?? "";
      const headers = Object.entries(request.headers).filter(([name]) => !UNFORWARDED.has(name)) as [string, string][];
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const body = Buffer.concat(chunks);
      const { method = "GET" } = request;
      const answer = await fetch(`${behind}${request.url}`, { method, headers, ...(body.length > 0 && { body }) });
      const isStream = answer.headers.get("content-type")?.startsWith("text/event-stream") === true;
      if (isStream) await answer.body?.cancel();
      const { status, text } = damage(path, { status: answer.status, text: isStream ? "" : await answer.text() });
      const kept = [...answer.headers].filter(([name]) => !UNFORWARDED.has(name));
      response.writeHead(status, Object.fromEntries(kept)).end(text);
    }).listen(0, "127.0.0.1");
    proxy.on("upgrade", (request, socket) => passOn(request, socket, { target: behind, cut: cutsSockets }));
    // A busy machine must not have it close a connection that is about to be used.
    proxy.keepAliveTimeout = 0;
    await once(proxy, "listening");
    const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const about = { withoutScopes: ["functions:write"], phones: [PAYER_PHONE, PAYEE_PHONE], banks: [PAYER_BANK, PAYEE_BANK] };
    const isEnough = (failure: string) => lookedFor?.test(failure) ?? false;
    try {
      return await fuzzApi({ url, key: "alice-key", requests, seed: 42, concurrency: 4, isEnough, ...about });
    } finally {
      proxy.close();
    }
  }

  async function expectFound(lookedFor: RegExp): Promise<void> {
    expect((await fuzz(lookedFor)).failures.join("\n")).to.match(lookedFor);
  }

  it("finds nothing where nothing is", async () => {
    const { requests, failures, succeeded } = await fuzz(undefined, REQUESTS);
    expect(failures).to.deep.equal([]);
    expect(requests).to.equal(REQUESTS);
    expect([...succeeded]).to.include.members(["startTransfer", "createApiKey", "streamEvents"]);
  });

  it("finds an error of the server", async () => {
    // Starts are the most frequent requests: however many operations the API has, some of a run's starts come so far.
    test.deps.transfers.known = async () => {
      throw new Error("planted");
    };
    await expectFound(/startTransfer answered 500/);
  });

  it("finds an answer that breaks its schema", async () => {
    damage = (path, answer) =>
      path === "/healthz" && answer.status === 200 ? { ...answer, text: '{"status":"ok","more":1}' } : answer;
    await expectFound(/getHealth answered 200 with what breaks its schema/);
  });

  it("finds a status that is not documented", async () => {
    damage = (path, answer) => (path === "/healthz" && answer.status === 200 ? { ...answer, status: 206 } : answer);
    await expectFound(/getHealth answered 206, which is not documented/);
  });

  it("finds a WebSocket that ends without a word", async () => {
    cutsSockets = true;
    await expectFound(/openEventSocket answered 500/);
  });

  it("finds a refusal that is none", async () => {
    const lists = ["/v1/events", "/v1/transfers", "/v1/positions"];
    damage = (path, answer) => (lists.includes(path) && answer.status === 400 ? { ...answer, status: 200 } : answer);
    await expectFound(/answered 200 although the (parameter \w+|body) breaks its schema/);
  });

  it("finds a route that asks for no key", async () => {
    const { authenticate, principals } = test.deps;
    test.deps.authenticate = async (token) => (await authenticate(token)) ?? principals.get("alice-key");
    await expectFound(/answered \d+ (although there is no|without a) good key/);
  });
});
