import { type AddressInfo, connect } from "node:net";
import { expect } from "chai";
import { createApi } from "../../../src/api/app.js";
import { createTestApi, expectProblem, type TestApi } from "../api-under-test.js";

describe("the API's HTTP", () => {
  let test: TestApi;

  before(async () => {
    test = await createTestApi({ corsOrigins: ["https://dashboard.example"] });
  });

  after(() => test.api.close());

  const WRONG_METHODS = [
    ["GET", "/v1/phone-accounts", "POST"],
    ["PUT", "/v1/transfers", "GET, HEAD, POST"],
    ["POST", "/v1/events", "GET, HEAD"],
    ["DELETE", "/v1/transfers/0x01", "GET, HEAD"],
    ["POST", "/v1/transfers/0x01/events?x=1", "GET, HEAD"],
    ["PATCH", "/v1/phone-accounts", "POST"],
    ["POST", "/healthz", "GET, HEAD"],
    ["PROPFIND", "/v1/transfers", "GET, HEAD, POST"],
  ] as const;
  for (const [method, url, allow] of WRONG_METHODS) {
    it(`answers 405 to ${method} ${url}, whatever the body`, async () => {
      const headers = { "content-type": "text/plain", authorization: "Bearer alice-key" };
      const payload = method === "GET" ? {} : { payload: "x" };
      const response = await test.api.inject({ method: method as "GET", url, headers, ...payload });
      expectProblem(response, 405, "method-not-allowed");
      expect(response.headers.allow).to.equal(allow);
      expect(response.headers["x-content-type-options"]).to.equal("nosniff");
    });
  }

  for (const url of [
    "/nowhere",
    "/v1",
    "/v1/",
    "/v1/transfers/",
    "//v1/transfers",
    "/v1/transfers/0x01/other",
    "/%2e%2e/etc/passwd",
  ]) {
    it(`answers 404 to ${url}`, async () => {
      expectProblem(await test.get(url), 404, "not-found");
    });
  }

  it("is healthy while the process answers", async () => {
    test.deps.checks = [{ name: "chain", ok: false, detail: "http://user:secret@node" }];
    const response = await test.get("/healthz");
    expect([response.statusCode, response.json().status]).to.deep.equal([200, "ok"]);
  });

  it("is ready while all that it needs is", async () => {
    test.deps.checks = [{ name: "chain", ok: true }];
    const response = await test.get("/readyz");
    expect([response.statusCode, response.json()]).to.deep.equal([200, { status: "ok", checks: [{ name: "chain", ok: true }] }]);
  });

  it("is not ready when something is not, and says what, but no more", async () => {
    test.deps.checks = [
      { name: "chain", ok: false, detail: "http://user:secret@node" },
      { name: "store", ok: true },
    ];
    const response = await test.get("/readyz");
    expect(response.statusCode).to.equal(503);
    expect(Number(response.headers["retry-after"])).to.be.above(0);
    expect(response.json().checks).to.deep.equal([
      { name: "chain", ok: false },
      { name: "store", ok: true },
    ]);
  });

  it("tells at the root where things are", async () => {
    const response = await test.api.inject("/");
    expect(response.json().links.openapi).to.equal("/v1/openapi.json");
    expect(response.headers["cache-control"]).to.equal("no-store");
  });

  it("serves a reference page, from here alone", async () => {
    const page = await test.api.inject("/docs/");
    expect(page.statusCode).to.equal(200);
    const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = ""]) => path);
    expect(assets.length).to.be.above(3);
    for (const path of assets) {
      expect(path)
        .to.match(/^(\.?\/|[\w-]+[./])/)
        .and.not.include("//");
      expect((await test.api.inject(new URL(path, "http://api/docs/").pathname)).statusCode, path).to.equal(200);
    }
    expect(page.headers["content-security-policy"]).to.match(/^default-src 'self'/);
    expect((await test.api.inject("/docs/json")).json().openapi).to.equal("3.1.0");
  });

  it("describes every route in OpenAPI 3.1, each answer with a schema", async () => {
    const app = createApi(test.deps);
    const routes = new Set<string>();
    app.addHook("onRoute", ({ url }) => void (url.startsWith("/docs") || routes.add(url.replaceAll(/:(\w+)/g, "{$1}"))));
    await app.ready();
    const document = (await app.inject("/v1/openapi.json")).json();
    await app.close();
    expect(document.openapi).to.equal("3.1.0");
    expect(routes.delete("/v1/openapi.json")).to.equal(true);
    expect(routes.size).to.be.above(25);
    expect(Object.keys(document.paths)).to.have.members([...routes]);
    type Operation = {
      responses: Record<string, { content?: Record<string, { schema?: object }> }>;
      parameters?: { name: string; required?: boolean }[];
    };
    const operations = (Object.values(document.paths) as Record<string, Operation>[]).flatMap((path) => Object.values(path));
    for (const { responses } of operations) {
      for (const [status, { content }] of Object.entries(responses)) {
        if (status === "204" || status === "101") continue;
        const types = Object.entries(content ?? {});
        expect(types, status).not.to.deep.equal([]);
        expect(types.filter(([, { schema }]) => schema === undefined)).to.deep.equal([]);
        if (Number(status) < 400 || status === "503") continue;
        expect(types.map(([type]) => type)).to.deep.equal(["application/problem+json"]);
      }
    }
    const parameters = document.paths["/v1/transfers"].post.parameters;
    expect(parameters.find(({ name }: { name: string }) => name === "idempotency-key")).to.include({
      in: "header",
      required: true,
    });
  });

  it("lets pages of the configured origins call, and no others", async () => {
    const preflight = (origin: string) =>
      test.api.inject({ method: "OPTIONS", url: "/v1/transfers", headers: { origin, "access-control-request-method": "POST" } });
    expect((await preflight("https://dashboard.example")).headers["access-control-allow-origin"]).to.equal(
      "https://dashboard.example",
    );
    expect((await preflight("https://evil.example")).headers["access-control-allow-origin"]).to.equal(undefined);
  });

  it("answers what is no HTTP with problem details, and hangs up", async () => {
    const answer = await exchange(await listeningPort(test), "POST /v1/phone-accounts/+66812345678 nonsense\r\n\r\n");
    expect(answer)
      .to.match(/^HTTP\/1\.1 400 /)
      .and.to.include("application/problem+json")
      .and.not.to.include("668");
    expect(test.deps.log()).not.to.include("668123");
  });

  const CODED = [
    ["Content-Encoding: gzip\r\nContent-Length: 2", 415],
    ["Content-Encoding: identity, BR\r\nContent-Length: 2", 415],
    ["Content-Encoding: identity\r\nContent-Length: 2", 400],
    ["Transfer-Encoding: gzip, chunked", 501],
    ["Transfer-Encoding: chunked", 400],
  ] as const;
  for (const [fields, status] of CODED) {
    it(`answers ${status} to a body with ${fields.split("\r\n")[0]}`, async () => {
      const port = await listeningPort(test);
      const head =
        "Host: api\r\nConnection: close\r\nAuthorization: Bearer alice-key\r\nIdempotency-Key: coded\r\nContent-Type: application/json";
      const body = fields.startsWith("Transfer") ? "2\r\n{}\r\n0\r\n\r\n" : "{}";
      const answer = await exchange(port, `POST /v1/transfers HTTP/1.1\r\n${head}\r\n${fields}\r\n\r\n${body}`);
      expect(answer)
        .to.match(new RegExp(`^HTTP/1.1 ${status} `))
        .and.to.include("application/problem+json");
      if (status === 415) expect(answer).to.match(/^accept-encoding: identity\r$/im);
    });
  }
});

/** The port of an API, which begins to listen unless it does already. */
async function listeningPort({ api }: TestApi): Promise<number> {
  if (!api.server.listening) await api.listen({ port: 0, host: "127.0.0.1" });
  return (api.server.address() as AddressInfo).port;
}

/** Sends bytes over a connection of their own; resolves with all that came back. */
function exchange(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.on("data", (chunk) => (text += String(chunk)));
    socket.on("close", () => resolve(text));
    socket.on("error", reject);
  });
}
