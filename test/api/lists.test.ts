import { expect } from "chai";
import type { StoredEvent } from "../../src/domain/stored-event.js";
import type { ListedTransfer } from "../../src/domain/transfer-record.js";
import { NOW_MS, PAYEE_BANK, PAYER_BANK } from "../../tools/api-fakes/fake-deps.js";
import { createTestApi, expectJson, expectProblem, type TestApi } from "./api-under-test.js";
import { viewOf } from "./transfers/transfer-views.js";

const idOf = (number: number) => `0x${number.toString(16).padStart(64, "0")}`;

const listed = (number: number): ListedTransfer => ({
  position: { at: new Date(NOW_MS - number * 1_000), id: idOf(number) },
  entry: undefined,
  view: viewOf(idOf(number)),
});

const event: StoredEvent = {
  sequence: 9_007_199_254_740_993n,
  type: "eventmachine.transfer.started",
  transferId: idOf(1),
  state: "STARTED",
  payerBank: PAYER_BANK,
  payeeBank: PAYEE_BANK,
  blockNumber: 7,
  blockHash: "0xb7",
  blockTime: new Date(NOW_MS),
  observedAt: new Date(NOW_MS + 5),
  logIndex: 2,
  transactionHash: "0x77",
  refusalsBefore: 3n,
  data: { state: "STARTED", payerBank: PAYER_BANK, amount: { amount: "5", currency: "THB" }, secret: "not of the schema" },
};

describe("GET /v1/transfers", () => {
  let test: TestApi;

  beforeEach(async () => {
    test = await createTestApi();
    test.deps.listed = Array.from({ length: 250 }, (_, index) => listed(index));
  });

  afterEach(() => test.api.close());

  type Page = { transfers: { id: string }[]; next?: string };
  const page = async (query: string, key?: string) => expectJson<Page>(await test.get(`/v1/transfers${query}`, key));

  it("answers a page of a hundred, and where the next begins", async () => {
    const { transfers, next } = await page("");
    expect(transfers.map(({ id }) => id)).to.deep.equal(Array.from({ length: 100 }, (_, index) => idOf(index)));
    await page(`?cursor=${next}`);
    expect(test.deps.listQueries.at(-1)?.before).to.deep.equal(listed(99).position);
  });

  it("says on the last page that there is no other", async () => {
    test.deps.listed = test.deps.listed.slice(0, 20);
    expect(await page("?limit=20")).not.to.have.property("next");
    expect(await page("?limit=19")).to.have.property("next");
  });

  it("asks for the caller's own, and for everybody's for an operator", async () => {
    await page("");
    await page("", "operator-key");
    expect(test.deps.listQueries.map(({ principal }) => principal)).to.deep.equal(["alice", undefined]);
  });

  it("filters by state, bank and time", async () => {
    await page("?state=PENDING&bank=WHSKTHB1&from=2026-01-01T00:00:00%2B07:00&to=2026-02-01T00:00:00Z");
    expect(test.deps.listQueries[0]).to.deep.equal({
      principal: "alice",
      state: "PENDING",
      bank: "WHSKTHB1",
      from: new Date("2025-12-31T17:00:00Z"),
      to: new Date("2026-02-01T00:00:00Z"),
      limit: 101,
    });
  });

  const BAD = [
    ...["limit=0", "limit=101", "limit=-1", "limit=1.5", "limit=0x5", "limit=true", "limit=", "limit=1&limit=2", "limit=%D9%A1"],
    ...[
      "state=GONE",
      "state=pending",
      "bank=faasthb1",
      "bank=FAASTHB1&bank=WHSKTHB1",
      "from=yesterday",
      "to=2026-02-31T00:00:00Z",
    ],
    ...["cursor=", "cursor=x", `cursor=${"A".repeat(600)}`, "principal=bob", "__proto__=1"],
  ];
  for (const query of BAD) {
    it(`answers 400 to ?${query.slice(0, 40)}`, async () => {
      expectProblem(await test.get(`/v1/transfers?${query}`), 400, "invalid-request");
      expect(test.deps.listQueries).to.have.length(0);
    });
  }

  it("answers 400 to a cursor that was forged, is another list's or another caller's", async () => {
    const cursor = (await page("?state=PENDING")).next ?? "";
    const bytes = Buffer.from(cursor, "base64url");
    const forged = [bytes.length - 1, 0].map((at) =>
      Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte))).toString("base64url"),
    );
    for (const other of [...forged, cursor.slice(0, -1), `${cursor}=`, `${cursor}.`, bytes.subarray(16).toString("base64url")]) {
      expectProblem(await test.get(`/v1/transfers?state=PENDING&cursor=${other}`), 400, "invalid-request");
    }
    expectProblem(await test.get(`/v1/transfers?cursor=${cursor}`), 400, "invalid-request");
    expectProblem(await test.get(`/v1/transfers?state=PENDING&cursor=${cursor}`, "bob-key"), 400, "invalid-request");
    await page(`?state=PENDING&limit=7&cursor=${cursor}`);
  });

  it("answers 401 without a key and 403 without the scope", async () => {
    expectProblem(await test.get("/v1/transfers", "wrong"), 401, "unauthorized");
    test.deps.principals.set("writer", { id: "writer", scopes: ["transfers:write"], payers: "any", expiresAt: null });
    expectProblem(await test.get("/v1/transfers", "writer"), 403, "forbidden");
  });
});

describe("GET /v1/events", () => {
  let test: TestApi;

  beforeEach(async () => {
    test = await createTestApi();
    test.deps.eventPage = { events: [event], next: event.sequence, final: event.sequence + 3n };
  });

  afterEach(() => test.api.close());

  it("shows events, and where to go on", async () => {
    expect(expectJson(await test.get("/v1/events?after=41"))).to.deep.equal({
      events: [
        {
          id: "31337-0xb7-2",
          sequence: "9007199254740993",
          refusalsBefore: 3,
          type: "eventmachine.transfer.started",
          state: "STARTED",
          transfer: idOf(1),
          payer: { bank: PAYER_BANK },
          payee: { bank: PAYEE_BANK },
          amount: { amount: "5", currency: "THB" },
          time: "2026-01-31T12:00:00.000Z",
          observedAt: "2026-01-31T12:00:00.005Z",
          blockNumber: "7",
          blockHash: "0xb7",
          transactionHash: "0x77",
          logIndex: 2,
        },
      ],
      next: "9007199254740993",
      final: "9007199254740996",
    });
  });

  it("asks for the caller's own, with the filters; for an operator for everybody's", async () => {
    await test.get(`/v1/events?after=41&limit=7&type=eventmachine.transfer.pending&bank=WHSKTHB1&transfer=${idOf(5)}`);
    await test.get("/v1/events", "operator-key");
    expect(test.deps.eventQueries).to.deep.equal([
      { after: 41n, principal: "alice", type: "eventmachine.transfer.pending", bank: "WHSKTHB1", transfer: idOf(5), limit: 7 },
      { after: 0n, limit: 100 },
    ]);
  });

  for (const query of ["after=-1", "after=1e3", "after=01", "after=9999999999999999999", "after=x", "after=1&after=2"]) {
    it(`answers 400 to ?${query}`, async () => {
      expectProblem(await test.get(`/v1/events?${query}`), 400, "invalid-request");
    });
  }
  for (const query of ["limit=101", "type=eventmachine.transfer.lost", "transfer=0x01", "bank=x", "sequence=1"]) {
    it(`answers 400 to ?${query}`, async () => {
      expectProblem(await test.get(`/v1/events?${query}`), 400, "invalid-request");
    });
  }

  it("answers 401 without a key", async () => {
    expectProblem(await test.get("/v1/events", "wrong"), 401, "unauthorized");
  });
});

describe("GET /v1/banks and /v1/functions", () => {
  let test: TestApi;
  const sealingKey = { version: 2, publicKey: `0x${"0a".repeat(32)}` };

  beforeEach(async () => {
    test = await createTestApi();
    test.deps.members = [
      { bank: PAYER_BANK, active: true, sealingKey },
      { bank: "GONETHB1", active: false, sealingKey },
    ];
  });

  it("shows the banks in pages, each once, and refuses a cursor of another list", async () => {
    const first = expectJson<{ banks: { bank: string }[]; next: string }>(await test.get("/v1/banks?limit=1"));
    expect(first.banks.map(({ bank }) => bank)).to.deep.equal([PAYER_BANK]);
    const second = await test.get(`/v1/banks?limit=1&cursor=${first.next}`);
    expect(expectJson<{ banks: { bank: string }[] }>(second).banks.map(({ bank }) => bank)).to.deep.equal(["GONETHB1"]);
    expect(expectJson(second)).not.to.have.property("next");
    expectProblem(await test.get(`/v1/functions?cursor=${first.next}`), 400, "invalid-request");
    for (const limit of ["0", "101", "x"]) expectProblem(await test.get(`/v1/banks?limit=${limit}`), 400, "invalid-request");
  });

  afterEach(() => test.api.close());

  it("shows the banks to anyone with a key, and which this deployment registers numbers for", async () => {
    const { banks } = expectJson<{ banks: unknown[] }>(await test.get("/v1/banks", "reader-key"));
    expect(banks).to.deep.equal([
      { bank: PAYER_BANK, active: true, sealingKey, registersHere: true },
      { bank: "GONETHB1", active: false, sealingKey, registersHere: false },
    ]);
    expect(expectJson(await test.get("/v1/banks/GONETHB1"))).to.include({ bank: "GONETHB1", active: false });
    expectProblem(await test.get("/v1/banks", "wrong"), 401, "unauthorized");
  });

  for (const bank of ["NONETHB1", "faasthb1", "x", "%00"]) {
    it(`answers 404 to the bank ${bank}`, async () => {
      expectProblem(await test.get(`/v1/banks/${bank}`), 404, "not-found");
    });
  }

  it("shows functions to whoever has the scope, without what their URLs may hold; errors of the deployment's own to operators only", async () => {
    test.deps.registry = [
      {
        name: "faas-debit",
        url: "https://user:pass@functions.example/debit?token=t",
        types: ["eventmachine.transfer.started"],
        payerBank: PAYER_BANK,
        payeeBank: null,
        batchSize: 100,
        concurrency: 2,
        position: 41n,
        behind: 1,
        waiting: 2,
        dead: 3,
        oldestWaiting: new Date(NOW_MS),
        disabledReason: null,
        lastError: "HTTP 500",
        owner: null,
        ofPrincipal: null,
        currency: 764,
        retry: null,
        previousSecretUntil: null,
        createdAt: new Date(NOW_MS),
        updatedAt: new Date(NOW_MS),
        recent: { count: 9, failed: 1, p50Ms: 20, p95Ms: 40, p99Ms: 41 },
      },
    ];
    const shown = {
      name: "faas-debit",
      url: "https://functions.example/debit",
      types: ["eventmachine.transfer.started"],
      filter: { payerBank: PAYER_BANK, currency: "THB" },
      batchSize: 100,
      concurrency: 2,
      enabled: true,
      position: "41",
      behind: 1,
      waiting: 2,
      dead: 3,
      oldestWaitingAt: "2026-01-31T12:00:00.000Z",
      recent: { count: 9, failed: 1, p50Ms: 20, p95Ms: 40, p99Ms: 41 },
      createdAt: "2026-01-31T12:00:00.000Z",
      updatedAt: "2026-01-31T12:00:00.000Z",
    };
    expect(expectJson(await test.get("/v1/functions"))).to.deep.equal({ functions: [shown] });
    const scopes = ["functions:read", "transfers:read-any"];
    test.deps.principals.set("operator-key", { id: "operator", scopes, payers: [], expiresAt: null });
    expect(expectJson(await test.get("/v1/functions", "operator-key"))).to.deep.equal({
      functions: [{ ...shown, lastError: "HTTP 500" }],
    });
    expectProblem(await test.get("/v1/functions", "reader-key"), 403, "forbidden");
  });
});
