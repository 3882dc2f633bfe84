import { expect } from "chai";
import { Wallet } from "ethers";
import { createBankList } from "../../../src/chain/contracts/bank-list.js";
import { BankRepo__factory } from "../../../types/ethers-contracts/index.js";
import { PAYEE_BANK, PAYER_BANK, startTestChain, type TestChain } from "../../support/chain.js";

describe("the list of banks", function () {
  this.timeout(120_000);
  let test: TestChain;

  before(async () => {
    test = await startTestChain();
  });
  after(() => test.close());

  it("has every bank of the chain with its newest sealing key, and no other", async () => {
    const list = createBankList(test.chain, { confirmations: 0 });
    const banks = await list.list();
    expect(banks.map(({ bank, active }) => [bank, active])).to.deep.equal([
      [PAYER_BANK, true],
      [PAYEE_BANK, true],
    ]);
    expect(await list.list({ limit: 1 })).to.deep.equal(banks.slice(0, 1));
    expect(await list.list({ after: PAYER_BANK, limit: 5 })).to.deep.equal(banks.slice(1));
    expect(await list.find("NONETHB1")).to.equal(undefined);
    expect(await list.find(PAYER_BANK)).to.deep.equal(banks[0]);
  });

  it("tells of what has changed since, and forgets what a reorganisation took back", async () => {
    const list = createBankList(test.chain, { confirmations: 5 });
    await test.reset();
    const admin = test.secrets.banks[0]?.adminKey ?? "";
    const repo = BankRepo__factory.connect(test.deployment.contracts.bankRepo, new Wallet(admin, test.chain.provider));
    const before = await list.find(PAYER_BANK);
    await (await repo.rotateSealingKey(`0x${Buffer.from(PAYER_BANK).toString("hex")}`, `0x${"5e".repeat(32)}`)).wait();
    expect((await list.list())[0]?.sealingKey).to.deep.equal({ version: 2, publicKey: `0x${"5e".repeat(32)}` });
    await test.reset();
    expect((await list.list())[0]).to.deep.equal(before);
  });
});
