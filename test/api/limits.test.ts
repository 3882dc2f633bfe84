import { expect } from "chai";
import { BODY, createTestApi, expectProblem } from "./api-under-test.js";
import { UNKNOWN_PHONE } from "./fake-deps.js";

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
