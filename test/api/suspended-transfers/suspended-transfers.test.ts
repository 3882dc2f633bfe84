import { expect } from "chai";
import type { TransferView } from "../../../src/domain/transfer-record.js";
import { NOW_MS, PAYEE_BANK, PAYER_BANK } from "../../../tools/api-fakes/fake-deps.js";
import { createTestApi, expectJson, expectProblem, type TestApi } from "../api-under-test.js";
import { viewOf } from "../transfers/transfer-views.js";

const KEY = "arbiter-key";
const ID = `0x${"5a".repeat(32)}`;
const ARBITER = `0x${"a1".repeat(20)}`;
const HASH = `0x${"7c".repeat(32)}`;

describe("/v1/suspended-transfers", () => {
  let test: TestApi;

  beforeEach(async () => {
    test = await createTestApi();
    suspend("PENDING");
    test.deps.members = [PAYER_BANK, PAYEE_BANK].map((bank) => ({
      ...{ bank, active: true, sealingKey: { version: 1, publicKey: "0x00" } },
    }));
  });
  afterEach(() => test.api.close());

  function suspend(suspendedFrom: TransferView["state"]): void {
    const view = viewOf(ID, { state: "SUSPENDED", suspendedFrom, reason: "AB08" });
    test.deps.setView(view);
    test.deps.listed = [{ position: { at: new Date(NOW_MS), id: ID }, entry: undefined, view }];
  }
  const read = async (key = KEY) => expectJson<Record<string, unknown>>(await test.get(`/v1/suspended-transfers/${ID}`, key));
  const resolution = `/v1/suspended-transfers/${ID}/resolution`;

  it("lists what is suspended, with what is proposed", async () => {
    test.deps.proposals.set(ID, { to: "PENDING", reason: undefined, by: ARBITER });
    const answer = await test.get("/v1/suspended-transfers?bank=WHSKTHB1&limit=1", KEY);
    const { suspendedTransfers } = expectJson<{ suspendedTransfers: Record<string, unknown>[] }>(answer);
    expect(suspendedTransfers).to.have.length(1);
    expect(suspendedTransfers[0]).to.deep.include({
      ...{ id: ID, state: "SUSPENDED", suspendedFrom: "PENDING", reason: "AB08", allowed: ["PENDING"] },
      proposal: { to: "PENDING", by: ARBITER },
    });
    expect(test.deps.listQueries).to.deep.equal([{ state: "SUSPENDED", bank: "WHSKTHB1", limit: 2 }]);
  });

  it("goes on where a page ended, for the same caller and bank only", async () => {
    test.deps.listed = [0, 1, 2].map((number) => ({
      ...(test.deps.listed[0] as (typeof test.deps.listed)[0]),
      position: { at: new Date(NOW_MS - number), id: ID },
    }));
    const { next } = expectJson<{ next: string }>(await test.get("/v1/suspended-transfers?limit=1", KEY));
    expectJson(await test.get(`/v1/suspended-transfers?limit=1&cursor=${next}`, KEY));
    expect(test.deps.listQueries.at(-1)?.before).to.deep.equal({ at: new Date(NOW_MS), id: ID });
    expectProblem(await test.get(`/v1/suspended-transfers?bank=WHSKTHB1&cursor=${next}`, KEY), 400, "invalid-request");
    expectProblem(await test.get(`/v1/transfers?cursor=${next}`), 400, "invalid-request");
  });

  for (const [from, bank, negative] of [
    ["STARTED", PAYER_BANK, "REJECTED"],
    ["PENDING", PAYEE_BANK, "REVERSING"],
    ["REVERSING", PAYER_BANK, undefined],
  ] as const) {
    it(`allows from ${from} to resume, and once the open leg's bank is gone ${negative ?? "nothing else"}`, async () => {
      suspend(from);
      expect((await read()).allowed).to.deep.equal([from]);
      for (const member of test.deps.members) member.active = member.bank !== bank;
      expect((await read()).allowed).to.deep.equal(negative === undefined ? [from] : [from, negative]);
    });
  }

  it("proposes, confirms and withdraws with the key of the caller's principal", async () => {
    const proposed = await test.send("POST", resolution, { to: "REVERSING", reason: "AB08" }, KEY);
    expect(expectJson(proposed, 201)).to.deep.equal({ transfer: ID, to: "REVERSING", reason: "AB08", transactionHash: HASH });
    const confirmed = await test.send("POST", `${resolution}/confirmation`, { to: "REVERSING" }, KEY);
    expect(expectJson(confirmed)).to.deep.equal({ transfer: ID, to: "REVERSING", transactionHash: HASH });
    expect((await test.send("DELETE", resolution, undefined, KEY)).statusCode).to.equal(204);
    const by = { principal: "arbiter-1", transferId: ID };
    expect(test.deps.resolutionWrites).to.deep.equal([
      { ...by, method: "propose", to: "REVERSING", reason: "AB08" },
      { ...by, method: "confirm", to: "REVERSING" },
      { ...by, method: "withdraw" },
    ]);
  });

  for (const body of [{}, { to: "GONE" }, { to: 2 }, { to: "PENDING", reason: "x" }, { to: "PENDING", by: ARBITER }, []]) {
    it(`answers 400 to the proposal ${JSON.stringify(body)}`, async () => {
      expectProblem(await test.send("POST", resolution, body, KEY), 400, "invalid-request");
      expect(test.deps.resolutionWrites).to.deep.equal([]);
    });
  }

  it("answers 404 to what is not suspended, not there, or no id", async () => {
    test.deps.setView(viewOf(ID, { state: "PENDING" }));
    for (const id of [ID, `0x${"00".repeat(32)}`, "x"]) {
      const url = `/v1/suspended-transfers/${id}`;
      expectProblem(await test.get(url, KEY), 404, "not-found");
      expectProblem(await test.send("POST", `${url}/resolution`, { to: "PENDING" }, KEY), 404, "not-found");
      expectProblem(await test.send("POST", `${url}/resolution/confirmation`, { to: "PENDING" }, KEY), 404, "not-found");
      expectProblem(await test.send("DELETE", `${url}/resolution`, undefined, KEY), 404, "not-found");
    }
  });

  it("is for arbiters; operators may look", async () => {
    expect((await read("operator-key")).id).to.equal(ID);
    expectProblem(await test.send("POST", resolution, { to: "PENDING" }, "operator-key"), 403, "forbidden");
    expectProblem(await test.get("/v1/suspended-transfers"), 403, "forbidden");
    expectProblem(await test.get("/v1/suspended-transfers", "forged"), 401, "unauthorized");
  });
});
