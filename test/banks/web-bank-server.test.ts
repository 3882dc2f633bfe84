import { join } from "node:path";
import { expect } from "chai";
import { createWebBankServer } from "../../src/banks/simulators/web/web-server.js";
import { ALICE } from "./helpers/postings.js";
import { openTestLedger, SILENT, TOKEN } from "./helpers/start-bank.js";
import { tempFolder } from "./helpers/temp-folder.js";

describe("a bank that has pages only", () => {
  const folder = tempFolder();
  let stoppedAt: number | undefined;
  const ledger = openTestLedger(join(folder.path, "ledger.db"), () => stoppedAt ?? Date.now());
  const teller = { user: "teller", password: "secret" };
  const server = createWebBankServer({
    ledger,
    token: TOKEN,
    teller,
    logger: SILENT,
    sessionIdleMs: 1_000_000,
    faultsEnabled: true,
  });

  after(async () => {
    await server.close();
    ledger.shutdown();
    folder.remove();
  });

  const submit = (url: string, form: Record<string, string>, cookie = "") =>
    server.inject({
      method: "POST",
      url,
      headers: { "content-type": "application/x-www-form-urlencoded", cookie },
      payload: new URLSearchParams(form).toString(),
    });
  const signIn = async () => String((await submit("/login", teller)).headers["set-cookie"]).split(";")[0] ?? "";
  const entry = { direction: "in", account: ALICE, amount: "1.00", currency: "THB", text: `<b>"0xab:credit"</b>` };
  const draftOf = (html: string) => /name="draft" value="([^"]+)"/.exec(html)?.[1] ?? "";

  it("lets nobody in without signing in", async () => {
    for (const url of ["/transfer", "/statement"]) {
      const response = await server.inject({ url });
      expect([response.statusCode, response.headers.location], url).to.deep.equal([303, "/login"]);
    }
    expect((await submit("/transfer/confirmation", { draft: "x" })).headers.location).to.equal("/login");
    expect((await submit("/login", { ...teller, password: "wrong" })).headers["set-cookie"]).to.equal(undefined);
    expect((await server.inject({ url: "/v1/accounts" })).statusCode).to.equal(401);
  });

  it("refuses forms in a coding that it does not undo", async () => {
    const send = (headers: Record<string, string>) =>
      server.inject({
        method: "POST",
        url: "/login",
        headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
        payload: new URLSearchParams(teller).toString(),
      });
    expect((await send({ "content-encoding": "gzip" })).statusCode).to.equal(415);
    expect((await send({ "transfer-encoding": "gzip, chunked" })).statusCode).to.equal(501);
  });

  it("knows no references: what is confirmed twice is booked twice, and the text is only text", async () => {
    const cookie = await signIn();
    const review = await submit("/transfer", entry, cookie);
    const draft = draftOf(review.body);
    expect(review.body).not.to.contain("<b>");
    for (let times = 0; times < 2; times += 1) {
      expect((await submit("/transfer/confirmation", { draft }, cookie)).body).to.contain('id="booked"');
    }
    expect(ledger.account(ALICE)?.balanceMinor).to.equal(1_200n);
    const statement = await server.inject({ url: "/statement", headers: { cookie } });
    expect(statement.body.match(/<tr data-number/g)).to.have.length(2);
    expect(statement.body).to.contain("&#60;b&#62;").and.not.to.contain("<b>");
    const { currencies, ...wrong } = ledger.totals();
    expect(currencies[0]?.allMinor).to.equal(0n);
    expect(wrong).to.deep.equal({ unbalancedAccounts: 0, unbalancedPostings: 0, answersWithoutEntries: 0 });
  });

  it("shows the statement of a day, the newest first, in pages", async () => {
    const cookie = await signIn();
    stoppedAt = Date.parse("2026-03-01T23:59:59.999Z");
    const references = Array.from({ length: 25 }, (_, index) => `number ${index}/${100_000_000_000 + index}`);
    ledger.postMany(
      references.map((reference) => ({ kind: "credit", reference, account: ALICE, amountMinor: 1n, currency: "THB" })),
    );
    const page = async (number: number) =>
      (await server.inject({ url: `/statement?date=2026-03-01&page=${number}`, headers: { cookie } })).body;
    const texts = (html: string) => [...html.matchAll(/number \d+(?=<)/g)].map(([text]) => text);
    expect(texts(await page(1)))
      .to.have.length(20)
      .and.include("number 24");
    expect(await page(1)).to.contain('id="next"');
    expect(texts(await page(2))).to.include("number 0");
    expect(await page(2)).not.to.contain('id="next"');
    expect(texts((await server.inject({ url: "/statement?date=2020-01-01", headers: { cookie } })).body)).to.deep.equal([]);
  });

  it("says what it does not book, and why", async () => {
    const cookie = await signIn();
    expect((await submit("/transfer", { ...entry, account: "nobody" }, cookie)).body).to.contain("E101");
    expect((await submit("/transfer", { ...entry, amount: "1,00" }, cookie)).body).to.contain("E106");
    const { body } = await submit("/transfer", { ...entry, direction: "out", amount: "999999.00" }, cookie);
    expect((await submit("/transfer/confirmation", { draft: draftOf(body) }, cookie)).body).to.contain("E105");
  });

  it("does as its operators tell it: fails, changes its pages, forgets sessions", async () => {
    const cookie = await signIn();
    const headers = { authorization: `Bearer ${TOKEN}` };
    const look = () => server.inject({ url: "/statement", headers: { cookie } });
    const fault = async (name: string) => {
      const payload = [{ step: "statement", fault: name, times: 1 }];
      expect((await server.inject({ method: "PUT", url: "/v1/faults", headers, payload })).statusCode).to.equal(200);
    };
    await fault("error-before");
    expect((await look()).statusCode).to.equal(500);
    await fault("changed");
    expect((await look()).body).not.to.contain('id="statement"');
    expect((await look()).body).to.contain('id="statement"');
    await fault("expired");
    expect((await look()).headers.location).to.equal("/login");
    expect((await look()).headers.location).to.equal("/login");
  });
});
