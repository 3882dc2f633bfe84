import { expect } from "chai";
import { AbiCoder, keccak256, toUtf8Bytes } from "ethers";
import fc from "fast-check";
import {
  aliasId,
  bankIdFromBytes,
  bankIdToBytes,
  deriveTransferId,
  organisationToBytes,
  parseBankId,
  parseOrganisation,
  requestHashOf,
  transferId,
} from "../../src/domain/ids.js";
import { expectAppError } from "./expect-app-error.js";

const DOMAIN = `0x${"d0".repeat(32)}`;
const bic = fc.stringMatching(/^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}$/);
const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,30}$/);

describe("ids", () => {
  it("names a transfer by Solidity's abi.encode of network, organisation and the request's hash", () => {
    const word = (hex: string) => hex.padEnd(64, "0");
    const number = (value: number) => value.toString(16).padStart(64, "0");
    const text = (value: string) => number(value.length) + word(Buffer.from(value).toString("hex"));
    const requestHash = keccak256(`0x${number(64)}${number(128)}${text("p")}${text("key")}`);
    expect(requestHashOf({ principal: "p", idempotencyKey: "key" })).to.equal(requestHash);
    const organisation = word(Buffer.from("org").toString("hex"));
    const id = transferId({ domain: DOMAIN, organisation: "org", principal: "p", idempotencyKey: "key" });
    expect(id).to.equal(keccak256(DOMAIN + organisation + requestHash.slice(2)));
    expect(id).to.equal(deriveTransferId({ domain: DOMAIN, organisation: "org", requestHash }));
  });

  it("agrees with a general ABI coder, whatever the texts", () => {
    const part = fc.string({ unit: "grapheme", maxLength: 70 });
    const coder = AbiCoder.defaultAbiCoder();
    fc.assert(
      fc.property(name, part, part, (organisation, principal, idempotencyKey) => {
        const requestHash = keccak256(coder.encode(["string", "string"], [principal, idempotencyKey]));
        expect(requestHashOf({ principal, idempotencyKey })).to.equal(requestHash);
        const words = [DOMAIN, organisationToBytes(organisation), requestHash];
        const encoded = coder.encode(["bytes32", "bytes31", "bytes32"], words);
        expect(transferId({ domain: DOMAIN, organisation, principal, idempotencyKey })).to.equal(keccak256(encoded));
      }),
    );
  });

  it("gives different requests different ids, wherever the parts are cut", () => {
    const part = fc.string({ maxLength: 3, unit: fc.constantFrom("a", "b") });
    const organisation = fc.constantFrom("a", "b", "aa", "ab", "ba");
    const parts = fc.record({ domain: fc.constant(DOMAIN), organisation, principal: part, idempotencyKey: part });
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

  for (const text of [
    "",
    "FAASTHB",
    "FAASTHB1XXX",
    "faasthb1",
    "FAAS1HB1",
    "FAAST1B1",
    "E0-7AEXX",
    "FAASTHB-",
    "ＦAASTHB1",
    "FAASTHB1\n",
  ]) {
    it(`refuses ${JSON.stringify(text)} as a bank`, async () => {
      await expectAppError("invalid-request", () => parseBankId(text));
    });
  }

  for (const text of ["E097AEXX", "0000TH00", "FAASTHB1"]) {
    it(`takes ${text} as a bank (ISO 9362:2014)`, () => {
      expect(bankIdFromBytes(bankIdToBytes(text))).to.equal(text);
    });
  }

  for (const text of ["", "-shop", "Shop", "shop_1", "shop\n", "a".repeat(32), "sh\u0000p", "ｓhop"]) {
    it(`refuses ${JSON.stringify(text)} as an organisation`, async () => {
      await expectAppError("invalid-request", () => parseOrganisation(text));
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
