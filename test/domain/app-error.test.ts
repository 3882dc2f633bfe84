import { expect } from "chai";
import { AppError, ERROR_CODES } from "../../src/domain/app-error.js";
import { assertNever } from "../../src/domain/assert-never.js";
import { postingReference } from "../../src/domain/posting.js";

describe("app error", () => {
  it("has for every code a kebab-case name, an error status and a title", () => {
    for (const [code, { status, title }] of Object.entries(ERROR_CODES)) {
      expect(code).to.match(/^[a-z]+(-[a-z]+)*$/);
      expect(status).to.be.within(400, 599);
      expect(title).to.match(/^[A-Z].*[^.]$/);
    }
  });

  it("takes status and retryability from its code", () => {
    const cause = new Error("x");
    const error = new AppError("bank-outcome-unknown", "Ask again.", { cause, details: { bank: "FAASTHB1" } });
    expect([error.status, error.retryable, error.cause, error.details]).to.deep.equal([503, true, cause, { bank: "FAASTHB1" }]);
    expect("cause" in new AppError("internal", "x")).to.equal(false);
  });
});

describe("assertNever", () => {
  it("fails on a value from outside the union", () => {
    expect(() => assertNever("other" as never)).to.throw("Unexpected value: other");
  });
});

describe("posting reference", () => {
  it("names each leg of a transfer differently", () => {
    const references = (["debit", "credit", "refund"] as const).map((kind) => postingReference("0x01", kind));
    expect(references).to.deep.equal(["0x01:debit", "0x01:credit", "0x01:refund"]);
  });
});
