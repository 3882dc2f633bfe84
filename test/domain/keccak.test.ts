import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { id, keccak256 as ofEthers } from "ethers";
import { keccak256 } from "../../src/domain/keccak.js";

// Ethers keeps its own way to hash beside the one it was told of.
const own = (data: Uint8Array) => `0x${Buffer.from(keccak256._(data)).toString("hex")}`;

describe("keccak", () => {
  it("hashes nothing as everybody does", () => {
    expect(keccak256("0x")).to.equal("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  });

  it("hashes as ethers' own does, around every block of 136 bytes and beyond the buffer of 16 KB", () => {
    const lengths = [...Array.from({ length: 420 }, (_, length) => length), 16_383, 16_384, 16_385, 50_000, 120_001];
    for (const length of lengths) {
      const data = randomBytes(length);
      expect(keccak256(data), String(length)).to.equal(own(data));
    }
  });

  it("is what ethers hashes by", () => {
    expect(ofEthers).to.equal(keccak256);
    expect(id("sequence()")).to.equal(own(Buffer.from("sequence()")));
  });
});
