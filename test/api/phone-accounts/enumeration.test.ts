import { expect } from "chai";
import { PAYEE_BANK, PAYEE_PHONE, PAYER_BANK, PAYER_PHONE } from "../../../tools/api-fakes/fake-deps.js";
import { BODY, createTestApi, type TestApi } from "../api-under-test.js";

const LIMIT = 10;
const BURST = 1_000;
const ACCOUNT = { account: "TH9912345678" };

/** A number that nobody holds, for each index. */
const unheld = (index: number) => `+6681${3_000_000 + index}`;

/** Each route that tells numbers that are held from those that are not: how it is asked, and which statuses cost a miss. */
const ROUTES: Record<string, { ask(test: TestApi, phone: string, index: number): ReturnType<TestApi["get"]>; telling: number }> =
  {
    "POST /v1/transfers, as the payee": {
      ask: (test, phone, index) => test.start({ ...BODY, payee: { phone } }, { "idempotency-key": `burst-${index}` }),
      telling: 404,
    },
    "POST /v1/transfers, as the payer": {
      ask: (test, phone, index) =>
        test.start({ ...BODY, payer: { phone }, payee: { phone: PAYEE_PHONE } }, { "idempotency-key": `burst-${index}` }),
      telling: 404,
    },
    "GET /v1/phone-accounts/{phone}": { ask: (test, phone) => test.get(`/v1/phone-accounts/${phone}`), telling: 404 },
    "PUT /v1/phone-accounts/{phone}": {
      ask: (test, phone) => test.send("PUT", `/v1/phone-accounts/${phone}`, ACCOUNT),
      telling: 404,
    },
    "DELETE /v1/phone-accounts/{phone}": {
      ask: (test, phone) => test.send("DELETE", `/v1/phone-accounts/${phone}`),
      telling: 404,
    },
    "POST …/claim": {
      ask: (test, phone) => test.send("POST", `/v1/phone-accounts/${phone}/claim`, { bank: PAYER_BANK, ...ACCOUNT }),
      telling: 409,
    },
    "GET …/claim": { ask: (test, phone) => test.get(`/v1/phone-accounts/${phone}/claim`), telling: 404 },
    "DELETE …/claim": { ask: (test, phone) => test.send("DELETE", `/v1/phone-accounts/${phone}/claim`), telling: 404 },
    "POST …/claim/confirmation": {
      ask: (test, phone) => test.send("POST", `/v1/phone-accounts/${phone}/claim/confirmation`),
      telling: 404,
    },
  };

describe("trying out phone numbers", () => {
  let test: TestApi;

  beforeEach(async () => {
    test = await createTestApi({ phoneMissesMax: LIMIT, phoneLookupsMax: 1_000_000 });
  });

  afterEach(() => test.api.close());

  const statuses = async (asked: ReturnType<TestApi["get"]>[]) => (await Promise.all(asked)).map(({ statusCode }) => statusCode);
  const count = (all: number[], status: number) => all.filter((one) => one === status).length;

  for (const [name, { ask, telling }] of Object.entries(ROUTES)) {
    it(`tells at most ${LIMIT} of ${BURST} parallel requests that a number is unknown: ${name}`, async () => {
      const all = await statuses(Array.from({ length: BURST }, (_, index) => ask(test, unheld(index), index)));
      expect(count(all, telling)).to.equal(LIMIT);
      expect(count(all, 429)).to.equal(BURST - LIMIT);
    });
  }

  it(`tells at most ${LIMIT} misses over all routes together`, async () => {
    const routes = Object.values(ROUTES);
    const all = await Promise.all(
      routes.flatMap(({ ask, telling }, route) =>
        Array.from(
          { length: 50 },
          async (_, index) => (await ask(test, unheld(index), 50 * route + index)).statusCode === telling,
        ),
      ),
    );
    expect(all.filter((told) => told)).to.have.length(LIMIT);
  });

  it("answers hits no more than misses once the budget is spent, in one burst too", async () => {
    for (let index = 0; index < BURST; index += 2) {
      test.deps.directory.set(test.deps.alias(unheld(index)), { bank: PAYEE_BANK, version: 1 });
    }
    const all = await statuses(Array.from({ length: BURST }, (_, index) => test.get(`/v1/phone-accounts/${unheld(index)}`)));
    expect(count(all, 404)).to.equal(LIMIT);
    // As if they came one by one: hits between the misses, and none after the last.
    expect(count(all, 200)).to.be.at.most(LIMIT + 1);
    expect(all.slice(3 * LIMIT).every((status) => status === 429)).to.equal(true);
  });

  it("spends nothing of other principals' budgets", async () => {
    await statuses(Array.from({ length: 2 * LIMIT }, (_, index) => test.get(`/v1/phone-accounts/${unheld(index)}`)));
    expect((await test.get(`/v1/phone-accounts/${PAYER_PHONE}`)).statusCode).to.equal(429);
    expect((await test.get(`/v1/phone-accounts/${PAYER_PHONE}`, "bob-key")).statusCode).to.equal(200);
  });

  it("gives a replay's miss back: the numbers of an accepted transfer may have been released", async () => {
    expect((await test.start()).statusCode).to.equal(202);
    test.deps.directory.delete(test.deps.alias(PAYEE_PHONE));
    for (let again = 0; again < 3 * LIMIT; again += 1) expect((await test.start()).statusCode).to.equal(202);
    expect((await test.get(`/v1/phone-accounts/${PAYER_PHONE}`)).statusCode).to.equal(200);
  });

  describe("by POST /v1/phone-accounts", () => {
    const register = (phone: string) => test.send("POST", "/v1/phone-accounts", { phone, bank: PAYER_BANK, ...ACCOUNT });

    it("lets a bank register its own customers, as many as it has, and again", async () => {
      const customers = Array.from({ length: 200 }, (_, index) => unheld(index));
      expect(count(await statuses(customers.map(register)), 201)).to.equal(customers.length);
      expect(count(await statuses(customers.map(register)), 409)).to.equal(customers.length);
      expect(test.deps.registered).to.have.length(customers.length);
      expect((await register(unheld(900))).statusCode).to.equal(201);
    });

    it(`tells at most ${LIMIT} of ${BURST} parallel requests that another bank holds a number, and registers none once that is spent`, async () => {
      const held = (index: number) => index % 2 === 0;
      for (let index = 0; index < BURST; index += 1) {
        if (held(index)) test.deps.directory.set(test.deps.alias(unheld(index)), { bank: PAYEE_BANK, version: 1 });
      }
      const all = await statuses(Array.from({ length: BURST }, (_, index) => register(unheld(index))));
      expect(count(all, 409)).to.equal(LIMIT);
      expect(count(all, 201))
        .to.equal(test.deps.registered.length)
        .and.to.be.at.most(LIMIT + 1);
      expect(all.slice(3 * LIMIT).every((status) => status === 429)).to.equal(true);
    });
  });
});
