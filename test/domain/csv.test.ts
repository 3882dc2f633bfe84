import { expect } from "chai";
import { toCsv } from "../../src/domain/csv.js";

describe("CSV", () => {
  it("has lines that end as RFC 4180 says, and a header", () => {
    expect(toCsv(["a", "b"], [[1, "x"]])).to.equal("a,b\r\n1,x\r\n");
  });

  it("quotes somebody else's words, and lets no spreadsheet take them for a formula", () => {
    expect(toCsv(["a"], [[{ text: 'say "x", y' }], [{ text: "" }]])).to.equal('a\r\n"say ""x"", y"\r\n\r\n');
    for (const text of ["=1+1", "+1", "-1", "@x", "\tx", "\rx"]) {
      expect(toCsv(["a"], [[{ text }]])).to.equal(`a\r\n"'${text}"\r\n`);
    }
  });
});
