import { expect } from "chai";
import { NOW_MS, PAYEE_BANK, PAYER_BANK, PAYER_PHONE } from "../../../tools/api-fakes/fake-deps.js";
import { createTestApi, expectJson, expectProblem, type TestApi } from "../api-under-test.js";

const BODY = { principal: "shop", scopes: ["transfers:write"], payers: "any" };

describe("/v1/api-keys", () => {
  let test: TestApi;

  beforeEach(async () => {
    test = await createTestApi();
  });

  afterEach(() => test.api.close());

  type Key = { id: string; key: string; payers: unknown };
  const make = async (body: unknown, key?: string) => expectJson<Key>(await test.send("POST", "/v1/api-keys", body, key), 201);

  it("makes a key, which is shown once and works", async () => {
    const { id, key, ...rest } = await make({ ...BODY, expiresAt: "2027-01-01T00:00:00Z" });
    expect(rest).to.deep.equal({ ...BODY, createdAt: new Date(NOW_MS).toISOString(), expiresAt: "2027-01-01T00:00:00.000Z" });
    expect(key).to.match(/^em_[A-Za-z0-9_-]{43}$/);
    expect((await test.start(undefined, { authorization: `Bearer ${key}` })).statusCode).to.equal(202);
    for (const url of ["/v1/api-keys", `/v1/api-keys/${id}`]) {
      const response = await test.get(url);
      expect(expectJson(response)).to.be.an("object");
      expect(response.body).to.include(id).and.not.to.include(key);
    }
    expect(test.deps.log()).not.to.include(key);
  });

  it("takes payers by bank and by number, and shows no alias of a number", async () => {
    const { id, payers } = await make({ ...BODY, payers: { banks: [PAYER_BANK], phones: [PAYER_PHONE] } });
    expect(payers).to.deep.equal({ banks: [PAYER_BANK], phones: 1 });
    expect(test.deps.keys.get(id)?.payers).to.deep.equal([PAYER_BANK, test.deps.alias(PAYER_PHONE)]);
    expect((await test.get(`/v1/api-keys/${id}`)).body).not.to.include(test.deps.alias(PAYER_PHONE));
  });

  it("makes another of the same principal at a rotation, and ends the old one after the overlap", async () => {
    const old = await make(BODY);
    const url = `/v1/api-keys/${old.id}/rotations`;
    const next = expectJson<Key>(await test.send("POST", url, { overlapSeconds: 3_600 }), 201);
    expect([next.id, next.key]).not.to.include.members([old.id, old.key]);
    expect(next).to.deep.include({ principal: "shop", scopes: BODY.scopes, payers: "any" });
    expect(test.deps.keys.get(old.id)?.expiresAt).to.deep.equal(new Date(NOW_MS + 3_600_000));
    for (const overlapSeconds of [-1, 1.5, 604_801, "1", undefined]) {
      expectProblem(await test.send("POST", url, { overlapSeconds }), 400, "invalid-request");
    }
  });

  it("has an id that begins with no dash, and so has a rotated one", async () => {
    for (let count = 0; count < 300; count += 1) expect((await make(BODY)).id).to.match(/^[0-9a-f]{18}$/);
    const { id } = await make(BODY);
    const rotated = await test.send("POST", `/v1/api-keys/${id}/rotations`, { overlapSeconds: 0 });
    expect(expectJson<Key>(rotated, 201).id).to.match(/^[0-9a-f]{18}$/);
  });

  it("lists keys in pages, each key once, and takes a cursor from the same caller's list only", async () => {
    for (let count = 0; count < 5; count += 1) await make({ ...BODY, principal: "many" });
    const all = expectJson<{ apiKeys: Key[] }>(await test.get("/v1/api-keys")).apiKeys.map(({ id }) => id);
    const seen: string[] = [];
    let next: string | undefined;
    let cursor = "";
    for (let pages = 0; pages < all.length && (pages === 0 || next !== undefined); pages += 1) {
      const page = expectJson<{ apiKeys: Key[]; next?: string }>(await test.get(`/v1/api-keys?limit=2${cursor}`));
      expect(page.apiKeys.length).to.be.at.most(2);
      seen.push(...page.apiKeys.map(({ id }) => id));
      next = page.next;
      cursor = `&cursor=${next}`;
    }
    expect(next).to.equal(undefined);
    expect(seen).to.have.lengthOf.at.least(5).and.to.deep.equal(all);
    const other = expectJson<{ next: string }>(await test.get("/v1/api-keys?limit=1")).next;
    expectProblem(await test.get(`/v1/banks?cursor=${other}`), 400, "invalid-request");
    expectProblem(await test.get("/v1/api-keys?limit=101"), 400, "invalid-request");
  });

  it("ends a key", async () => {
    const { id } = await make(BODY);
    expect((await test.send("DELETE", `/v1/api-keys/${id}`)).statusCode).to.equal(204);
    expectProblem(await test.send("DELETE", `/v1/api-keys/${id}`), 404, "not-found");
    expectProblem(await test.get(`/v1/api-keys/${id}`), 404, "not-found");
    expectProblem(await test.send("POST", `/v1/api-keys/${id}/rotations`, { overlapSeconds: 0 }), 404, "not-found");
  });

  it("lets nobody make or rotate a key that can do more than its own", async () => {
    const strong = await make(BODY);
    test.deps.principals.set("alice-key", {
      id: "alice",
      scopes: ["api-keys:write", "api-keys:write-any"],
      payers: [PAYER_BANK],
      expiresAt: null,
    });
    const weak = { principal: "shop", scopes: ["api-keys:write"], payers: { banks: [PAYER_BANK] } };
    await make(weak);
    const refused = [
      { ...weak, scopes: ["transfers:write"] },
      { ...weak, payers: "any" },
      { ...weak, payers: { banks: [PAYEE_BANK] } },
      { ...weak, payers: { phones: [PAYER_PHONE] } },
    ];
    for (const body of refused) expectProblem(await test.send("POST", "/v1/api-keys", body), 403, "forbidden");
    expectProblem(await test.send("POST", `/v1/api-keys/${strong.id}/rotations`, { overlapSeconds: 0 }), 403, "forbidden");
  });

  it("answers 403 without the scope, and 401 without a key", async () => {
    expectProblem(await test.send("POST", "/v1/api-keys", BODY, "reader-key"), 403, "forbidden");
    expectProblem(await test.get("/v1/api-keys", "reader-key"), 403, "forbidden");
    expectProblem(await test.send("DELETE", "/v1/api-keys/x", undefined, "reader-key"), 403, "forbidden");
    expectProblem(await test.get("/v1/api-keys", "wrong"), 401, "unauthorized");
  });

  const BAD: Record<string, object> = {
    "a scope that there is not": { scopes: ["everything"] },
    "no scope": { scopes: [] },
    "a scope twice": { scopes: ["transfers:read", "transfers:read"] },
    "a principal with a space": { principal: "a b" },
    "a malformed bank": { payers: { banks: ["faas"] } },
    "a payer that is neither": { payers: ["any"] },
    "an expiry that has passed": { expiresAt: "2025-01-01T00:00:00Z" },
    "an expiry that is no time": { expiresAt: "soon" },
    "a key of its own": { key: "em_x" },
  };
  for (const [what, change] of Object.entries(BAD)) {
    it(`answers 400 to ${what}`, async () => {
      expectProblem(await test.send("POST", "/v1/api-keys", { ...BODY, ...change }), 400, "invalid-request");
      expect(test.deps.keys.size).to.equal(0);
    });
  }

  it("answers 422 to a malformed number among the payers", async () => {
    expectProblem(await test.send("POST", "/v1/api-keys", { ...BODY, payers: { phones: ["0812"] } }), 422, "invalid-phone");
  });

  it("answers 404 to what is no id of a key, whatever it holds, without asking the store", async () => {
    // PostgreSQL would refuse a text with NUL in it.
    test.deps.apiKeys.find = async () => {
      throw new Error("the store was asked");
    };
    for (const id of ["%00", "x%00y", "%F0%9F%92%B6", "a%2Fb", "x".repeat(80)]) {
      expectProblem(await test.get(`/v1/api-keys/${id}`), 404, "not-found");
      expectProblem(await test.send("DELETE", `/v1/api-keys/${id}`), 404, "not-found");
      expectProblem(await test.send("POST", `/v1/api-keys/${id}/rotations`, { overlapSeconds: 0 }), 404, "not-found");
    }
  });
});
