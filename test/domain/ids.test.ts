import { expect } from "chai";
import { AbiCoder, keccak256, toUtf8Bytes } from "ethers";
import fc from "fast-check";
import { aliasId, bankIdFromBytes, bankIdToBytes, parseBankId, transferId } from "../../src/domain/ids.js";
import { expectAppError } from "./expect-app-error.js";

const DOMAIN = `0x${"d0".repeat(32)}`;
const bic = fc.stringMatching(/^[A-Z]{6}[A-Z0-9]{2}$/);

describe("ids", () => {
  it("names a transfer by Solidity's abi.encode of its four parts", () => {
    const id = transferId({ domain: DOMAIN, organisation: "org", principal: "p", idempotencyKey: "key" });
    const word = (hex: string) => hex.padEnd(64, "0");
    const number = (value: number) => value.toString(16).padStart(64, "0");
    const text = (value: string) => number(value.length) + word(Buffer.from(value).toString("hex"));
    const encoded = DOMAIN + number(128) + number(192) + number(256) + text("org") + text("p") + text("key");
    expect(id).to.equal(keccak256(encoded));
  });

  it("agrees with a general ABI coder, whatever the texts", () => {
    const part = fc.string({ unit: "grapheme", maxLength: 70 });
    fc.assert(
      fc.property(part, part, part, (organisation, principal, idempotencyKey) => {
        const types = ["bytes32", "string", "string", "string"];
        const encoded = AbiCoder.defaultAbiCoder().encode(types, [DOMAIN, organisation, principal, idempotencyKey]);
        expect(transferId({ domain: DOMAIN, organisation, principal, idempotencyKey })).to.equal(keccak256(encoded));
      }),
    );
  });

  it("gives different requests different ids, wherever the parts are cut", () => {
    const part = fc.string({ maxLength: 3, unit: fc.constantFrom("a", "b") });
    const parts = fc.record({ domain: fc.constant(DOMAIN), organisation: part, principal: part, idempotencyKey: part });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        expect(transferId(one) === transferId(other)).to.equal(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });

  it("writes a bank's id as eight ASCII bytes and reads it again", () => {
    expect(bankIdToBytes("FAASTHB1")).to.equal(`0x${Buffer.from(toUtf8Bytes("FAASTHB1")).toString("hex")}`);
    fc.assert(fc.property(bic, (bank) => bankIdFromBytes(bankIdToBytes(bank)) === bank));
  });

  for (const text of ["", "FAASTHB", "FAASTHB1XXX", "faasthb1", "FAA1THB1", "FAAST1B1", "FAASTHB-", "ＦAASTHB1", "FAASTHB1\n"]) {
    it(`refuses ${JSON.stringify(text)} as a bank`, async () => {
      await expectAppError("invalid-request", () => parseBankId(text));
    });
  }

  for (const hex of ["0x0000000000000000", "0x", "0xff41415354484231", "FAASTHB1"]) {
    it(`refuses ${hex} as a bank's bytes`, async () => {
      await expectAppError("invalid-request", () => bankIdFromBytes(hex));
    });
  }

  it("computes HMAC-SHA-256 over the number's tel URI", () => {
    // echo -n 'tel:+66812345678' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0b0b…0b (32 bytes)
    const key = { version: 1, secret: new Uint8Array(32).fill(0x0b) };
    expect(aliasId(key, "+66812345678")).to.equal("0x76034b5f8260c0e46ef138849b5af64099994b81d7cf59c5c76c60b33346d457");
  });

  it("refuses an alias key that can be guessed", async () => {
    await expectAppError("config-invalid", () => aliasId({ version: 1, secret: new Uint8Array(31) }, "+66812345678"));
  });
});
