import { expect } from "chai";
import { createAccountDirectory } from "../../../src/chain/contracts/directories.js";
import { DEFAULT_FEE_POLICY } from "../../../src/chain/sending/fees.js";
import { openSigner } from "../../../src/chain/signing/open-signer.js";
import { AppError } from "../../../src/domain/app-error.js";
import { SILENT } from "../../../tools/support/logger.js";
import { PAYEE_BANK, PAYER_BANK, randomTransferId, startTestChain, type TestChain } from "../../support/chain.js";

const sealedAccount = new Uint8Array(40).fill(7);

describe("writing phone accounts", function () {
  this.timeout(120_000);
  let test: TestChain;
  let accounts: ReturnType<typeof createAccountDirectory>;

  before(async () => {
    test = await startTestChain();
    const signers = await Promise.all(
      test.secrets.banks.map(async ({ id, accountsOperatorKey }) => {
        return [id, await openSigner({ kind: "private-key", privateKey: accountsOperatorKey })] as const;
      }),
    );
    accounts = createAccountDirectory({ chain: test.chain, logger: SILENT }, new Map(signers), DEFAULT_FEE_POLICY);
  });
  after(() => test.close());

  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => "done",
      (error: unknown) => (error instanceof AppError ? error.code : String(error)),
    );
  const holder = async (aliasId: string) => (await accounts.lookup([aliasId]))[0];

  it("updates and releases a bank's own number, and no other's", async () => {
    const aliasId = randomTransferId();
    expect((await accounts.register(PAYER_BANK, aliasId, sealedAccount)).version).to.equal(1);
    expect(await codeOf(accounts.register(PAYEE_BANK, aliasId, sealedAccount))).to.equal("conflict");
    expect(await codeOf(accounts.write(PAYEE_BANK, { method: "update", aliasId, sealedAccount }))).to.equal("not-found");
    expect((await accounts.write(PAYER_BANK, { method: "update", aliasId, sealedAccount })).version).to.equal(2);
    expect(await codeOf(accounts.write(PAYEE_BANK, { method: "release", aliasId }))).to.equal("not-found");
    await accounts.write(PAYER_BANK, { method: "release", aliasId });
    expect(await holder(aliasId)).to.equal(undefined);
    expect(await codeOf(accounts.write("NONETHB1", { method: "release", aliasId }))).to.equal("forbidden");
  });

  it("tells the second of two banks that register a number at once that it is held", async () => {
    for (let round = 0; round < 8; round += 1) {
      const aliasId = randomTransferId();
      const both = [PAYER_BANK, PAYEE_BANK].map((bank) => codeOf(accounts.register(bank, aliasId, sealedAccount)));
      expect((await Promise.all(both)).sort()).to.deep.equal(["conflict", "done"]);
    }
  });

  it("moves a number by a claim, once", async () => {
    const aliasId = randomTransferId();
    await accounts.register(PAYER_BANK, aliasId, sealedAccount);
    expect(await accounts.findClaim(aliasId)).to.equal(undefined);
    expect(await codeOf(accounts.write(PAYER_BANK, { method: "openClaim", aliasId, sealedAccount }))).to.equal("conflict");
    await accounts.write(PAYEE_BANK, { method: "openClaim", aliasId, sealedAccount });
    expect((await accounts.findClaim(aliasId))?.bank).to.equal(PAYEE_BANK);
    expect(await codeOf(accounts.write(PAYEE_BANK, { method: "openClaim", aliasId, sealedAccount }))).to.equal("conflict");
    expect(await codeOf(accounts.write(PAYER_BANK, { method: "withdrawClaim", aliasId }))).to.equal("not-found");
    expect((await accounts.write(PAYER_BANK, { method: "confirmClaim", aliasId })).version).to.equal(2);
    expect(await holder(aliasId)).to.deep.equal({ bank: PAYEE_BANK, version: 2 });
    expect(await codeOf(accounts.write(PAYEE_BANK, { method: "confirmClaim", aliasId }))).to.equal("not-found");
  });

  it("takes a claim back", async () => {
    const aliasId = randomTransferId();
    await accounts.register(PAYER_BANK, aliasId, sealedAccount);
    await accounts.write(PAYEE_BANK, { method: "openClaim", aliasId, sealedAccount });
    await accounts.write(PAYEE_BANK, { method: "withdrawClaim", aliasId });
    expect(await accounts.findClaim(aliasId)).to.equal(undefined);
    expect(await holder(aliasId)).to.deep.equal({ bank: PAYER_BANK, version: 1 });
  });
});
