import { expect } from "chai";
import { openDetails } from "../../../src/domain/details.js";
import { transferId } from "../../../src/domain/ids.js";
import {
  DOMAIN,
  NOW_MS,
  PAYEE_BANK,
  PAYEE_PHONE,
  PAYER_BANK,
  PAYER_PHONE,
  UNKNOWN_PHONE,
} from "../../../tools/api-fakes/fake-deps.js";
import { until } from "../../../tools/support/until.js";
import { BODY, createTestApi, expectProblem, type TestApi } from "../api-under-test.js";
import { viewOf } from "./transfer-views.js";

const ID = transferId({ domain: DOMAIN, organisation: "demo", principal: "alice", idempotencyKey: "key-1" });

describe("POST /v1/transfers", () => {
  let test: TestApi;

  beforeEach(async () => {
    test = await createTestApi();
  });

  afterEach(() => test.api.close());

  it("answers 202 with the transfer once it is journalled, and wakes the starter", async () => {
    const response = await test.start({ ...BODY, message: "lunch" });
    expect(response.statusCode, response.body).to.equal(202);
    expect(response.headers.location).to.equal(`/v1/transfers/${ID}`);
    expect(response.json()).to.deep.equal({
      id: ID,
      state: "NONE",
      final: false,
      payer: { bank: PAYER_BANK },
      payee: { bank: PAYEE_BANK },
      amount: { amount: "15000", currency: "THB" },
      deadline: "2026-01-31T13:00:00.000Z",
      acceptedAt: "2026-01-31T12:00:00.000Z",
      links: { self: `/v1/transfers/${ID}`, events: `/v1/transfers/${ID}/events` },
    });
    expect(test.deps.entries.get(ID)).to.include({
      principal: "alice",
      status: "accepted",
      amountMinor: 15_000n,
      currencyNumeric: 764,
    });
    expect(test.deps.woken).to.deep.equal([ID]);
  });

  it("seals to each bank what it needs, the message to the payee's bank only", async () => {
    await test.start({ ...BODY, message: "lunch" });
    const details = test.deps.entries.get(ID)?.details ?? new Uint8Array();
    const binding = {
      domain: DOMAIN,
      transferId: ID,
      payerBank: PAYER_BANK,
      payeeBank: PAYEE_BANK,
      currencyNumeric: 764,
      amountMinor: 15_000n,
    };
    const open = async (leg: "payer" | "payee", bank: string) => {
      const opener = test.deps.openers.get(bank);
      return opener && (await openDetails(opener, leg, details, binding));
    };
    expect(await open("payer", PAYER_BANK)).to.deep.equal({ aliasId: test.deps.alias(PAYER_PHONE), aliasVersion: 3 });
    expect(await open("payee", PAYEE_BANK)).to.deep.equal({
      aliasId: test.deps.alias(PAYEE_PHONE),
      aliasVersion: 3,
      message: "lunch",
    });
  });

  it("journals nothing personal", async () => {
    await test.start({ ...BODY, message: "lunch" });
    const entry = test.deps.entries.get(ID);
    expect(Object.keys(entry?.fieldHashes ?? {})).to.have.members([
      "/payer/phone",
      "/payee/phone",
      "/amount/amount",
      "/amount/currency",
      "/message",
      "/deadline",
    ]);
    for (const hash of Object.values(entry?.fieldHashes ?? {})) expect(hash).to.match(/^[0-9a-f]{64}$/);
    const text = JSON.stringify(entry, (_, value) => (typeof value === "bigint" ? String(value) : value));
    expect(text).not.to.match(/668|lunch/);
  });

  it("takes a deadline", async () => {
    const response = await test.start({ ...BODY, deadline: "2026-02-01T00:00:00+07:00" });
    expect(response.json().deadline).to.equal("2026-01-31T17:00:00.000Z");
  });

  describe("when the key is used again", () => {
    it("finds the same transfer, in its present state", async () => {
      await test.start();
      test.deps.setView(viewOf(ID, { state: "COMPLETED" }));
      const response = await test.start();
      expect(response.statusCode).to.equal(202);
      expect(response.headers["idempotent-replayed"]).to.equal("true");
      expect(response.json()).to.include({ id: ID, state: "COMPLETED", final: true });
      expect(test.deps.entries.size).to.equal(1);
    });

    it("finds it although the numbers have moved, the deadline has passed and the members come in another order", async () => {
      const body = { ...BODY, deadline: "2026-01-31T12:01:00Z" };
      await test.start(body);
      test.deps.directory.clear();
      test.deps.nowMs = NOW_MS + 365 * 86_400_000;
      const response = await test.start(Object.fromEntries(Object.entries(body).reverse()));
      expect([response.statusCode, response.headers["idempotent-replayed"]]).to.deep.equal([202, "true"]);
    });

    it("makes one transfer of a hundred requests at once", async () => {
      const responses = await Promise.all(Array.from({ length: 100 }, () => test.start()));
      expect(new Set(responses.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).to.equal(1);
      expect(test.deps.entries.size).to.equal(1);
      expect(responses.filter(({ headers }) => headers["idempotent-replayed"] === undefined)).to.have.length(1);
    });

    it("wakes the starter again while the start is not on the chain", async () => {
      await test.start();
      await test.start();
      expect(test.deps.woken).to.deep.equal([ID, ID]);
      test.deps.setView(viewOf(ID));
      await test.start();
      expect(test.deps.woken).to.have.length(2);
    });

    const OTHERS: Record<string, object> = {
      "/payer/phone": { payer: { phone: UNKNOWN_PHONE } },
      "/payee/phone": { payee: { phone: UNKNOWN_PHONE } },
      "/amount/amount": { amount: { amount: "15001", currency: "THB" } },
      "/amount/currency": { amount: { amount: "15000", currency: "USD" } },
      "/message": { message: "dinner" },
      "/deadline": { deadline: "2026-02-01T00:00:00Z" },
    };
    for (const [field, change] of Object.entries(OTHERS)) {
      it(`refuses another ${field}, and names it`, async () => {
        await test.start();
        const problem = expectProblem(await test.start({ ...BODY, ...change }), 422, "idempotency-key-reused");
        expect(problem.field).to.equal(field);
      });
    }

    it("refuses to leave a message out", async () => {
      await test.start({ ...BODY, message: "lunch" });
      expect(expectProblem(await test.start(), 422, "idempotency-key-reused").field).to.equal("/message");
    });

    it("is another transfer for another caller", async () => {
      await test.start();
      const response = await test.start({ ...BODY, message: "other" }, { authorization: "Bearer bob-key" });
      expect(response.statusCode).to.equal(202);
      expect(response.headers["idempotent-replayed"]).to.equal(undefined);
      expect(test.deps.entries.size).to.equal(2);
    });

    it("is not answered with the chain's transfer where the journal was lost: nobody can tell what was asked for", async () => {
      test.deps.setView(viewOf(ID, { state: "COMPLETED" }));
      const problem = expectProblem(await test.start(), 422, "idempotency-key-reused");
      expect(problem.transfer).to.equal(ID);
      expect(test.deps.entries.size).to.equal(0);
    });
  });

  describe("with Prefer: wait", () => {
    it("holds until the transfer is final and answers 200", async () => {
      const answer = test.start(BODY, { prefer: "respond-async, wait=30" });
      await until("the start is journalled", () => test.deps.entries.size === 1);
      test.deps.setView(viewOf(ID, { state: "PENDING", lastSequence: 2n }));
      test.deps.setView(viewOf(ID, { state: "COMPLETED", lastSequence: 3n }));
      const response = await answer;
      expect(response.statusCode).to.equal(200);
      expect(response.headers["preference-applied"]).to.equal("wait=30");
      expect(response.json()).to.include({ state: "COMPLETED", final: true });
    });

    it("answers 200 with the cause when the contract refuses the start", async () => {
      const answer = test.start(BODY, { prefer: "wait=30" });
      await until("the start is journalled", () => test.deps.entries.size === 1);
      test.deps.refuse(ID, "ORGANISATION_NOT_ADMITTED");
      const response = await answer;
      expect(response.statusCode).to.equal(200);
      expect(response.json()).to.include({ state: "REJECTED", cause: "organisation-not-admitted", final: true });
    });

    for (const [prefer, applied] of [
      ["wait=1", "wait=1"],
      ["respond-async, wait=1, wait=30", "respond-async, wait=1"],
    ] as const) {
      it(`answers 202 when the time of ${prefer} runs out`, async () => {
        const response = await test.start(BODY, { prefer });
        expect([response.statusCode, response.headers["preference-applied"]]).to.deep.equal([202, applied]);
      });
    }

    for (const prefer of ["respond-async", 'Respond-Async=""; x=y', "return=minimal,respond-async"]) {
      it(`answers 202 at once to ${prefer}, and says so`, async () => {
        const response = await test.start(BODY, { prefer });
        expect([response.statusCode, response.headers["preference-applied"]]).to.deep.equal([202, "respond-async"]);
      });
    }

    it("waits a minute at most", async () => {
      const answer = test.start(BODY, { prefer: 'wait="86400"; foo=bar' });
      await until("the start is journalled", () => test.deps.entries.size === 1);
      test.deps.setView(viewOf(ID, { state: "REJECTED", reason: "AM04" }));
      const response = await answer;
      expect(response.headers["preference-applied"]).to.equal("wait=60");
      expect(response.json()).to.include({ state: "REJECTED", reason: "AM04" });
    });

    for (const prefer of [
      "wait=-1",
      "wait=abc",
      "wait",
      "wait=0",
      "return=minimal",
      "respond-async=1",
      "respond-asynchronously",
      "",
    ]) {
      it(`ignores ${JSON.stringify(prefer)}`, async () => {
        const response = await test.start(BODY, { prefer });
        expect([response.statusCode, response.headers["preference-applied"]]).to.deep.equal([202, undefined]);
      });
    }

    it("does not outlast the process", async () => {
      const answer = test.start(BODY, { prefer: "wait=60" });
      await until("the start is journalled", () => test.deps.entries.size === 1);
      await test.api.close();
      expect((await answer).statusCode).to.equal(202);
    });
  });
});
