import { expect } from "chai";
import { AppError } from "../../../src/domain/app-error.js";
import { PAYEE_BANK, PAYEE_PHONE, PAYER_PHONE, UNKNOWN_PHONE } from "../../../tools/api-fakes/fake-deps.js";
import { BODY, createTestApi, expectProblem, type TestApi } from "../api-under-test.js";

const json = JSON.stringify(BODY);
const withAmount = (amount: unknown) => ({ ...BODY, amount: { amount, currency: "THB" } });
const withPayee = (phone: unknown) => ({ ...BODY, payee: { phone } });

// Line and paragraph separators, bidi marks and embeddings, zero-width and invisible characters, next line, tags.
const FORBIDDEN_CHARACTERS = [
  ..."\u2028\u2029\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069\u200b\u2060\u2061\ufeff\u00ad\u180e\u0085\u000b\u007f\ufff9",
  "\u{e0041}",
];

describe("POST /v1/transfers with bad input", () => {
  let test: TestApi;

  beforeEach(async () => {
    test = await createTestApi();
  });

  afterEach(async () => {
    expect(test.deps.entries.size, "nothing must be journalled").to.equal(0);
    expect(test.deps.log()).not.to.match(/"level":[56]0/);
    await test.api.close();
  });

  const KEYS = { missing: undefined, empty: "", "with a space": "a b", "with ü": "\u00fc", "of 256 characters": "k".repeat(256) };
  for (const [what, key] of Object.entries(KEYS)) {
    it(`answers 400 to an Idempotency-Key ${what}`, async () => {
      expectProblem(await test.start(BODY, { "idempotency-key": key }), 400, "idempotency-key-invalid");
    });
  }

  const MALFORMED: Record<string, unknown> = {
    "no body": "",
    "a body that is not JSON": "{",
    "a trailing comma": `${json.slice(0, -1)},}`,
    "a body after the body": `${json}${json}`,
    "a byte-order mark": `\ufeff${json}`,
    "bytes that are not UTF-8": Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    null: "null",
    "an array": "[]",
    "a string": '"x"',
    "a member twice": json.replace('"payee"', '"amount":{"amount":"1","currency":"THB"},"payee"'),
    "a member twice, once escaped": json.replace('"payee"', '"p\\u0061yee":{"phone":"+66811111111"},"payee"'),
    "an inner member twice": json.replace('"amount":"15000"', '"amount":"1","amount":"15000"'),
    __proto__: json.replace("{", '{"__proto__":{"admin":true},'),
    "__proto__, escaped": json.replace("{", '{"\\u005f_proto__":{"admin":true},'),
    "an inner __proto__": json.replace('{"phone"', '{"__proto__":{},"phone"'),
    "constructor.prototype": json.replace("{", '{"constructor":{"prototype":{}},'),
    NUL: { ...BODY, message: "a\0b" },
    "a raw NUL": json.replace("15000", "15\u0000000"),
    "a lone surrogate": json.replace("{", '{"message":"\\ud800",'),
    "an unknown field": { ...BODY, note: "x" },
    "an unknown inner field": { ...BODY, payer: { ...BODY.payer, bank: "FAASTHB1" } },
    "a state of its own": { ...BODY, state: "COMPLETED" },
    "an id of its own": { ...BODY, id: "0x01" },
    "no payer": { ...BODY, payer: undefined },
    "no amount": { ...BODY, amount: undefined },
    "an amount that is a number": withAmount(15000),
    "an amount that is an object": withAmount({ toString: "1" }),
    "an amount that is null": withAmount(null),
    "a phone that is a number": withPayee(66898765432),
    "a phone that is an array": withPayee([PAYEE_PHONE]),
    "a message that is too long": { ...BODY, message: "🍜".repeat(141) },
    "a message that is empty": { ...BODY, message: "" },
    "a message of two lines": { ...BODY, message: "a\nb" },
    "a message that turns around": { ...BODY, message: "a\u202eb" },
    ...Object.fromEntries(
      FORBIDDEN_CHARACTERS.map((character) => [
        `a message with U+${character.codePointAt(0)?.toString(16).padStart(4, "0")}`,
        { ...BODY, message: `a${character}b` },
      ]),
    ),
    "a deadline that is no time": { ...BODY, deadline: "tomorrow" },
    "a deadline without a zone": { ...BODY, deadline: "2026-02-01T00:00:00" },
    "a deadline at hour 24": { ...BODY, deadline: "2026-02-01T24:00:00Z" },
    "a deadline on a day that is not": { ...BODY, deadline: "2026-02-31T00:00:00Z" },
    "a deadline that is a number": { ...BODY, deadline: 1_770_000_000 },
    "a body that is nested deep": `${"[".repeat(5_000)}${"]".repeat(5_000)}`,
  };
  for (const [what, body] of Object.entries(MALFORMED)) {
    it(`answers 400 to ${what}`, async () => {
      expectProblem(await test.start(body), 400, "invalid-request");
    });
  }

  it("says which field has the wrong shape", async () => {
    const problem = expectProblem(await test.start(withAmount(15000)), 400, "invalid-request");
    expect(JSON.stringify(problem.errors)).to.include('"pointer":"/amount/amount"');
  });

  it("says which field is one too many", async () => {
    const problem = expectProblem(await test.start({ ...BODY, state: "COMPLETED" }), 400, "invalid-request");
    expect(problem.errors).to.deep.equal([{ pointer: "/state", detail: "is no field of this resource" }]);
  });

  it("leaves Object.prototype alone", async () => {
    await test.start(json.replace("{", '{"__proto__":{"polluted":true},'));
    expect(({} as Record<string, unknown>).polluted).to.equal(undefined);
  });

  it("answers 413 to a body over 16 KiB, and takes no less", async () => {
    expectProblem(await test.start(`{"message":"${"x".repeat(16 * 1024)}"}`), 413, "body-too-large");
    const padded = json.replace("{", `{${" ".repeat(16 * 1024 - json.length + 1)}`);
    expectProblem(await test.start(padded), 413, "body-too-large");
    expectProblem(await test.start(`{${" ".repeat(16 * 1024 - 2)}}`), 400, "invalid-request");
  });

  for (const type of [
    "text/plain",
    "application/x-www-form-urlencoded",
    "text/json",
    "multipart/form-data",
    "nonsense",
    undefined,
  ]) {
    it(`answers 415 to the media type ${type}`, async () => {
      expectProblem(await test.start(json, { "content-type": type }), 415, "unsupported-media-type");
    });
  }

  const PHONES = {
    "in national form": "0898765432",
    "with spaces": "+66 89 876 5432",
    "with full-width digits": "+６６８９８７６５４３２",
    "with a bidi mark": "\u202a+66898765432",
    "that nobody can have": "+66000000000",
    "that is empty": "",
  };
  for (const [what, phone] of Object.entries(PHONES)) {
    it(`answers 422 to a phone ${what}`, async () => {
      const response = await test.start(withPayee(phone));
      expectProblem(response, 422, "invalid-phone");
      if (phone !== "") expect(response.body).not.to.include(phone);
    });
  }

  for (const amount of ["0", "-1", "1.5", "1e3", "01", "", "1000000000000001", "９"]) {
    it(`answers 422 to the amount ${JSON.stringify(amount)}`, async () => {
      expectProblem(await test.start(withAmount(amount)), 422, "invalid-amount");
    });
  }

  for (const currency of ["thb", "XXX", "BTC", ""]) {
    it(`answers 422 to the currency ${JSON.stringify(currency)}`, async () => {
      expectProblem(await test.start({ ...BODY, amount: { amount: "1", currency } }), 422, "invalid-currency");
    });
  }

  it("answers 422 where payer and payee are the same", async () => {
    expectProblem(await test.start(withPayee(PAYER_PHONE)), 422, "invalid-transfer");
  });

  for (const deadline of ["2026-01-31T12:00:09Z", "2025-01-01T00:00:00Z", "2026-03-02T12:00:00Z", "9999-12-31T23:59:59Z"]) {
    it(`answers 422 to the deadline ${deadline}`, async () => {
      expectProblem(await test.start({ ...BODY, deadline }), 422, "invalid-transfer");
    });
  }

  it("answers 422 where a bank takes no part any more", async () => {
    test.deps.recipients.delete(PAYEE_BANK);
    expectProblem(await test.start(), 422, "invalid-transfer");
  });

  it("answers alike to an unregistered payer, an unregistered payee and a payer the caller may not send for", async () => {
    const payee = expectProblem(await test.start(withPayee(UNKNOWN_PHONE)), 404, "not-found");
    const payer = expectProblem(await test.start({ ...BODY, payer: { phone: UNKNOWN_PHONE } }), 404, "not-found");
    test.deps.principals.set("alice-key", {
      id: "alice",
      scopes: ["transfers:write"],
      payers: [test.deps.alias(PAYEE_PHONE), PAYEE_BANK],
      expiresAt: null,
    });
    const foreign = expectProblem(await test.start(), 404, "not-found");
    expect([payer, foreign]).to.deep.equal([payee, payee]);
  });
});

describe("POST /v1/transfers for a caller with few rights", () => {
  let test: TestApi;

  beforeEach(async () => {
    test = await createTestApi();
  });

  afterEach(() => test.api.close());

  it("takes a payer named by alias or by bank", async () => {
    for (const [index, payer] of [test.deps.alias(PAYER_PHONE), "FAASTHB1"].entries()) {
      test.deps.principals.set("alice-key", { id: "alice", scopes: ["transfers:write"], payers: [payer], expiresAt: null });
      expect((await test.start(BODY, { "idempotency-key": `key-${index}` })).statusCode).to.equal(202);
    }
  });

  for (const authorization of [undefined, "Bearer", "Bearer wrong", "Basic YWxpY2Uta2V5", "alice-key", "Bearer alice-key x"]) {
    it(`answers 401 to ${authorization ?? "no credentials"}`, async () => {
      expectProblem(await test.start(BODY, { authorization }), 401, "unauthorized");
    });
  }

  it("answers 403 without the scope", async () => {
    expectProblem(await test.start(BODY, { authorization: "Bearer reader-key" }), 403, "forbidden");
  });
});

describe("POST /v1/transfers while something fails", () => {
  let test: TestApi;

  beforeEach(async () => {
    test = await createTestApi();
  });

  afterEach(async () => {
    expect(test.deps.entries.size, "nothing must be journalled").to.equal(0);
    await test.api.close();
  });

  it("answers 503 and journals nothing where the store is down", async () => {
    test.deps.failure = new AppError("store-unavailable", "secret host name");
    const response = await test.start();
    expectProblem(response, 503, "store-unavailable");
    expect(response.body).not.to.include("secret");
    expect(test.deps.log()).to.include("store-unavailable");
  });

  it("answers 500 without a word of what went wrong where something unforeseen did", async () => {
    test.deps.failure = new Error(`SELECT * FROM keys WHERE phone = '${PAYER_PHONE}'`);
    const response = await test.start();
    expectProblem(response, 500, "internal");
    expect(response.body).not.to.match(/SELECT|668/);
    expect(test.deps.log()).to.include("SELECT").and.not.to.include(PAYER_PHONE);
  });

  it("answers 503 where a bank's sealing key cannot be used", async () => {
    test.deps.recipients.set(PAYEE_BANK, { bank: PAYEE_BANK, keyVersion: 1, publicKey: `0x01${"00".repeat(31)}` });
    expectProblem(await test.start(), 503, "bank-unreachable");
  });
});
