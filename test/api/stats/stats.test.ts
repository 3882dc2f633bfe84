import { expect } from "chai";
import { AppError } from "../../../src/domain/app-error.js";
import { createTestApi, expectProblem, type TestApi } from "../api-under-test.js";

describe("GET /v1/stats", () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await createTestApi();
  });
  afterEach(() => test.api.close());

  const ask = (key = "stats-key") => test.get("/v1/stats", key);

  it("tells what is open, what waits and how fast it goes", async () => {
    const response = await ask();
    expect(response.statusCode, response.body).to.equal(200);
    expect(response.json()).to.deep.equal({
      time: "2026-01-31T12:00:00.000Z",
      transfers: { COMPLETED: 5, STARTED: 1 },
      startsWaiting: { count: 2, oldestAgeSeconds: 0.5 },
      oldestOpen: { id: `0x${"ab".repeat(32)}`, state: "STARTED", ageSeconds: 3.012 },
      rates: { windowSeconds: 300, perSecond: { COMPLETED: 0.333 } },
      durations: { debit: { count: 9, p50Ms: 30, p95Ms: 60, p99Ms: 61 } },
      functions: [{ name: "faas-debit", behind: 1, waiting: 2, dead: 3, maxAttempts: 4, disabled: false }],
      watching: true,
      blocks: { head: "57", projected: "55", behind: 2 },
    });
  });

  it("leaves out what there is not, before the first block was read", async () => {
    Object.assign(test.deps.work, { oldestOpen: undefined, projectedBlock: undefined });
    const body = (await ask()).json<Record<string, unknown>>();
    expect(body).not.to.have.property("oldestOpen");
    expect(body.blocks).to.deep.equal({ head: "57" });
  });

  it("reads once for all who ask within two seconds", async () => {
    await Promise.all([ask(), ask(), ask()]);
    test.deps.nowMs += 1_999;
    await ask();
    expect(test.deps.statsReads).to.equal(1);
    test.deps.nowMs += 1;
    await ask();
    expect(test.deps.statsReads).to.equal(2);
  });

  it("needs a key with the scope stats:read", async () => {
    expectProblem(await test.api.inject({ method: "GET", url: "/v1/stats" }), 401, "unauthorized");
    expectProblem(await ask("alice-key"), 403, "forbidden");
  });

  it("says 503 while the store is away, and is back when the store is", async () => {
    test.deps.stats.work = () => Promise.reject(new AppError("store-unavailable", "away"));
    expectProblem(await ask(), 503, "store-unavailable");
    test.deps.stats.work = async () => test.deps.work;
    expect((await ask()).statusCode).to.equal(200);
  });

  it("tells how transfers went, second by second, and as of which event", async () => {
    expect((await test.get("/v1/stats/activity", "stats-key")).json()).to.deep.equal({
      ...{ time: "2026-01-31T12:00:00.000Z", sequence: "41", windowSeconds: 300, transfers: { COMPLETED: 5 } },
      changes: [{ time: "2026-01-31T12:00:00.000Z", from: "PENDING", to: "COMPLETED", count: 2 }],
    });
    expectProblem(await test.get("/v1/stats/activity", "alice-key"), 403, "forbidden");
  });

  it("tells what banks owe each other from a day of the calendar", async () => {
    expect((await test.get("/v1/positions?day=2026-01-31", "stats-key")).json()).to.deep.equal({
      day: "2026-01-31",
      positions: [
        {
          ...{ payer: { bank: "FAASTHB1" }, payee: { bank: "WHSKTHB1" }, transfers: 2 },
          amount: { amount: "12345", currency: "THB" },
        },
      ],
    });
    for (const query of ["", "?day=2026-02-30", "?day=2026-1-31", "?day=0000-00-00", "?day=2026-01-31&day=2026-01-30"]) {
      expectProblem(await test.get(`/v1/positions${query}`, "stats-key"), 400, "invalid-request");
    }
    expectProblem(await test.get("/v1/positions?day=2026-01-31", "alice-key"), 403, "forbidden");
  });

  it("tells what came of comparing a day's statements with the chain", async () => {
    expect((await test.get("/v1/reconciliations?day=2026-01-31", "stats-key")).json()).to.deep.equal({
      day: "2026-01-31",
      reconciliations: [
        {
          ...{ bank: "FAASTHB1", comparedAt: "2026-01-31T12:00:00.000Z" },
          counts: { agreed: 7, underway: 0, missing: 1, doubled: 0, amount: 0, unexplained: 0 },
          differences: [{ verdict: "missing", reference: "r", currency: "THB", chainAmount: "5", postings: 0 }],
        },
      ],
      failures: [{ bank: "WHSKTHB1", failedAt: "2026-01-31T12:00:00.000Z", code: "bank-protocol" }],
    });
    expectProblem(await test.get("/v1/reconciliations?day=2026-02-30", "stats-key"), 400, "invalid-request");
    expectProblem(await test.get("/v1/reconciliations?day=2026-01-31", "alice-key"), 403, "forbidden");
  });

  it("stands in the OpenAPI document", async () => {
    const document = (await test.get("/v1/openapi.json")).json<{ paths: Record<string, { get?: { responses: object } }> }>();
    expect(document.paths["/v1/stats"]?.get?.responses).to.include.keys("200", "401", "403", "429", "503");
  });
});
