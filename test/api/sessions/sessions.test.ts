import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { createTestApi, expectJson, expectProblem, type TestApi } from "../api-under-test.js";

const SAME_ORIGIN = { "sec-fetch-site": "same-origin" };

describe("sessions of the dashboard", () => {
  let test: TestApi;

  beforeEach(async () => {
    test = await createTestApi();
  });

  afterEach(async () => {
    await test.api.close();
  });

  async function begin(headers: Record<string, string> = SAME_ORIGIN) {
    return await test.api.inject({
      method: "POST",
      url: "/v1/session",
      headers: { authorization: "Bearer alice-key", ...headers },
    });
  }

  async function cookieOf(headers?: Record<string, string>): Promise<string> {
    return String((await begin(headers)).headers["set-cookie"]).split(";")[0] ?? "";
  }

  const ask = (method: "GET" | "POST" | "DELETE", url: string, headers: Record<string, string>) =>
    test.api.inject({ method, url, headers });

  it("begin with a key, and say who it is and what it may do", async () => {
    const answer = await begin();
    const { scopes, ...session } = expectJson<{ scopes: string[] }>(answer, 201);
    expect(session).to.deep.equal({ principal: "alice", payers: "any", expiresAt: "2026-01-31T13:00:00.000Z" });
    expect(scopes).to.include("transfers:write");
    expect(answer.body).not.to.include("alice-key");
  });

  it("have a cookie that no script can read and no other site sends", async () => {
    const cookie = String((await begin()).headers["set-cookie"]);
    expect(cookie).to.match(/^event-machine-session=session-1; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/);
  });

  it("have a cookie that only TLS carries where TLS is", async () => {
    await test.api.close();
    test = await createTestApi({ trustProxy: true });
    const answer = await begin({ ...SAME_ORIGIN, "x-forwarded-proto": "https" });
    expect(String(answer.headers["set-cookie"])).to.match(/^__Host-event-machine-session=.*; Secure; /);
  });

  it("do not begin with what is no key, nor on another origin's page", async () => {
    expectProblem(await begin({ authorization: "Bearer nobody" }), 401, "unauthorized");
    expectProblem(await begin({ "sec-fetch-site": "same-site", origin: "http://127.0.0.1:9" }), 403, "forbidden");
  });

  it("stand for the key in what a page of this origin asks", async () => {
    const cookie = await cookieOf();
    expectJson(await ask("GET", "/v1/transfers", { cookie, ...SAME_ORIGIN }));
    expectJson(await ask("GET", "/v1/transfers", { cookie, "sec-fetch-site": "none" }));
    expect(expectJson<{ principal: string }>(await ask("GET", "/v1/session", { cookie, ...SAME_ORIGIN })).principal).to.equal(
      "alice",
    );
  });

  const foreign: [string, "GET" | "POST" | "DELETE", Record<string, string>][] = [
    ["another site", "GET", { "sec-fetch-site": "cross-site" }],
    ["another port of the same host", "GET", { "sec-fetch-site": "same-site" }],
    ["another site that writes", "DELETE", { "sec-fetch-site": "cross-site", origin: "https://elsewhere.example" }],
    ["an address that somebody typed, if it writes", "DELETE", { "sec-fetch-site": "none" }],
    ["an old browser's page of another origin", "DELETE", { host: "bank.example", origin: "http://elsewhere.example" }],
    ["an old browser's page without an origin, if it writes", "DELETE", { host: "bank.example", origin: "null" }],
    ["an old browser's page of this host on https", "DELETE", { host: "bank.example", origin: "https://bank.example" }],
    ["an old browser's page of this host on another port", "DELETE", { host: "bank.example", origin: "http://bank.example:81" }],
    ["what names no origin, if it writes", "DELETE", {}],
    ["another origin's WebSocket", "GET", { upgrade: "websocket", connection: "upgrade", origin: "http://elsewhere.example" }],
  ];
  for (const [who, method, headers] of foreign) {
    it(`do not stand for the key in what ${who} asks`, async () => {
      const cookie = await cookieOf();
      expectProblem(await ask(method, "/v1/session", { cookie, ...headers }), 401, "unauthorized");
      expectJson(await ask("GET", "/v1/session", { cookie, ...SAME_ORIGIN }));
    });
  }

  it("are taken from an old browser's page of this origin", async () => {
    const cookie = await cookieOf();
    const own = { cookie, host: "bank.example", origin: "http://bank.example" };
    expect((await ask("DELETE", "/v1/session", own)).statusCode).to.equal(204);
    expectProblem(await ask("GET", "/v1/session", { cookie, ...SAME_ORIGIN }), 401, "unauthorized");
  });

  it("end when they are ended, and the browser forgets the cookie", async () => {
    const cookie = await cookieOf();
    const ended = await ask("DELETE", "/v1/session", { cookie, ...SAME_ORIGIN });
    expect(ended.statusCode).to.equal(204);
    expect(String(ended.headers["set-cookie"])).to.match(/^event-machine-session=; .*Expires=Thu, 01 Jan 1970/);
    expectProblem(await ask("GET", "/v1/transfers", { cookie, ...SAME_ORIGIN }), 401, "unauthorized");
  });

  it("count for nothing beside a bearer token, good or bad", async () => {
    const cookie = await cookieOf();
    const headers = { cookie, ...SAME_ORIGIN, authorization: "Bearer nobody" };
    expectProblem(await ask("GET", "/v1/transfers", headers), 401, "unauthorized");
  });

  it("have the key's scopes and no more", async () => {
    test.deps.principals.set("reader-key", { id: "reader", scopes: ["transfers:read"], payers: "any", expiresAt: null });
    const cookie = await cookieOf({ ...SAME_ORIGIN, authorization: "Bearer reader-key" });
    expectJson(await ask("GET", "/v1/transfers", { cookie, ...SAME_ORIGIN }));
    expectProblem(await ask("GET", "/v1/stats", { cookie, ...SAME_ORIGIN }), 403, "forbidden");
  });
});

describe("the dashboard's page", () => {
  let folder: string;
  let test: TestApi;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "event-machine-dashboard-"));
    await mkdir(join(folder, "assets"));
    await writeFile(join(folder, "index.html"), "<!doctype html><title>Event Machine</title>");
    await writeFile(join(folder, "assets", "main-12345678.js"), "export {};");
    test = await createTestApi({ dashboardFolder: folder });
  });

  after(async () => {
    await test.api.close();
    await rm(folder, { recursive: true });
  });

  const get = (url: string, accept?: string) => test.api.inject({ url, headers: accept === undefined ? {} : { accept } });

  it("is what a browser gets at /, under a policy that lets it use its own things only", async () => {
    const page = await get("/", "text/html,application/xhtml+xml,*/*;q=0.8");
    expect(page.headers["content-type"]).to.equal("text/html; charset=utf-8");
    expect(page.body).to.include("<title>Event Machine</title>");
    const policy = String(page.headers["content-security-policy"]);
    expect(policy).to.match(/^default-src 'none'; script-src 'self'; style-src 'self'; /);
    expect(policy).not.to.match(/unsafe|https?:|\*/);
    expect(page.headers.vary).to.match(/accept/i);
  });

  it("is not what a client gets there", async () => {
    for (const accept of [undefined, "*/*", "application/json", "application/json, text/html;q=0", "text/htmlx"]) {
      expect(expectJson<{ name: string }>(await get("/", accept)).name).to.equal("Event Machine");
    }
  });

  it("has assets that browsers keep for ever, and nothing beside them", async () => {
    const asset = await get("/assets/main-12345678.js");
    expect(asset.statusCode).to.equal(200);
    expect(asset.headers["cache-control"]).to.equal("public, max-age=31536000, immutable");
    for (const url of ["/assets/", "/assets/gone.js", "/assets/..%2findex.html", "/assets/%2e%2e/index.html", "/index.html"]) {
      expectProblem(await get(url), 404, "not-found");
    }
  });

  it("is absent where none is built", async () => {
    const { api } = await createTestApi();
    const answer = await api.inject({ url: "/", headers: { accept: "text/html" } });
    expect(expectJson<{ name: string }>(answer).name).to.equal("Event Machine");
    expectProblem(await api.inject({ url: "/assets/main-12345678.js" }), 404, "not-found");
    await api.close();
  });
});
