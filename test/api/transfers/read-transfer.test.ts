import { expect } from "chai";
import { NOW_MS } from "../../../tools/api-fakes/fake-deps.js";
import { createTestApi, expectProblem, type TestApi } from "../api-under-test.js";
import { viewOf } from "./transfer-views.js";

describe("GET /v1/transfers/{id}", () => {
  let test: TestApi;
  let id: string;

  beforeEach(async () => {
    test = await createTestApi();
    id = (await test.start()).json().id;
  });

  afterEach(() => test.api.close());

  it("shows a transfer that is journalled only as NONE", async () => {
    const response = await test.get(`/v1/transfers/${id}`);
    expect(response.statusCode).to.equal(200);
    expect(response.json()).to.include({ id, state: "NONE", final: false });
  });

  it("shows a refused start as REJECTED, with the cause", async () => {
    test.deps.refuse(id, "PAYEE_BANK_INACTIVE");
    const transfer = (await test.get(`/v1/transfers/${id}`)).json();
    expect(transfer).to.include({ state: "REJECTED", cause: "payee-bank-inactive", final: true });
  });

  it("takes the chain's word over the journal's", async () => {
    test.deps.refuse(id, "EXISTS");
    test.deps.setView(viewOf(id, { state: "SUSPENDED", suspendedFrom: "REVERSING", reason: "AC04", amountMinor: 7n }));
    const transfer = (await test.get(`/v1/transfers/${id}`)).json();
    expect(transfer).to.deep.include({ state: "SUSPENDED", suspendedFrom: "REVERSING", reason: "AC04", final: false });
    expect(transfer).to.deep.include({ amount: { amount: "7", currency: "THB" }, updatedAt: "2026-01-31T12:00:04.000Z" });
    expect(transfer).not.to.have.property("cause");
  });

  it("names a currency that it does not know by its number", async () => {
    test.deps.setView(viewOf(id, { currencyNumeric: 7 }));
    expect((await test.get(`/v1/transfers/${id}`)).json().amount.currency).to.equal("007");
  });

  it("answers alike to what does not exist, is malformed or is another's", async () => {
    const foreign = expectProblem(await test.get(`/v1/transfers/${id}`, "bob-key"), 404, "not-found");
    const others = [`0x${"00".repeat(32)}`, "1", id.toUpperCase(), `${id}00`, "%00", "..%2f..", "x".repeat(99)];
    for (const other of others) {
      expect(expectProblem(await test.get(`/v1/transfers/${other}`), 404, "not-found")).to.deep.equal(foreign);
    }
    expectProblem(await test.get(`/v1/transfers/${id}/events`, "bob-key"), 404, "not-found");
    expectProblem(await test.get(`/v1/transfers/${"x".repeat(2_000)}`), 404, "not-found");
    expectProblem(await test.get("/v1/transfers/%zz"), 400, "invalid-request");
  });

  it("shows an operator every transfer, and one that only the chain knows to nobody else", async () => {
    const chainOnly = `0x${"cc".repeat(32)}`;
    test.deps.setView(viewOf(chainOnly));
    expect((await test.get(`/v1/transfers/${id}`, "operator-key")).statusCode).to.equal(200);
    expect((await test.get(`/v1/transfers/${chainOnly}`, "operator-key")).statusCode).to.equal(200);
    expectProblem(await test.get(`/v1/transfers/${chainOnly}`), 404, "not-found");
  });

  it("pages the events and the refusals, from the sequence that the page before ended with", async () => {
    const at = {
      ...{ blockHash: "0xb", transactionHash: "0xt", logIndex: 0, blockTime: new Date(NOW_MS), observedAt: new Date(NOW_MS) },
    };
    const numbers = Array.from({ length: 130 }, (_, index) => BigInt(index + 1));
    test.deps.eventLists.set(
      id,
      numbers.map((sequence) => ({ ...at, sequence, type: "eventmachine.transfer.suspended", blockNumber: 5n })),
    );
    const refusal = { ...at, blockNumber: 5, current: "COMPLETED", to: "PENDING", cause: "UNEXPECTED_STATE" } as const;
    test.deps.refusalLists.set(
      id,
      numbers.map((sequence) => ({ ...refusal, sequence })),
    );
    for (const list of ["events", "refusals"]) {
      const first = (await test.get(`/v1/transfers/${id}/${list}`)).json();
      expect([first[list].length, first.next]).to.deep.equal([100, "100"]);
      const last = (await test.get(`/v1/transfers/${id}/${list}?after=100`)).json();
      expect([last[list].length, last[list][0].sequence, last.next]).to.deep.equal([30, "101", undefined]);
      expect((await test.get(`/v1/transfers/${id}/${list}?limit=2`)).json()).to.have.property("next", "2");
      for (const wrong of ["limit=0", "limit=500", "after=-1", "cursor=1"]) {
        expectProblem(await test.get(`/v1/transfers/${id}/${list}?${wrong}`), 400, "invalid-request");
      }
      expectProblem(await test.get(`/v1/transfers/${id}/${list}`, "bob-key"), 404, "not-found");
    }
    expect((await test.get(`/v1/transfers/${id}/refusals?limit=1`)).json().refusals[0]).to.deep.equal({
      ...{ sequence: "1", current: "COMPLETED", to: "PENDING", cause: "UNEXPECTED_STATE" },
      ...{ time: "2026-01-31T12:00:00.000Z", observedAt: "2026-01-31T12:00:00.000Z", blockNumber: "5" },
      ...{ blockHash: "0xb", transactionHash: "0xt", logIndex: 0 },
    });
  });

  it("says the allowed range of a query parameter, and repeats no pattern", async () => {
    const { errors } = (await test.get(`/v1/transfers/${id}/events?limit=500`)).json();
    expect(errors).to.have.length(1);
    expect(errors[0].pointer).to.equal("/limit");
    expect(errors[0].detail).to.contain("from 1 to 100").and.not.to.contain("^(");
  });

  it("lists the events in the order of the chain", async () => {
    const event = {
      blockHash: "0xb",
      transactionHash: "0xt",
      logIndex: 0,
      blockTime: new Date(NOW_MS),
      observedAt: new Date(NOW_MS),
    };
    test.deps.eventLists.set(id, [
      { ...event, sequence: 1n, type: "eventmachine.transfer.started", state: "STARTED", blockNumber: 5n },
      {
        ...event,
        sequence: 9_007_199_254_740_993n,
        type: "eventmachine.transfer.rejected",
        state: "REJECTED",
        blockNumber: 6n,
        reason: "AM04",
        evidence: "0xe",
      },
    ]);
    const { transfer, events } = (await test.get(`/v1/transfers/${id}/events`)).json();
    expect(transfer).to.equal(id);
    expect(events).to.have.length(2);
    expect(events[1]).to.deep.equal({
      sequence: "9007199254740993",
      type: "eventmachine.transfer.rejected",
      state: "REJECTED",
      reason: "AM04",
      evidence: "0xe",
      time: "2026-01-31T12:00:00.000Z",
      observedAt: "2026-01-31T12:00:00.000Z",
      blockNumber: "6",
      blockHash: "0xb",
      transactionHash: "0xt",
      logIndex: 0,
    });
  });
});
