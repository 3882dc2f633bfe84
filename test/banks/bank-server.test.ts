import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { pino } from "pino";
import { createBankServer } from "../../src/banks/simulators/server.js";
import { gzipTransfer } from "../support/gzip-transfer.js";
import { ALICE, BOB } from "./helpers/postings.js";
import { readJson, STATEMENT_TOKEN, startBank, type TestBank, TOKEN } from "./helpers/start-bank.js";

describe("bank server", () => {
  let bank: TestBank;

  beforeEach(async () => {
    bank = await startBank();
  });
  afterEach(() => bank.stop());

  const id = `0x${"ab".repeat(32)}`;
  const debitJson = { kind: "debit", reference: `${id}:debit`, account: ALICE, amount: "300", currency: "THB" };
  const problemOf = async (response: Response) => {
    expect(response.headers.get("content-type")).match(/^application\/problem\+json/);
    const problem = await readJson(response);
    expect(problem.status).equal(response.status);
    return new URL(problem.type).pathname;
  };

  it("posts, finds and closes over HTTP", async () => {
    const other = { ...debitJson, reference: `${id}0:debit`, amount: "999" };
    const posted = await bank.call("POST", "/v1/postings", { postings: [debitJson, other] });
    const { outcomes } = await readJson(posted);
    expect(outcomes).lengthOf(2);
    expect(outcomes[0])
      .include({ reference: `${id}:debit`, status: "posted" })
      .and.not.have.property("reason");
    expect(outcomes[1]).include({ reference: `${id}0:debit`, status: "refused", reason: "AM04" });

    const path = `/v1/postings/${encodeURIComponent(`${id}:debit`)}`;
    expect(await readJson(await bank.call("GET", path))).deep.equal(outcomes[0]);
    expect(await readJson(await bank.call("POST", `${path}/close`, { reason: "AB06" }))).deep.equal(outcomes[0]);
    expect(await problemOf(await bank.call("GET", "/v1/postings/none"))).equal("/problems/not-found");
    expect(await readJson(await bank.call("POST", "/v1/postings/none/close", { reason: "AB06" }))).include({ reason: "AB06" });
  });

  it("sets up, changes, shows and funds accounts", async () => {
    const seed = { currency: "THB", openingBalance: "50" };
    expect((await bank.call("PUT", "/v1/accounts/new-1", seed)).status).equal(200);
    expect((await bank.call("PUT", "/v1/accounts/new-1", seed)).status).equal(200);
    const other = await bank.call("PUT", "/v1/accounts/new-1", { ...seed, openingBalance: "51" });
    expect(await problemOf(other)).equal("/problems/conflict");
    expect(await readJson(await bank.call("PATCH", "/v1/accounts/new-1", { status: "blocked" }))).include({ status: "blocked" });
    const deposit = { reference: "counter-1", amount: "7", currency: "THB" };
    for (let times = 0; times < 2; times++) {
      expect(await readJson(await bank.call("POST", `/v1/accounts/${ALICE}/deposits`, deposit))).include({ status: "posted" });
    }
    expect(await readJson(await bank.call("GET", `/v1/accounts/${ALICE}`))).include({ balance: "1007", kind: "customer" });
    expect(await problemOf(await bank.call("GET", "/v1/accounts/nobody"))).equal("/problems/not-found");
    const { accounts } = await readJson(await bank.call("GET", "/v1/accounts"));
    expect(accounts.map(({ number }: { number: string }) => number)).members([ALICE, BOB, "new-1", "clearing:THB", "equity:THB"]);
  });

  it("shows entries and totals to an auditor", async () => {
    await bank.call("POST", "/v1/postings", { postings: [debitJson] });
    const query = new URLSearchParams({ reference: debitJson.reference });
    const { entries } = await readJson(await bank.call("GET", `/v1/ledger/entries?${query}`));
    expect(entries.map(({ amount }: { amount: string }) => amount)).deep.equal(["-300", "300"]);
    const totals = await readJson(await bank.call("GET", "/v1/ledger/totals"));
    expect(totals).deep.equal({
      currencies: [{ currency: "THB", all: "0", customers: "700", clearing: "300", equity: "-1000" }],
      unbalancedAccounts: 0,
      unbalancedPostings: 0,
      answersWithoutEntries: 0,
    });
  });

  it("refuses bodies in a coding that it does not undo: 415 for gzip as content, 501 for gzip as transfer", async () => {
    const url = `${bank.baseUrl}/v1/postings`;
    const authorization = `Bearer ${TOKEN}`;
    const body = JSON.stringify({ postings: [debitJson] });
    const headers = { authorization, "content-type": "application/json", "content-encoding": "gzip" };
    const coded = await fetch(url, { method: "POST", headers, body });
    expect(coded.status).equal(415);
    expect(await problemOf(coded)).equal("/problems/unsupported-media-type");
    expect(await gzipTransfer(url, authorization)).match(/^HTTP\/1\.1 501 /);
    expect(await problemOf(await bank.call("GET", `/v1/postings/${encodeURIComponent(debitJson.reference)}`))).equal(
      "/problems/not-found",
    );
  });

  it("asks for its token everywhere but at /healthz", async () => {
    expect((await fetch(`${bank.baseUrl}/healthz`)).status).equal(200);
    for (const [method, path] of [
      ["GET", "/v1/accounts"],
      ["POST", "/v1/postings"],
      ["PUT", "/v1/faults"],
      ["GET", "/nowhere"],
    ] as const) {
      for (const token of ["", "wrong", `${TOKEN}x`]) {
        const response = await bank.call(method, path, method === "GET" ? undefined : {}, token);
        expect(await problemOf(response)).equal("/problems/unauthorized");
        expect(response.headers.get("www-authenticate")).equal("Bearer");
      }
    }
  });

  it("opens its statement, and nothing else, to the token for that", async () => {
    const status = async (method: string, path: string) =>
      (await bank.call(method, path, method === "GET" ? undefined : {}, STATEMENT_TOKEN)).status;
    expect(await status("GET", "/v1/statement?day=2026-11-21")).equal(200);
    for (const [method, path] of [
      ["GET", "/v1/accounts"],
      ["GET", "/v1/ledger/entries"],
      ["POST", "/v1/postings"],
      ["PUT", "/v1/faults"],
      ["GET", "/nowhere"],
    ] as const) {
      expect(await status(method, path), path).equal(401);
    }
  });

  it("answers bad requests with 4xx problems, and posts nothing of them", async () => {
    const bad = [
      {},
      { postings: [] },
      { postings: Array.from({ length: 1_001 }, () => debitJson) },
      ...[
        { amount: 300 },
        { amount: "-1" },
        { amount: "1e3" },
        { amount: "1.5" },
        { amount: "0300" },
        { currency: "thb" },
        { reference: "" },
        { reference: "a\u0000b" },
        { reference: "x".repeat(129) },
        { kind: "deposit" },
        { kind: "refund" },
        { extra: true },
      ].map((change) => ({
        postings: [
          { ...debitJson, reference: "good" },
          { ...debitJson, ...change },
        ],
      })),
    ];
    for (const body of bad) {
      const response = await bank.call("POST", "/v1/postings", body);
      expect(await problemOf(response), JSON.stringify(body).slice(0, 200)).equal("/problems/invalid-request");
    }
    expect(await problemOf(await bank.call("POST", "/v1/postings/a/close", { reason: "no" }))).equal("/problems/invalid-request");
    expect(await problemOf(await bank.call("GET", "/v1/ledger/entries?limit=0"))).equal("/problems/invalid-request");
    expect(await problemOf(await bank.call("PUT", "/v1/faults", { failOften: 1 }))).equal("/problems/invalid-request");
    const large = { postings: [], padding: "x".repeat(2_000_000) };
    expect(await problemOf(await bank.call("POST", "/v1/postings", large))).equal("/problems/body-too-large");
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "text/csv" };
    const csv = await fetch(`${bank.baseUrl}/v1/postings`, { method: "POST", headers, body: "a,b" });
    expect(await problemOf(csv)).equal("/problems/unsupported-media-type");
    expect(bank.ledger.find("good")).equal(undefined);
  });

  it("refuses an account that can be no account's number as unknown, and posts the rest of its batch", async () => {
    for (const [index, account] of ["", "\ud800", "a\u0000b", "' OR 1=1 --", "__proto__", "\u202e123"].entries()) {
      const postings = [
        { ...debitJson, reference: `bad-${index}`, account },
        { ...debitJson, reference: `good-${index}`, amount: "1" },
      ];
      const { outcomes } = await readJson(await bank.call("POST", "/v1/postings", { postings }));
      expect(outcomes[0], JSON.stringify(account)).include({ status: "refused", reason: "AC01" });
      expect(outcomes[1]).include({ status: "posted" });
      expect(bank.ledger.find(`bad-${index}`)).deep.equal(outcomes[0]);
    }
  });

  it("has no fault knobs unless they are enabled", async () => {
    const server = createBankServer({ ledger: bank.ledger, token: TOKEN, logger: pino({ level: "silent" }) });
    const headers = { authorization: `Bearer ${TOKEN}` };
    const response = await server.inject({ method: "PUT", url: "/v1/faults", headers, payload: { failBeforeCommit: 1 } });
    expect(response.statusCode).equal(404);
    await server.close();
  });

  it("writes no account number into its log or its problems, whatever the request", async () => {
    const canary = "CANARY-4711";
    const answers: string[] = [];
    const call = async (...parameters: Parameters<TestBank["call"]>) => {
      const response = await bank.call(...parameters);
      if (response.status >= 400) answers.push(await response.text());
    };
    const posting = { ...debitJson, account: canary };
    await call("PUT", `/v1/accounts/${canary}`, { currency: "THB", openingBalance: "9" });
    await call("PUT", `/v1/accounts/${canary}`, { currency: "THB", openingBalance: "10" });
    await call("GET", `/v1/accounts/${canary}`);
    await call("PATCH", `/v1/accounts/${canary}`, { status: canary });
    await call("POST", "/v1/postings", { postings: [posting, { ...posting, reference: "b:debit", amount: "5" }] });
    await call("POST", "/v1/postings", { postings: [{ ...posting, amount: "-5" }] });
    await call("GET", `/v1/nowhere/${canary}`);
    await call("GET", `/v1/accounts/${canary}%zz`);
    await call("GET", `/v1/accounts/${canary}`, undefined, "wrong");
    const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
    const cut = await fetch(`${bank.baseUrl}/v1/postings`, { method: "POST", headers, body: `{"account":"${canary}` });
    answers.push(await cut.text());
    const socket = connect(Number(new URL(bank.baseUrl).port), "127.0.0.1");
    socket.end(`NOT HTTP ${canary}\r\n\r\n`);
    answers.push(await text(socket));
    await bank.setFaults({ status500AfterCommit: 1 });
    await call("POST", "/v1/postings", { postings: [{ ...posting, reference: "c:debit" }] });

    expect(bank.logs.length).greaterThan(10);
    // The check itself sees what it looks for: the route is logged, by its pattern.
    expect(bank.logs.join("")).include("/v1/accounts/:number");
    expect(answers).lengthOf(9);
    expect(bank.logs.join("")).not.include(canary);
    expect(answers.join("")).not.include(canary);
  });
});
