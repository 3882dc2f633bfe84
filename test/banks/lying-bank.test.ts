import type { RequestListener } from "node:http";
import { expect } from "chai";
import { createRestConnector } from "../../src/banks/rest-connector.js";
import { AppError } from "../../src/domain/app-error.js";
import { ALICE, BOB, debit, refund } from "./helpers/postings.js";
import { SILENT, startStub } from "./helpers/start-bank.js";

const BANK = "FAASTHB1";
const POSTING = debit("a", 10_000n);
const TRUE = {
  bank: BANK,
  reference: POSTING.reference,
  kind: "debit",
  status: "posted",
  account: ALICE,
  amount: "10000",
  currency: "THB",
};
const SALT = "00112233445566778899aabbccddeeff";

const lies: [string, Record<string, unknown>][] = [
  ["another amount", { amount: "1" }],
  ["another currency", { currency: "USD" }],
  ["another account", { account: BOB }],
  ["another kind", { kind: "credit" }],
  ["another bank", { bank: "WHSKTHB1" }],
  ["another reference", { reference: "b:debit" }],
  ["no amount", { amount: undefined }],
  ["no kind", { kind: undefined }],
];

describe("a bank whose receipt differs from the posting", () => {
  const cleanUps: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  const answer = (fields: object, status = "posted") => ({
    status,
    reference: POSTING.reference,
    ...(status === "refused" && { reason: "AM04" }),
    receipt: JSON.stringify({ ...TRUE, status, ...fields, salt: SALT }),
  });
  async function connect(answers: { post: unknown[]; find: unknown; close: unknown }) {
    const asked: string[] = [];
    const listener: RequestListener = (request, response) => {
      request.resume();
      const what = request.method === "GET" ? "find" : request.url?.endsWith("/close") ? "close" : "post";
      asked.push(what);
      const body = what === "post" ? { outcomes: answers.post } : answers[what];
      response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(body ?? {}));
    };
    const stub = await startStub(listener);
    const connector = createRestConnector({
      baseUrl: stub.baseUrl,
      token: "t",
      bank: BANK,
      timeoutMs: 2_000,
      settleDelayMs: 1,
      logger: SILENT,
    });
    cleanUps.push(stub.stop, () => connector.shutdown());
    return { connector, asked };
  }
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => "answered",
      (error: unknown) => (error instanceof AppError ? error.code : error),
    );

  for (const [what, fields] of lies) {
    it(`is not believed about ${what}: the outcome is settled by find`, async () => {
      const { connector, asked } = await connect({ post: [answer(fields)], find: answer({}), close: undefined });
      const [result] = await connector.postMany([POSTING]);
      expect(result).to.have.nested.property("value.receipt", answer({}).receipt);
      expect(asked).to.deep.equal(["post", "find"]);
    });

    it(`leaves the outcome unknown where find and close say ${what} too`, async () => {
      const lie = answer(fields);
      const { connector } = await connect({ post: [lie], find: lie, close: lie });
      const [result] = await connector.postMany([POSTING]);
      expect(result).to.have.nested.property("reason.code", "bank-outcome-unknown");
      expect(result).to.have.nested.property("reason.cause.code", "bank-protocol");
    });

    it(`gives no outcome with ${what} to find and close of an asker who knows the posting`, async () => {
      const lie = answer(fields);
      const { connector } = await connect({ post: [], find: lie, close: lie });
      expect(await codeOf(connector.find(POSTING.reference, POSTING))).to.equal("bank-protocol");
      expect(await codeOf(connector.close(POSTING.reference, "AB06", POSTING))).to.equal("bank-protocol");
    });
  }

  it("is not believed about a refusal of another amount", async () => {
    const { connector } = await connect({ post: [answer({ amount: "1" }, "refused")], find: answer({}), close: undefined });
    const [result] = await connector.postMany([POSTING]);
    expect(result).to.have.nested.property("value.status", "posted");
  });

  it("is believed about a refusal that closed the reference, which knows no amount", async () => {
    const closed = answer({ account: undefined, amount: undefined, currency: undefined }, "refused");
    const { connector } = await connect({ post: [closed], find: undefined, close: undefined });
    const [result] = await connector.postMany([POSTING]);
    expect(result).to.have.nested.property("value.status", "refused");
  });

  it("is believed about a refund whose receipt leaves out the debit, and not where it names another debit", async () => {
    const { reference, ...posting } = refund("a", 10_000n);
    const receiptOf = (fields: object) =>
      JSON.stringify({ ...TRUE, account: undefined, kind: "refund", reference, ...fields, salt: SALT });
    for (const [fields, code] of [
      [{}, "answered"],
      [{ refundOf: "a:debit" }, "answered"],
      [{ refundOf: "b:debit" }, "bank-protocol"],
    ] as const) {
      const find = { status: "posted", reference, receipt: receiptOf(fields) };
      const { connector } = await connect({ post: [], find, close: undefined });
      expect(await codeOf(connector.find(reference, posting)), JSON.stringify(fields)).to.equal(code);
    }
  });

  it("is asked again where it answers another posting, or one posting in two ways", async () => {
    const other = { ...answer({ reference: "b:debit" }), reference: "b:debit" };
    const second = { ...answer({}), receipt: JSON.stringify({ ...TRUE, salt: "ff" }) };
    for (const post of [[other], [], [answer({}), second], [answer({}), answer({ amount: "1" })]]) {
      const { connector, asked } = await connect({ post, find: answer({}), close: undefined });
      const [result] = await connector.postMany([POSTING]);
      expect(result).to.have.nested.property("value.receipt", answer({}).receipt);
      expect(asked).to.deep.equal(["post", "find"]);
    }
  });
});
