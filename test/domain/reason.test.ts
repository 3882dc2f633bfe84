import { expect } from "chai";
import fc from "fast-check";
import { isReason, REASONS, reasonFromBytes4, reasonToBytes4 } from "../../src/domain/reason.js";

describe("reason", () => {
  it("is four ASCII bytes on the chain", () => {
    expect(reasonToBytes4("AM04")).to.equal("0x414d3034");
    expect(reasonFromBytes4("0x414d3034")).to.equal("AM04");
  });

  it("is zero on the chain where there is none", () => {
    expect(reasonToBytes4(undefined)).to.equal("0x00000000");
    expect(reasonFromBytes4("0x00000000")).to.equal(undefined);
  });

  it("is written and read alike, whichever code a bank gives", () => {
    fc.assert(fc.property(fc.stringMatching(/^[A-Z0-9]{4}$/), (reason) => reasonFromBytes4(reasonToBytes4(reason)) === reason));
  });

  it("has the right form for every code the system gives", () => {
    for (const [code, name] of Object.entries(REASONS)) {
      expect(isReason(code)).to.equal(true);
      expect(name).to.match(/^[A-Z][A-Za-z]+$/);
    }
  });

  for (const bad of ["", "AM4", "AM044", "am04", "AM0\u00d0", "ＡM04"]) {
    it(`refuses ${JSON.stringify(bad)}`, () => expect(() => reasonToBytes4(bad)).to.throw(RangeError));
  }

  for (const bad of ["", "0x", "0x414d30", "0x414d3000", "0x616d3034", "AM04"]) {
    it(`refuses the bytes ${JSON.stringify(bad)}`, () => expect(() => reasonFromBytes4(bad)).to.throw(RangeError));
  }
});
