import { expect } from "chai";
import fc from "fast-check";
import { canonicalJson, evidenceHash } from "../../src/domain/evidence.js";

describe("evidence", () => {
  it("writes the example of RFC 8785, section 3.2.2", () => {
    const value = {
      numbers: JSON.parse("[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]"),
      string: "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).to.equal(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it("sorts by UTF-16 code units (RFC 8785, section 3.2.3)", () => {
    const value = { "\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\ud83d\ude00": 5, "\u0080": 6, "\u00f6": 7 };
    expect([...canonicalJson(value).matchAll(/:(\d)/g)].map(([, digit]) => digit).join("")).to.equal("2467153");
  });

  it("does not depend on the order of members", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).to.equal(canonicalJson(value));
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).to.equal(canonicalJson(value));
      }),
    );
  });

  for (const [what, value] of Object.entries({ undefined: undefined, bigint: 1n, NaN: Number.NaN, surrogate: "\ud800" })) {
    it(`refuses ${what}`, () => expect(() => canonicalJson(value)).to.throw(TypeError));
  }

  it("hashes a receipt with SHA-256 (FIPS 180-4 example)", () => {
    expect(evidenceHash("abc")).to.equal("0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  it("hashes UTF-8 bytes", () => {
    expect(evidenceHash("é")).not.to.equal(evidenceHash("e\u0301"));
  });
});
