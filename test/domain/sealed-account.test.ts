import { expect } from "chai";
import fc from "fast-check";
import { openAccount, parseAccount, sealAccount } from "../../src/domain/sealed-account.js";
import {
  createOpener,
  createSealer,
  generateSealingKeyPair,
  type Opener,
  type SealingRecipient,
} from "../../src/domain/sealing.js";
import { expectAppError } from "./expect-app-error.js";

const ALIAS = `0x${"a1".repeat(32)}`;
const BINDING = { aliasId: ALIAS, bank: "FAASTHB1" };

describe("sealed account", () => {
  const sealer = createSealer();
  let recipient: SealingRecipient;
  let opener: Opener;

  before(async () => {
    const pair = await generateSealingKeyPair();
    recipient = { bank: "FAASTHB1", keyVersion: 1, publicKey: pair.publicKey };
    opener = createOpener(new Map([[1, pair.privateKey]]));
  });

  it("opens for its bank, whatever the account number, and fits the contract's 256 bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[A-Za-z0-9]{1,34}$/), async (account) => {
        const sealed = await sealAccount(sealer, recipient, { ...BINDING, account });
        expect(sealed.length).to.be.at.most(88);
        expect(await openAccount(opener, sealed, BINDING)).to.equal(account);
      }),
      { numRuns: 30 },
    );
  });

  it("cannot be opened as the account of another number or bank", async () => {
    const sealed = await sealAccount(sealer, recipient, { ...BINDING, account: "1234567890" });
    for (const other of [{ aliasId: `0x${"a2".repeat(32)}` }, { bank: "WHSKTHB1" }]) {
      await expectAppError("cannot-open", () => openAccount(opener, sealed, { ...BINDING, ...other }));
    }
  });

  it("cannot be opened when a byte was changed", async () => {
    const sealed = await sealAccount(sealer, recipient, { ...BINDING, account: "1234567890" });
    for (const [index, byte] of sealed.entries()) {
      const tampered = Uint8Array.from(sealed).fill(byte ^ 1, index, index + 1);
      await expectAppError("cannot-open", () => openAccount(opener, tampered, BINDING));
    }
  });

  for (const account of ["", " ", "12 34", "12-34", "１２", "a".repeat(35), "1\n"]) {
    it(`refuses the account number ${JSON.stringify(account)}`, async () => {
      await expectAppError("invalid-request", () => parseAccount(account));
      await expectAppError("invalid-request", () => sealAccount(sealer, recipient, { ...BINDING, account }));
    });
  }
});
