import { expect } from "chai";
import { NOW_MS, PAYEE_BANK, PAYEE_PHONE, PAYER_BANK, PAYER_PHONE, UNKNOWN_PHONE } from "../../../tools/api-fakes/fake-deps.js";
import { createTestApi, expectJson, expectProblem, type TestApi } from "../api-under-test.js";

const HELD = `/v1/phone-accounts/${PAYER_PHONE}`;
const FOREIGN = `/v1/phone-accounts/${PAYEE_PHONE}`;
const ACCOUNT = { account: "TH9912345678" };

describe("changing a phone account", () => {
  let test: TestApi;

  beforeEach(async () => {
    test = await createTestApi();
  });

  afterEach(() => test.api.close());

  const openClaim = (phone: string, bank: string) =>
    test.deps.claims.set(test.deps.alias(phone), { bank, lapsesAt: new Date(NOW_MS) });

  it("updates the account, sealed to the bank that holds the number", async () => {
    expect(expectJson(await test.send("PUT", HELD, ACCOUNT))).to.include({ phone: PAYER_PHONE, bank: PAYER_BANK, version: 4 });
    const [write] = test.deps.writes;
    expect(write).to.include({ bank: PAYER_BANK, method: "update", aliasId: test.deps.alias(PAYER_PHONE) });
    expect(JSON.stringify(write)).not.to.include(Buffer.from(ACCOUNT.account).toString("hex"));
  });

  it("releases a number", async () => {
    expect((await test.send("DELETE", HELD)).statusCode).to.equal(204);
    expect(test.deps.writes).to.deep.equal([{ bank: PAYER_BANK, method: "release", aliasId: test.deps.alias(PAYER_PHONE) }]);
  });

  it("opens, shows and takes back a claim for another bank's number", async () => {
    openClaim(PAYEE_PHONE, PAYER_BANK);
    const opened = expectJson(await test.send("POST", `${FOREIGN}/claim`, { bank: PAYER_BANK, ...ACCOUNT }), 201);
    expect(opened).to.deep.equal({ phone: PAYEE_PHONE, bank: PAYER_BANK, lapsesAt: new Date(NOW_MS).toISOString() });
    expect(expectJson(await test.get(`${FOREIGN}/claim`))).to.deep.equal(opened);
    expect((await test.send("DELETE", `${FOREIGN}/claim`)).statusCode).to.equal(204);
    expect(test.deps.writes.map(({ bank, method }) => [bank, method])).to.deep.equal([
      [PAYER_BANK, "openClaim"],
      [PAYER_BANK, "withdrawClaim"],
    ]);
  });

  it("grants a claim for a number that the bank holds", async () => {
    openClaim(PAYER_PHONE, PAYEE_BANK);
    expect(expectJson(await test.send("POST", `${HELD}/claim/confirmation`))).to.include({ bank: PAYEE_BANK, version: 4 });
    expect(test.deps.writes[0]).to.include({ bank: PAYER_BANK, method: "confirmClaim" });
  });

  it("answers alike to a number that nobody holds and one of a bank that is not acted for here", async () => {
    for (const [method, path, body] of [
      ["PUT", "", ACCOUNT],
      ["DELETE", "", undefined],
      ["POST", "/claim/confirmation", undefined],
    ] as const) {
      const foreign = expectProblem(await test.send(method, `${FOREIGN}${path}`, body), 404, "not-found");
      const unknown = await test.send(method, `/v1/phone-accounts/${UNKNOWN_PHONE}${path}`, body);
      expect(expectProblem(unknown, 404, "not-found")).to.deep.equal(foreign);
    }
    expect(test.deps.writes).to.have.length(0);
  });

  it("answers 404 to a claim that there is not, or that is no affair of the caller's", async () => {
    expectProblem(await test.get(`${HELD}/claim`), 404, "not-found");
    expectProblem(await test.send("DELETE", `${HELD}/claim`), 404, "not-found");
    expectProblem(await test.send("POST", `${HELD}/claim/confirmation`), 404, "not-found");
    openClaim(PAYEE_PHONE, "THRDTHB1");
    test.deps.principals.set("alice-key", { id: "alice", scopes: ["accounts:write"], payers: [PAYER_BANK], expiresAt: null });
    expectProblem(await test.get(`${FOREIGN}/claim`), 404, "not-found");
    expectProblem(await test.send("DELETE", `${FOREIGN}/claim`), 404, "not-found");
    expect(test.deps.writes).to.have.length(0);
  });

  it("answers 403 to a claim for a bank that is not acted for here, and without the scope", async () => {
    expectProblem(await test.send("POST", `${HELD}/claim`, { bank: PAYEE_BANK, ...ACCOUNT }), 403, "forbidden");
    expectProblem(await test.send("PUT", HELD, ACCOUNT, "reader-key"), 403, "forbidden");
    expectProblem(await test.send("DELETE", HELD, undefined, "reader-key"), 403, "forbidden");
  });

  it("answers 401 without credentials, 422 to a malformed number, 400 to a malformed account or an unknown field", async () => {
    expectProblem(await test.send("PUT", HELD, ACCOUNT, "wrong"), 401, "unauthorized");
    expectProblem(await test.send("DELETE", "/v1/phone-accounts/0812"), 422, "invalid-phone");
    expectProblem(await test.send("PUT", HELD, { account: "1 2" }), 400, "invalid-request");
    expectProblem(await test.send("PUT", HELD, { ...ACCOUNT, bank: PAYER_BANK }), 400, "invalid-request");
  });

  it("meters them like look-ups", async () => {
    const metered = await createTestApi({ phoneLookupsMax: 1 });
    await metered.send("DELETE", HELD);
    expectProblem(await metered.send("DELETE", HELD), 429, "too-many-requests");
    await metered.api.close();
  });
});
