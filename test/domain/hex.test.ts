import { expect } from "chai";
import { bytesFromHex, hexFromBytes } from "../../src/domain/hex.js";

describe("hex", () => {
  it("becomes bytes and hex again, as many as there are or as many as there must be", () => {
    for (const hex of ["0x", "0x00", "0x00ff10"]) expect(hexFromBytes(bytesFromHex(hex))).to.equal(hex);
    expect([...bytesFromHex("0xABcd", 2)]).to.deep.equal([0xab, 0xcd]);
  });

  it("is refused with half a byte, another character, another length or no 0x, by a message that does not repeat it", () => {
    for (const hex of ["", "0", "x0", "0x1", "0x1g", "0x123", "1234", "0X12"]) {
      expect(() => bytesFromHex(hex), hex).to.throw(RangeError, "Expected 0x and an even number of hex digits.");
    }
    expect(() => bytesFromHex("0x1234", 3)).to.throw(RangeError, "Expected 0x and 6 hex digits.");
  });
});
