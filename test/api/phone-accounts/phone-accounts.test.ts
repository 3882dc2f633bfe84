import { expect } from "chai";
import { openAccount } from "../../../src/domain/sealed-account.js";
import { PAYEE_BANK, PAYER_BANK, PAYER_PHONE, UNKNOWN_PHONE } from "../../../tools/api-fakes/fake-deps.js";
import { createTestApi, expectProblem, type TestApi } from "../api-under-test.js";

const BODY = { phone: UNKNOWN_PHONE, bank: PAYER_BANK, account: "TH9912345678" };

describe("POST /v1/phone-accounts", () => {
  let test: TestApi;
  const register = (body: unknown, key = "alice-key") =>
    test.api.inject({
      method: "POST",
      url: "/v1/phone-accounts",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      payload: JSON.stringify(body),
    });

  beforeEach(async () => {
    test = await createTestApi();
  });

  afterEach(() => test.api.close());

  it("registers the number, with the account sealed to its bank", async () => {
    const response = await register(BODY);
    expect(response.statusCode, response.body).to.equal(201);
    expect(response.json()).to.deep.equal({
      phone: UNKNOWN_PHONE,
      bank: PAYER_BANK,
      version: 1,
      transactionHash: `0x${"7a".repeat(32)}`,
    });
    const [entry] = test.deps.registered;
    const opener = test.deps.openers.get(PAYER_BANK);
    const account = entry && opener && (await openAccount(opener, entry.sealed, { aliasId: entry.alias, bank: entry.bank }));
    expect(account).to.equal(BODY.account);
    expect(entry?.alias).to.equal(test.deps.alias(UNKNOWN_PHONE));
  });

  it("answers 409 where a bank holds the number", async () => {
    expectProblem(await register({ ...BODY, phone: PAYER_PHONE }), 409, "conflict");
  });

  it("answers 409 where the bank takes no part any more", async () => {
    test.deps.recipients.delete(PAYER_BANK);
    expectProblem(await register(BODY), 409, "conflict");
  });

  it("answers 403 for a bank that this deployment or the caller does not act for, and without the scope", async () => {
    expectProblem(await register({ ...BODY, bank: PAYEE_BANK }), 403, "forbidden");
    expectProblem(await register(BODY, "reader-key"), 403, "forbidden");
    test.deps.principals.set("alice-key", { id: "alice", scopes: ["accounts:write"], payers: [PAYEE_BANK], expiresAt: null });
    expectProblem(await register(BODY), 403, "forbidden");
  });

  it("answers 401 without credentials", async () => {
    expectProblem(await register(BODY, "wrong"), 401, "unauthorized");
  });

  for (const account of ["", "12 34", "１２", "a".repeat(35), "1;2"]) {
    it(`answers 400 to the account ${JSON.stringify(account)}`, async () => {
      expectProblem(await register({ ...BODY, account }), 400, "invalid-request");
    });
  }

  for (const bank of ["", "faasthb1", "FAASTHB1XXX", "FAAS"]) {
    it(`answers 400 to the bank ${JSON.stringify(bank)}`, async () => {
      expectProblem(await register({ ...BODY, bank }), 400, "invalid-request");
    });
  }

  it("answers 422 to a malformed phone and 400 to an unknown field", async () => {
    expectProblem(await register({ ...BODY, phone: "0811111111" }), 422, "invalid-phone");
    expectProblem(await register({ ...BODY, version: 7 }), 400, "invalid-request");
  });
});

describe("GET /v1/phone-accounts/{phone}", () => {
  let test: TestApi;

  beforeEach(async () => {
    test = await createTestApi({ phoneLookupsMax: 3 });
  });

  afterEach(() => test.api.close());

  for (const phone of [PAYER_PHONE, encodeURIComponent(PAYER_PHONE)]) {
    it(`tells bank and version for ${phone}, and no more`, async () => {
      const response = await test.get(`/v1/phone-accounts/${phone}`);
      expect(response.statusCode, response.body).to.equal(200);
      expect(response.json()).to.deep.equal({ phone: PAYER_PHONE, bank: PAYER_BANK, version: 3 });
    });
  }

  it("answers 404 where nobody holds the number, 422 where it is none", async () => {
    expectProblem(await test.get(`/v1/phone-accounts/${UNKNOWN_PHONE}`), 404, "not-found");
    expectProblem(await test.get("/v1/phone-accounts/0811111111"), 422, "invalid-phone");
  });

  it("answers 403 without the scope", async () => {
    expectProblem(await test.get(`/v1/phone-accounts/${PAYER_PHONE}`, "reader-key"), 403, "forbidden");
  });

  it("meters look-ups by caller", async () => {
    for (let count = 0; count < 3; count += 1) await test.get(`/v1/phone-accounts/${PAYER_PHONE}`);
    expectProblem(await test.get(`/v1/phone-accounts/${PAYER_PHONE}`), 429, "too-many-requests");
    expectProblem(await test.get(`/v1/phone-accounts/${UNKNOWN_PHONE}`), 429, "too-many-requests");
    expect((await test.get(`/v1/phone-accounts/${PAYER_PHONE}`, "bob-key")).statusCode).to.equal(200);
  });
});
