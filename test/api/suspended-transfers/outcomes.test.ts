import { expect } from "chai";
import { AppError } from "../../../src/domain/app-error.js";
import { evidenceHash } from "../../../src/domain/evidence.js";
import { NOW_MS, PAYEE_BANK, PAYER_BANK } from "../../../tools/api-fakes/fake-deps.js";
import { createTestApi, expectJson, expectProblem, type TestApi } from "../api-under-test.js";
import { viewOf } from "../transfers/transfer-views.js";

const KEY = "person-key";
const ID = `0x${"5a".repeat(32)}`;
const PERSON = `0x${"b1".repeat(20)}`;
const HASH = `0x${"7d".repeat(32)}`;
const UNKNOWN_EVIDENCE = `0x${"e0".repeat(32)}`;
const PAID = { to: "COMPLETED", note: "Paid by hand at the counter.", bankReference: "CASH-17" } as const;

describe("/v1/suspended-transfers/{id}/outcome", () => {
  const url = `/v1/suspended-transfers/${ID}`;
  let test: TestApi;

  beforeEach(async () => {
    test = await createTestApi();
    suspend("PENDING");
    test.deps.members = [PAYER_BANK, PAYEE_BANK].map((bank) => ({
      ...{ bank, active: true, sealingKey: { version: 1, publicKey: "0x00" } },
    }));
  });
  afterEach(() => test.api.close());

  function suspend(suspendedFrom: "STARTED" | "PENDING" | "REVERSING"): void {
    const view = viewOf(ID, { state: "SUSPENDED", suspendedFrom, reason: "AC04" });
    test.deps.setView(view);
    test.deps.listed = [{ position: { at: new Date(NOW_MS), id: ID }, entry: undefined, view }];
  }
  const read = async (key = KEY) => expectJson<Record<string, unknown>>(await test.get(url, key));
  const propose = (body: unknown = PAID, key = KEY) => test.send("POST", `${url}/outcome`, body, key);
  const confirm = (body: unknown, key = KEY) => test.send("POST", `${url}/outcome/confirmation`, body, key);
  async function proposed(body: unknown = PAID): Promise<string> {
    return expectJson<{ evidence: string }>(await propose(body), 201).evidence;
  }

  for (const [from, bank, outcomes] of [
    ["STARTED", PAYER_BANK, ["PENDING", "REJECTED"]],
    ["PENDING", PAYEE_BANK, ["COMPLETED", "REVERSING"]],
    ["REVERSING", PAYER_BANK, ["REVERSED"]],
  ] as const) {
    it(`allows the people of ${bank} to report ${outcomes.join(" or ")} of a transfer suspended from ${from}`, async () => {
      suspend(from);
      expect(await read()).to.deep.include({ openLegBank: bank, allowedOutcomes: outcomes });
    });
  }

  it("keeps a salted statement in canonical JSON before its hash goes to the chain", async () => {
    const answer = expectJson<Record<string, unknown>>(await propose(), 201);
    const [kept] = [...test.deps.kept.values()];
    expect(kept).to.deep.include({ transferId: ID, proposer: "person-1" });
    const content = kept?.content ?? "";
    expect(kept?.hash).to.equal(evidenceHash(content));
    expect(answer).to.deep.equal({ transfer: ID, to: "COMPLETED", evidence: kept?.hash, transactionHash: HASH });
    const { salt, ...statement } = JSON.parse(content) as Record<string, unknown>;
    expect(salt).to.match(/^[0-9a-f]{32}$/);
    const { to: outcome, note, bankReference } = PAID;
    expect(statement).to.deep.equal({ transfer: ID, bank: PAYEE_BANK, outcome, note, bankReference, source: "people" });
    expect(Object.keys(JSON.parse(content) as object)).to.deep.equal([...Object.keys({ ...statement, salt })].sort());
    expect(test.deps.outcomeWrites).to.deep.equal([
      { principal: "person-1", method: "propose", transferId: ID, to: "COMPLETED", reason: undefined, evidence: kept?.hash },
    ]);
    expect(await proposed()).not.to.equal(kept?.hash);
  });

  it("shows the statement of a proposed outcome to the second person", async () => {
    const evidence = await proposed({ ...PAID, to: "REVERSING", reason: "AC04" });
    test.deps.outcomeProposals.set(ID, { to: "REVERSING", reason: "AC04", evidence, by: PERSON });
    const { note, bankReference } = PAID;
    const shown = { to: "REVERSING", reason: "AC04", evidence, by: PERSON, note, bankReference };
    expect((await read()).outcomeProposal).to.deep.equal(shown);
    test.deps.kept.clear();
    expect((await read()).outcomeProposal).to.deep.equal({ to: "REVERSING", reason: "AC04", evidence, by: PERSON });
  });

  it("confirms exactly the kept statement, its reason included", async () => {
    const evidence = await proposed({ ...PAID, to: "REVERSING", reason: "AC04" });
    const answer = expectJson(await confirm({ to: "REVERSING", evidence }));
    expect(answer).to.deep.equal({ transfer: ID, to: "REVERSING", reason: "AC04", evidence, transactionHash: HASH });
    expect(test.deps.outcomeWrites.at(-1)).to.deep.equal({
      ...{ principal: "person-1", method: "confirm", transferId: ID, to: "REVERSING", reason: "AC04", evidence },
    });
  });

  it("refuses to confirm a statement that is not here, of another outcome, of another transfer, or changed since", async () => {
    const evidence = await proposed();
    expectProblem(await confirm({ to: "COMPLETED", evidence: UNKNOWN_EVIDENCE }), 409, "conflict");
    expectProblem(await confirm({ to: "REVERSING", evidence }), 409, "conflict");
    const kept = test.deps.kept.get(evidence);
    const changed = kept?.content.replace("17", "18") ?? "";
    test.deps.kept.set(evidence, { ...(kept as NonNullable<typeof kept>), content: changed });
    expectProblem(await confirm({ to: "COMPLETED", evidence }), 409, "conflict");
    const content = kept?.content.replace(ID, `0x${"5b".repeat(32)}`) ?? "";
    test.deps.kept.set(evidenceHash(content), { ...(kept as NonNullable<typeof kept>), content });
    expectProblem(await confirm({ to: "COMPLETED", evidence: evidenceHash(content) }), 409, "conflict");
    expect(test.deps.outcomeWrites).to.have.length(1);
  });

  it("withdraws with the key of the caller's principal", async () => {
    expect((await test.send("DELETE", `${url}/outcome`, undefined, KEY)).statusCode).to.equal(204);
    expect(test.deps.outcomeWrites).to.deep.equal([{ principal: "person-1", method: "withdraw", transferId: ID }]);
  });

  it("forgets the statement of a proposal that the chain refuses, and keeps one that may be mined yet", async () => {
    test.deps.outcomeFailure = new AppError("conflict", "An outcome is proposed already.");
    expectProblem(await propose(), 409, "conflict");
    expect(test.deps.kept.size).to.equal(0);
    test.deps.outcomeFailure = new AppError("chain-unavailable", "The write is not mined yet.");
    expectProblem(await propose(), 503, "chain-unavailable");
    expect(test.deps.kept.size).to.equal(1);
  });

  for (const body of [
    {},
    { to: "COMPLETED" },
    { to: "GONE", note: "x" },
    { ...PAID, note: "" },
    { ...PAID, note: "x".repeat(501) },
    { ...PAID, note: "two\nlines" },
    { ...PAID, note: "turned \u202e round" },
    { ...PAID, bankReference: "a\tb" },
    { ...PAID, bankReference: "x".repeat(141) },
    { ...PAID, reason: "ac04" },
    { ...PAID, evidence: UNKNOWN_EVIDENCE },
  ]) {
    it(`answers 400 to the proposal ${JSON.stringify(body).slice(0, 80)}`, async () => {
      expectProblem(await propose(body), 400, "invalid-request");
      expect(test.deps.kept.size).to.equal(0);
    });
  }

  it("takes a note of 500 characters outside the basic plane, and joiners", async () => {
    await proposed({ ...PAID, note: "👍".repeat(500) });
    await proposed({ ...PAID, note: "👩\u200d👧" });
  });

  it("shows a person the transfers of the own bank only", async () => {
    expectJson(await test.get("/v1/suspended-transfers", KEY));
    expect(test.deps.listQueries.at(-1)).to.deep.include({ bank: PAYEE_BANK });
    expectProblem(await test.get(`/v1/suspended-transfers?bank=${PAYER_BANK}`, KEY), 403, "forbidden");
    test.deps.banksOfPeople.set("person-1", "THRDTHB1");
    expectProblem(await test.get(url, KEY), 404, "not-found");
    expectProblem(await propose(), 404, "not-found");
    expectProblem(await confirm({ to: "COMPLETED", evidence: UNKNOWN_EVIDENCE }), 404, "not-found");
    test.deps.banksOfPeople.clear();
    expectProblem(await test.get(url, KEY), 403, "forbidden");
  });

  it("refuses arbiters, operators and other callers", async () => {
    for (const key of ["arbiter-key", "operator-key", "alice-key"]) {
      expectProblem(await propose(PAID, key), 403, "forbidden");
      expectProblem(await confirm({ to: "COMPLETED", evidence: UNKNOWN_EVIDENCE }, key), 403, "forbidden");
      expectProblem(await test.send("DELETE", `${url}/outcome`, undefined, key), 403, "forbidden");
    }
    expectProblem(await test.send("POST", `${url}/resolution`, { to: "PENDING" }, KEY), 403, "forbidden");
  });

  it("shows operators the statements beside the transfer's evidence", async () => {
    const hash = await proposed();
    const evidence = `/v1/transfers/${ID}/evidence`;
    const { statements } = expectJson<{ statements: unknown[] }>(await test.get(evidence, "operator-key"));
    const at = new Date(NOW_MS).toISOString();
    expect(statements).to.deep.equal([{ content: test.deps.kept.get(hash)?.content, hash, proposer: "person-1", at }]);
    expectProblem(await test.get(evidence, KEY), 403, "forbidden");
  });
});
