import { expect } from "chai";
import { PAYER_PHONE, UNKNOWN_PHONE } from "../../../tools/api-fakes/fake-deps.js";
import { BODY, createTestApi, expectProblem } from "../api-under-test.js";

describe("limits", () => {
  it("refuse hits and misses alike to a caller who has named too many unknown numbers", async () => {
    const test = await createTestApi({ phoneMissesMax: 2 });
    const miss = () => test.start({ ...BODY, payee: { phone: UNKNOWN_PHONE } }, { "idempotency-key": "miss" });
    await test.start(BODY, { "idempotency-key": "before" });
    expectProblem(await miss(), 404, "not-found");
    expectProblem(await miss(), 404, "not-found");
    expectProblem(await miss(), 429, "too-many-requests");
    expectProblem(await test.start(), 429, "too-many-requests");
    expect((await test.start(BODY, { "idempotency-key": "before" })).statusCode, "a replay looks nothing up").to.equal(202);
    expect((await test.start(BODY, { authorization: "Bearer bob-key" })).statusCode).to.equal(202);
    test.deps.nowMs += 60_000;
    expect((await test.start()).statusCode).to.equal(202);
    await test.api.close();
  });

  it("count a look-up of an unknown number for more than one of a known", async () => {
    const test = await createTestApi({ phoneLookupsMax: 8, phoneMissesMax: 2 });
    const look = (phone: string) => test.get(`/v1/phone-accounts/${encodeURIComponent(phone)}`);
    for (let hits = 0; hits < 4; hits += 1) expect((await look(PAYER_PHONE)).statusCode).to.equal(200);
    for (let misses = 0; misses < 2; misses += 1) expectProblem(await look(UNKNOWN_PHONE), 404, "not-found");
    const refused = await look(PAYER_PHONE);
    expectProblem(refused, 429, "too-many-requests");
    expect(refused.headers["retry-after"]).to.equal("60");
    expectProblem(await test.start(), 429, "too-many-requests");
    await test.api.close();
  });

  it("refuse look-ups beyond their number, hits as well", async () => {
    const test = await createTestApi({ phoneLookupsMax: 1 });
    const look = () => test.get(`/v1/phone-accounts/${encodeURIComponent(PAYER_PHONE)}`);
    expect((await look()).statusCode).to.equal(200);
    expectProblem(await look(), 429, "too-many-requests");
    await test.api.close();
  });

  it("are told with every answer, and how much of each is left", async () => {
    const test = await createTestApi({ requestsPerAddressMax: 9, requestsPerPrincipalMax: 2 });
    const one = await test.get("/v1/transfers");
    expect(one.headers["ratelimit-policy"]).to.equal('"address";q=9;w=60, "principal";q=2;w=60');
    expect(one.headers.ratelimit).to.match(/^"address";r=8;t=\d+, "principal";r=1;t=\d+$/);
    await test.get("/v1/transfers");
    const refused = await test.get("/v1/transfers");
    expectProblem(refused, 429, "too-many-requests");
    expect(refused.headers.ratelimit).to.match(/^"address";r=6;t=\d+, "principal";r=0;t=\d+$/);
    await test.api.close();
  });

  it("meter a route by itself, by principal, and are told", async () => {
    const test = await createTestApi({ routeLimits: { "GET /v1/transfers/{id}": 1, "POST /v1/transfers": 2 } });
    const read = (key?: string) => test.get("/v1/transfers/0x01", key);
    const first = await read();
    expectProblem(first, 404, "not-found");
    expect(first.headers["ratelimit-policy"]).to.contain('"GET /v1/transfers/{id}";q=1;w=60');
    expectProblem(await read(), 429, "too-many-requests");
    expectProblem(await read("bob-key"), 404, "not-found");
    for (let count = 0; count < 2; count += 1) expect((await test.start()).statusCode).to.equal(202);
    expectProblem(await test.start(), 429, "too-many-requests");
    expect((await test.get("/v1/transfers")).statusCode).to.equal(200);
    await test.api.close();
  });

  it("name routes that there are", async () => {
    const refused = await createTestApi({ routeLimits: { "GET /v1/nothing": 1 } }).catch((error: unknown) => error);
    expect(refused).to.include({ code: "config-invalid" });
  });

  it("meter all requests of a caller", async () => {
    const test = await createTestApi({ requestsPerPrincipalMax: 2 });
    await test.start();
    await test.get("/v1/transfers/0x01");
    expectProblem(await test.start(), 429, "too-many-requests");
    expect((await test.start(BODY, { authorization: "Bearer bob-key" })).statusCode).to.equal(202);
    await test.api.close();
  });

  it("meter all requests of an address, whatever they ask for", async () => {
    const test = await createTestApi({ requestsPerAddressMax: 3 });
    expectProblem(await test.start(BODY, { authorization: "Bearer guess-1" }), 401, "unauthorized");
    expectProblem(await test.get("/nowhere"), 404, "not-found");
    expectProblem(await test.start(BODY, { authorization: "Bearer guess-2" }), 401, "unauthorized");
    expectProblem(await test.start(), 429, "too-many-requests");
    await test.api.close();
  });
});
