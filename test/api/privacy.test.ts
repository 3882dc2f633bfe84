import { expect } from "chai";
import { withoutPersonalData } from "../../src/api/http/request-log.js";
import { AppError } from "../../src/domain/app-error.js";
import { createFakeDeps } from "../../tools/api-fakes/fake-deps.js";
import { BODY, createTestApi, type TestApi } from "./api-under-test.js";

const CANARY_PHONE = "+66899999999";
const CANARY_DIGITS = "66899999999";
const CANARY_ACCOUNT = "CANARY123456";
const CANARY_KEY = "canary-api-key";
const CANARY_MESSAGE = "canary message";

describe("privacy", () => {
  let test: TestApi;

  beforeEach(async () => {
    test = await createTestApi();
    test.deps.principals.set(CANARY_KEY, {
      id: "canary",
      scopes: ["transfers:write", "transfers:read", "accounts:read", "accounts:write"],
      payers: "any",
      expiresAt: null,
    });
  });

  afterEach(() => test.api.close());

  it("lets no phone number, account, message or key into a log, whatever is asked and however it fails", async () => {
    const body = { ...BODY, payee: { phone: CANARY_PHONE }, message: CANARY_MESSAGE };
    const account = { phone: CANARY_PHONE, bank: "FAASTHB1", account: CANARY_ACCOUNT };
    const headers = { authorization: `Bearer ${CANARY_KEY}`, "content-type": "application/json", "idempotency-key": "key-1" };
    const post = (url: string, payload: string, extra = {}) =>
      test.api.inject({ method: "POST", url, payload, headers: { ...headers, ...extra } });
    const ask = async () => {
      await post("/v1/transfers", JSON.stringify(body));
      await post("/v1/transfers", JSON.stringify(body).slice(0, -2));
      await post("/v1/transfers", JSON.stringify({ ...body, [CANARY_PHONE]: CANARY_PHONE }));
      await post("/v1/transfers", JSON.stringify(body), { "content-type": "text/plain" });
      await post("/v1/transfers", JSON.stringify(body), { "idempotency-key": CANARY_PHONE });
      await post(`/v1/transfers?phone=${CANARY_PHONE}`, JSON.stringify(body));
      await post("/v1/phone-accounts", JSON.stringify(account));
      await post("/v1/phone-accounts", JSON.stringify({ ...account, account: `${CANARY_ACCOUNT}-` }));
      for (const phone of [
        CANARY_PHONE,
        encodeURIComponent(CANARY_PHONE),
        CANARY_DIGITS,
        `${CANARY_PHONE}%zz`,
        CANARY_PHONE.repeat(20),
      ]) {
        for (const path of [
          `/v1/phone-accounts/${phone}`,
          `/v1/transfers/${phone}`,
          `/${phone}`,
          `/v1/phone-accounts/${phone}/x`,
        ]) {
          for (const method of ["GET", "PUT", "HEAD", "OPTIONS"] as const) await test.api.inject({ method, url: path, headers });
        }
      }
    };
    await ask();
    test.deps.failure = new Error(`row for ${CANARY_PHONE} is broken`, { cause: new Error(`%2B${CANARY_DIGITS}`) });
    await ask();
    test.deps.failure = new AppError("store-unavailable", `Cannot reach ${CANARY_PHONE}`, { cause: CANARY_PHONE });
    await ask();
    const log = test.deps.log();
    expect(log.split("\n").length).to.be.above(200);
    expect(log).to.include('"route":"/v1/phone-accounts/:phone"').and.to.include("request failed");
    for (const canary of [CANARY_DIGITS, CANARY_ACCOUNT, CANARY_MESSAGE, CANARY_KEY]) expect(log).not.to.include(canary);
  });

  it("repeats no phone number in any problem", async () => {
    const responses = [
      await test.start({ ...BODY, payee: { phone: CANARY_PHONE } }),
      await test.start({ ...BODY, payee: { phone: `${CANARY_PHONE}x` } }),
      await test.start({ ...BODY, [CANARY_PHONE]: 1 }),
      await test.get(`/v1/phone-accounts/${CANARY_PHONE}`),
      await test.get(`/v1/phone-accounts/${CANARY_PHONE}0000`),
      await test.get(`/${CANARY_PHONE}%zz`),
      await test.get(`/${CANARY_PHONE}`),
    ];
    for (const { statusCode, body } of responses) {
      expect(statusCode).to.be.within(400, 499);
      expect(body).not.to.include(CANARY_DIGITS);
    }
  });

  it("would notice a canary in the log", async () => {
    const deps = await createFakeDeps();
    deps.logger.info({ url: CANARY_PHONE }, "x");
    expect(deps.log()).to.include(CANARY_DIGITS);
    withoutPersonalData(deps.logger).error({ err: `thrown ${CANARY_PHONE}` }, "x");
    expect(deps.log().split("\n")[1]).to.include("thrown +66").and.not.to.include(CANARY_DIGITS);
  });
});
