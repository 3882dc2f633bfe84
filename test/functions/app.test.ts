import { expect } from "chai";
import { CloudEvent, HTTP } from "cloudevents";
import type { FastifyInstance } from "fastify";
import { Webhook } from "standardwebhooks";
import { AppError } from "../../src/domain/app-error.js";
import { createFunctionApp, type FunctionAppDeps } from "../../src/functions/app.js";
import { SILENT } from "../../tools/support/logger.js";

const SECRET = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
const NEXT_SECRET = `whsec_${Buffer.alloc(32, 2).toString("base64")}`;
const BATCH = "application/cloudevents-batch+json";

describe("a function's HTTP side", () => {
  let app: FastifyInstance;
  let handled: string[][];
  let handle: FunctionAppDeps["handle"];

  beforeEach(() => {
    handled = [];
    handle = async () => [];
    app = createFunctionApp({
      secrets: [SECRET, NEXT_SECRET],
      logger: SILENT,
      handle: async (events) => {
        handled.push(events.map(({ id }) => id));
        return await handle(events);
      },
      check: async () => {
        throw new AppError("chain-unexpected", "It is another chain.");
      },
    });
  });
  afterEach(() => app.close());

  const event = (id: string) =>
    new CloudEvent({ id, source: "/chains/1", type: "eventmachine.transfer.started", data: { a: 1 } });
  function post(body: string, { contentType = BATCH, secret = SECRET, at = new Date(), headers = {} } = {}) {
    const signed = {
      "webhook-id": "msg_1",
      "webhook-timestamp": String(Math.floor(at.getTime() / 1000)),
      "webhook-signature": new Webhook(secret).sign("msg_1", at, body),
    };
    return app.inject({ method: "POST", url: "/", headers: { "content-type": contentType, ...signed, ...headers }, body });
  }
  const batch = (...ids: string[]) => JSON.stringify(ids.map(event));
  const minutesFromNow = (minutes: number) => new Date(Date.now() + minutes * 60_000);

  it("takes a signed batch, and says what must come again", async () => {
    handle = async () => [{ id: "b", error: "not yet" }];
    const response = await post(batch("a", "b"));
    expect(response.statusCode).to.equal(200);
    expect(response.json()).to.deep.equal({ failed: [{ id: "b", error: "not yet" }] });
    expect(handled).to.deep.equal([["a", "b"]]);
  });

  it("takes a single event, structured or binary", async () => {
    const structured = HTTP.structured(event("s"));
    await post(String(structured.body), { contentType: "application/cloudevents+json" });
    const { "content-type": _type, ...headers } = HTTP.binary(event("b")).headers as Record<string, string>;
    await post('{"a":1}', { contentType: "application/json", headers });
    expect(handled).to.deep.equal([["s"], ["b"]]);
  });

  it("reads media types in any case, with any parameters", async () => {
    const single = (id: string) => String(HTTP.structured(event(id)).body);
    for (const contentType of [
      ...[
        "application/cloudevents+json; charset=UTF-8",
        "Application/CloudEvents+JSON",
        'application/cloudevents+json;charset="utf-8"',
      ],
      ...["APPLICATION/CLOUDEVENTS+JSON ; a=b"],
    ]) {
      expect((await post(single("s"), { contentType })).statusCode, contentType).to.equal(204);
    }
    for (const contentType of ["Application/CloudEvents-Batch+JSON", "application/cloudevents-batch+json; charset=UTF-8"]) {
      expect((await post(batch("a"), { contentType })).statusCode, contentType).to.equal(200);
    }
    const { "content-type": _type, ...headers } = HTTP.binary(event("b")).headers as Record<string, string>;
    const binary = await post('{"a":1}', { contentType: "APPLICATION/JSON; charset=UTF-8", headers });
    expect(binary.statusCode).to.equal(204);
  });

  it("answers 415 and 501 to a body in a coding", async () => {
    expect((await post(batch("a"), { headers: { "content-encoding": "gzip" } })).statusCode).to.equal(415);
    expect((await post(batch("a"), { headers: { "transfer-encoding": "gzip, chunked" } })).statusCode).to.equal(501);
    expect(handled).to.deep.equal([]);
  });

  it("answers a single event by the status alone, as a broker reads it", async () => {
    const single = (id: string) => post(String(HTTP.structured(event(id)).body), { contentType: "application/cloudevents+json" });
    const done = await single("a");
    expect([done.statusCode, done.body]).to.deep.equal([204, ""]);
    handle = async () => [{ id: "a", error: "not yet" }];
    const again = await single("a");
    expect(again.statusCode).to.equal(503);
    expect(again.headers["retry-after"]).to.equal("1");
    expect(again.json()).to.deep.equal({ failed: [{ id: "a", error: "not yet" }] });
  });

  it("takes what is not signed where it is told to", async () => {
    const behindBroker = createFunctionApp({
      secrets: "unsigned",
      logger: SILENT,
      handle: async (events) => {
        handled.push(events.map(({ id }) => id));
        return [];
      },
      check: async () => undefined,
    });
    const { headers, body } = HTTP.binary(event("b"));
    const response = await behindBroker.inject({
      method: "POST",
      url: "/",
      headers: headers as Record<string, string>,
      body: String(body),
    });
    expect(response.statusCode).to.equal(204);
    expect(handled).to.deep.equal([["b"]]);
    await behindBroker.close();
  });

  it("takes what is signed with either secret, while one is rotated out", async () => {
    expect((await post(batch("a"), { secret: NEXT_SECRET })).statusCode).to.equal(200);
  });

  const unsigned: [string, () => ReturnType<typeof post>][] = [
    ["has no signature", () => post(batch("a"), { headers: { "webhook-signature": "" } })],
    ["has no time", () => post(batch("a"), { headers: { "webhook-timestamp": "" } })],
    ["is signed with another secret", () => post(batch("a"), { secret: `whsec_${Buffer.alloc(32, 3).toString("base64")}` })],
    ["was changed on its way", () => post(batch("a"), { headers: { "webhook-id": "msg_2" } })],
    ["is six minutes old", () => post(batch("a"), { at: minutesFromNow(-6) })],
    ["is from six minutes ahead", () => post(batch("a"), { at: minutesFromNow(6) })],
  ];
  for (const [what, send] of unsigned) {
    it(`answers 401 to what ${what}, and does nothing`, async () => {
      const response = await send();
      expect(response.statusCode).to.equal(401);
      expect(response.json().type).to.match(/\/unauthorized$/);
      expect(handled).to.deep.equal([]);
    });
  }

  const malformed: [string, string, string?][] = [
    ["no JSON", "{"],
    ["an empty batch", "[]"],
    ["a batch of something else", "[1, null]"],
    ["an event without a type", '[{"specversion":"1.0","id":"1","source":"/a"}]'],
    ["more than a thousand events", batch(...Array.from({ length: 1_001 }, (_, index) => String(index)))],
    ["another media type", batch("a"), "text/plain"],
  ];
  for (const [what, body, contentType = BATCH] of malformed) {
    it(`answers 400 to ${what}, and does nothing`, async () => {
      const response = await post(body, { contentType });
      expect(response.statusCode, response.body).to.equal(400);
      expect(handled).to.deep.equal([]);
    });
  }

  it("answers 413 to what is too large", async () => {
    const response = await post(`["${"x".repeat(5 * 1024 * 1024)}"]`);
    expect(response.statusCode).to.equal(413);
    expect(response.json().type).to.match(/\/body-too-large$/);
  });

  it("answers 503 with Retry-After while it cannot work", async () => {
    handle = () => Promise.reject(new AppError("chain-unavailable", "The node is away."));
    const response = await post(batch("a"));
    expect(response.statusCode).to.equal(503);
    expect(response.headers["retry-after"]).to.equal("1");
    expect(response.json().type).to.match(/\/chain-unavailable$/);
  });

  it("answers 500 to what nobody has thought of, and keeps what it says to itself", async () => {
    handle = () => Promise.reject(new Error("select secret from accounts"));
    const response = await post(batch("a"));
    expect(response.statusCode).to.equal(500);
    expect(response.body).not.to.include("secret");
    expect(response.json().type).to.match(/\/internal$/);
  });

  it("is alive while it is not ready", async () => {
    expect((await app.inject("/healthz")).statusCode).to.equal(200);
    const response = await app.inject("/readyz");
    expect(response.statusCode).to.equal(503);
    expect(response.headers["retry-after"]).to.equal("1");
    expect(response.json().type).to.match(/\/chain-unexpected$/);
  });
});
