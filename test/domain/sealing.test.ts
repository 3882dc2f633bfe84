import { createDecipheriv } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { exportAsRecipient, exportAsSender } from "../../src/domain/hpke-export.js";
import {
  createOpener,
  createSealer,
  generateSealingKeyPair,
  SEAL_OVERHEAD_BYTES,
  type SealingRecipient,
} from "../../src/domain/sealing.js";
import { expectAppError } from "./expect-app-error.js";
import { referenceExport } from "./hpke-reference.js";

// RFC 9180, appendix A.7.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, export-only, mode Base.
const RFC_VECTOR = {
  info: "4f6465206f6e2061204772656369616e2055726e",
  privateKey: "33d196c830a12f9ac65d6e565a590d80f04ee9b19c83c87f2c170d972a812848",
  enc: "e5e8f9bfff6c2f29791fc351d2c25ce1299aa5eaca78a757c0b4fb4bcd830918",
  exported: "7a36221bd56d50fb51ee65edfd98d06a23c4dc87085aa5866cb7087244bd2a36",
};

const INFO = Buffer.from("eventmachine sealing v2");
const HOUR_MS = 3_600_000;
const bytes = (text: string) => new TextEncoder().encode(text);
const hex = (text: string) => Buffer.from(text, "hex");
const encOf = (sealed: Uint8Array) => Buffer.from(sealed.subarray(2, 34)).toString("hex");
const numberOf = (sealed: Uint8Array) => Buffer.from(sealed).readUInt32BE(34);

describe("HPKE export", () => {
  it("agrees with RFC 9180, appendix A.7.1", async () => {
    const { info, privateKey, enc, exported } = RFC_VECTOR;
    expect(Buffer.from(await exportAsRecipient(hex(privateKey), hex(enc), hex(info))).toString("hex")).to.equal(exported);
    expect(referenceExport(hex(privateKey), hex(enc), hex(info)).toString("hex")).to.equal(exported);
  });

  it("gives sender and recipient the same secret, and another info another one", async () => {
    const pair = await generateSealingKeyPair();
    const { enc, secret } = await exportAsSender(hex(pair.publicKey.slice(2)), bytes("one"));
    expect(await exportAsRecipient(hex(pair.privateKey.slice(2)), enc, bytes("one"))).to.deep.equal(secret);
    expect(await exportAsRecipient(hex(pair.privateKey.slice(2)), enc, bytes("other"))).not.to.deep.equal(secret);
  });
});

describe("sealing", () => {
  let recipient: SealingRecipient;
  let privateKey: string;

  before(async () => {
    const pair = await generateSealingKeyPair();
    privateKey = pair.privateKey;
    recipient = { bank: "FAASTHB1", keyVersion: 7, publicKey: pair.publicKey };
  });

  it("opens what was sealed, whatever it is", async () => {
    const sealer = createSealer();
    const opener = createOpener(new Map([[7, privateKey]]));
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), fc.uint8Array(), async (plaintext, aad) => {
        const sealed = await sealer.seal({ recipient, plaintext, aad });
        expect(sealed.length).to.equal(plaintext.length + SEAL_OVERHEAD_BYTES);
        expect(await opener.open({ sealed, aad })).to.deep.equal(plaintext);
      }),
    );
  });

  it("has the format that is documented, and can be opened by hand", async () => {
    const sealer = createSealer();
    const message = { recipient, plaintext: bytes("hello"), aad: bytes("aad") };
    for (const number of [0, 1, 2]) {
      const sealed = Buffer.from(await sealer.seal(message));
      expect(sealed.readUInt16BE(0)).to.equal(7);
      const key = referenceExport(hex(privateKey.slice(2)), sealed.subarray(2, 34), INFO);
      const nonce = Buffer.alloc(12);
      nonce[11] = number;
      expect(sealed.subarray(34, 38).equals(nonce.subarray(8))).to.equal(true);
      const decipher = createDecipheriv("aes-256-gcm", key, nonce);
      decipher.setAAD(Buffer.concat([sealed.subarray(0, 38), bytes("aad")])).setAuthTag(sealed.subarray(-16));
      expect(Buffer.concat([decipher.update(sealed.subarray(38, -16)), decipher.final()]).toString()).to.equal("hello");
    }
  });

  it("cannot open what was tampered with, cut off or lengthened, or has other associated data", async () => {
    const sealed = await createSealer().seal({ recipient, plaintext: bytes("hello"), aad: bytes("aad") });
    const opener = createOpener(new Map([[7, privateKey]]));
    for (const [index, byte] of sealed.entries()) {
      const tampered = Uint8Array.from(sealed).fill(byte ^ 1, index, index + 1);
      await expectAppError("cannot-open", () => opener.open({ sealed: tampered, aad: bytes("aad") }));
      await expectAppError("cannot-open", () => opener.open({ sealed: sealed.subarray(0, index), aad: bytes("aad") }));
    }
    await expectAppError("cannot-open", () => opener.open({ sealed: Buffer.concat([sealed, Buffer.of(0)]), aad: bytes("aad") }));
    await expectAppError("cannot-open", () => opener.open({ sealed, aad: bytes("AAD") }));
    expect(await opener.open({ sealed, aad: bytes("aad") })).to.deep.equal(bytes("hello"));
  });

  it("cannot open with another key, nor with the right key under another version", async () => {
    const sealed = await createSealer().seal({ recipient, plaintext: bytes("hello"), aad: bytes("") });
    const other = await generateSealingKeyPair();
    for (const keys of [new Map(), new Map([[7, other.privateKey]]), new Map([[8, privateKey]]), new Map([[7, "0x12"]])]) {
      await expectAppError("cannot-open", () => createOpener(keys).open({ sealed, aad: bytes("") }));
    }
    const renamed = Buffer.from(sealed);
    renamed.writeUInt16BE(8);
    const opener = createOpener(new Map([[8, privateKey]]));
    await expectAppError("cannot-open", () => opener.open({ sealed: renamed, aad: bytes("") }));
  });

  it("encapsulates once a recipient and epoch", async () => {
    let nowMs = 0;
    const sealer = createSealer({ clock: () => nowMs });
    const seal = async (to = recipient) => encOf(await sealer.seal({ recipient: to, plaintext: bytes("x"), aad: bytes("") }));
    const [first, second] = await Promise.all([seal(), seal()]);
    expect(second).to.equal(first);
    nowMs = HOUR_MS - 1;
    expect(await seal()).to.equal(first);
    expect(await seal({ ...recipient, keyVersion: 8 })).not.to.equal(first);
    nowMs = HOUR_MS;
    expect(await seal()).not.to.equal(first);
  });

  it("takes a new key, and counts anew, once the numbers of one are used up", async () => {
    const sealer = createSealer({ clock: () => 0, messagesPerKeyMax: 2 });
    const message = { recipient, plaintext: bytes("x"), aad: bytes("") };
    const sealed = await Promise.all([1, 2, 3, 4, 5].map(() => sealer.seal(message)));
    const encs = sealed.map(encOf);
    expect(new Set(encs).size).to.equal(3);
    expect([encs[0] === encs[1], encs[1] === encs[2]]).to.deep.equal([true, false]);
    expect(sealed.map(numberOf)).to.deep.equal([0, 1, 0, 1, 0]);
  });

  it("never repeats a nonce under one key, whatever is sealed meanwhile, and however many at once", async () => {
    let nowMs = 0;
    const sealer = createSealer({ clock: () => nowMs });
    const other = { ...recipient, bank: "WHSKTHB1" };
    const seal = (index: number) => {
      nowMs += HOUR_MS / 50;
      return sealer.seal({ recipient: index % 3 === 0 ? other : recipient, plaintext: bytes("x"), aad: bytes(`${index}`) });
    };
    const sealed = await Promise.all(Array.from({ length: 200 }, (_, index) => seal(index)));
    sealed.push(await seal(200), await seal(201));
    const uses = sealed.map((part) => `${encOf(part)}/${numberOf(part)}`);
    expect(new Set(uses).size).to.equal(sealed.length);
    // It is keys in common that make this a test: one a bank and hour.
    expect(new Set(sealed.map(encOf)).size).to.be.within(8, 12);
  });

  it("shares no key with another sealer", async () => {
    const message = { recipient, plaintext: bytes("x"), aad: bytes("") };
    const sealed = await Promise.all([createSealer().seal(message), createSealer().seal(message)]);
    expect(sealed.map(numberOf)).to.deep.equal([0, 0]);
    expect(new Set(sealed.map(encOf)).size).to.equal(2);
  });

  it("says which bank's key cannot be sealed to, and tries again the next time", async () => {
    const sealer = createSealer();
    for (const publicKey of [`0x01${"00".repeat(31)}`, `0x${"00".repeat(32)}`, "0x12"]) {
      const message = { recipient: { ...recipient, publicKey }, plaintext: bytes("x"), aad: bytes("") };
      await expectAppError("bank-unreachable", () => sealer.seal(message));
      await expectAppError("bank-unreachable", () => sealer.seal(message));
    }
  });

  for (const keyVersion of [0, 65_536, 1.5, -1]) {
    it(`refuses to seal to key version ${keyVersion}`, async () => {
      const message = { recipient: { ...recipient, keyVersion }, plaintext: bytes("x"), aad: bytes("") };
      const error = await createSealer()
        .seal(message)
        .catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(RangeError);
    });
  }
});
