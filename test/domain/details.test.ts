import { expect } from "chai";
import fc from "fast-check";
import { type DetailsBinding, type LegDetails, openDetails, sealDetails } from "../../src/domain/details.js";
import {
  createOpener,
  createSealer,
  generateSealingKeyPair,
  type Opener,
  type SealingRecipient,
} from "../../src/domain/sealing.js";
import { expectAppError } from "./expect-app-error.js";

const word = (byte: string) => `0x${byte.repeat(32)}`;
const BINDING: DetailsBinding = {
  domain: word("d0"),
  transferId: word("1d"),
  payerBank: "FAASTHB1",
  payeeBank: "WHSKTHB1",
  currencyNumeric: 764,
  amountMinor: 15_000n,
};
const PAYER: LegDetails = { aliasId: word("a1"), aliasVersion: 1 };
const PAYEE: LegDetails = { aliasId: word("a2"), aliasVersion: 4_294_967_295, message: "ค่าอาหาร 🍜" };

async function bank(name: string): Promise<{ recipient: SealingRecipient; opener: Opener }> {
  const pair = await generateSealingKeyPair();
  const recipient = { bank: name, keyVersion: 1, publicKey: pair.publicKey };
  return { recipient, opener: createOpener(new Map([[1, pair.privateKey]])) };
}

describe("details", () => {
  const sealer = createSealer();
  let payer: Awaited<ReturnType<typeof bank>>;
  let payee: Awaited<ReturnType<typeof bank>>;

  before(async () => {
    payer = await bank("FAASTHB1");
    payee = await bank("WHSKTHB1");
  });

  const seal = (payerDetails = PAYER, payeeDetails = PAYEE) =>
    sealDetails(sealer, {
      payer: { recipient: payer.recipient, details: payerDetails },
      payee: { recipient: payee.recipient, details: payeeDetails },
      binding: BINDING,
    });

  it("gives each bank its own part", async () => {
    const sealed = await seal();
    expect(await openDetails(payer.opener, "payer", sealed, BINDING)).to.deep.equal(PAYER);
    expect(await openDetails(payee.opener, "payee", sealed, BINDING)).to.deep.equal(PAYEE);
  });

  it("keeps each part from the other bank", async () => {
    const sealed = await seal();
    await expectAppError("cannot-open", () => openDetails(payer.opener, "payee", sealed, BINDING));
    await expectAppError("cannot-open", () => openDetails(payee.opener, "payer", sealed, BINDING));
  });

  it("opens whatever was sealed", async () => {
    const details = fc.record({
      aliasId: fc.stringMatching(/^[0-9a-f]{64}$/).map((digits) => `0x${digits}`),
      aliasVersion: fc.integer({ min: 0, max: 4_294_967_295 }),
      message: fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(details, details, async (one, other) => {
        const sealed = await seal(one, other);
        expect(await openDetails(payer.opener, "payer", sealed, BINDING)).to.deep.equal(one);
        expect(await openDetails(payee.opener, "payee", sealed, BINDING)).to.deep.equal(other);
      }),
      { numRuns: 30 },
    );
  });

  it("fits the contract's 1 024 bytes: 182 without a message, 742 with the longest", async () => {
    const { message: _, ...bare } = PAYEE;
    expect((await seal(PAYER, bare)).length).to.equal(182);
    expect((await seal(PAYER, { ...bare, message: "🍜".repeat(140) })).length).to.equal(742);
    const error = await seal(PAYER, { ...bare, message: "🍜".repeat(141) }).catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(RangeError);
  });

  const OTHERS: { [Field in keyof DetailsBinding]: DetailsBinding[Field] } = {
    domain: word("d1"),
    transferId: word("1e"),
    payerBank: "FAASTHB2",
    payeeBank: "WHSKTHB2",
    currencyNumeric: 840,
    amountMinor: 15_001n,
  };
  for (const field of Object.keys(OTHERS) as (keyof DetailsBinding)[]) {
    it(`cannot be opened with another ${field}`, async () => {
      const binding = { ...BINDING, [field]: OTHERS[field] };
      const sealed = await seal();
      await expectAppError("cannot-open", () => openDetails(payer.opener, "payer", sealed, binding));
      await expectAppError("cannot-open", () => openDetails(payee.opener, "payee", sealed, binding));
    });
  }

  it("cannot be opened when a byte was changed, or when cut off", async () => {
    const sealed = await seal();
    for (const [index, byte] of sealed.entries()) {
      const tampered = Uint8Array.from(sealed).fill(byte ^ 0x80, index, index + 1);
      const openings = await Promise.allSettled([
        openDetails(payer.opener, "payer", tampered, BINDING),
        openDetails(payee.opener, "payee", tampered, BINDING),
      ]);
      expect(openings.some(({ status }) => status === "rejected")).to.equal(true);
      const cut = sealed.subarray(0, index);
      await expectAppError("cannot-open", () => openDetails(payee.opener, "payee", cut, BINDING));
    }
  });

  it("cannot be opened as the other leg, even by a bank that holds both", async () => {
    const both = { payer: { recipient: payer.recipient, details: PAYER }, payee: { recipient: payer.recipient, details: PAYEE } };
    const sealed = await sealDetails(sealer, { ...both, binding: BINDING });
    const payerPart = sealed.subarray(2, 2 + Buffer.from(sealed).readUInt16BE(0));
    const length = Uint8Array.from(sealed.subarray(0, 2));
    const swapped = Buffer.concat([length, payerPart, payerPart]);
    await expectAppError("cannot-open", () => openDetails(payer.opener, "payee", swapped, BINDING));
    expect(await openDetails(payer.opener, "payer", swapped, BINDING)).to.deep.equal(PAYER);
  });

  it("never has the nonce of one part in the other where both legs are one bank's", async () => {
    const both = { payer: { recipient: payer.recipient, details: PAYER }, payee: { recipient: payer.recipient, details: PAYER } };
    const sealed = Buffer.from(await sealDetails(createSealer(), { ...both, binding: BINDING }));
    const payeeStart = 2 + sealed.readUInt16BE(0);
    const [payerPart, payeePart] = [sealed.subarray(2, payeeStart), sealed.subarray(payeeStart)];
    // One key (version and encapsulation), two numbers, and so two ciphertexts of the same plaintext.
    expect(payerPart.subarray(0, 34).equals(payeePart.subarray(0, 34))).to.equal(true);
    expect([payerPart, payeePart].map((part) => part.readUInt32BE(34)).sort()).to.deep.equal([0, 1]);
    expect(payerPart.subarray(38, -16).equals(payeePart.subarray(38, -16))).to.equal(false);
    expect(await openDetails(payer.opener, "payer", sealed, BINDING)).to.deep.equal(PAYER);
    expect(await openDetails(payer.opener, "payee", sealed, BINDING)).to.deep.equal(PAYER);
  });

  it("cannot be opened with another number in a part", async () => {
    const sealed = Buffer.from(await seal());
    const payeeNumber = 2 + sealed.readUInt16BE(0) + 34;
    for (const [offset, leg, opener] of [
      [2 + 34, "payer", payer.opener],
      [payeeNumber, "payee", payee.opener],
    ] as const) {
      const renumbered = Buffer.from(sealed);
      renumbered.writeUInt32BE(sealed.readUInt32BE(offset) + 1, offset);
      await expectAppError("cannot-open", () => openDetails(opener, leg, renumbered, BINDING));
    }
  });
});
