import { expect } from "chai";
import { Wallet } from "ethers";
import { administerBank } from "../../scripts/ops/bank-steps.js";
import { DEMO_ORGANISATION } from "../../scripts/stack/demo-network.js";
import { DEFAULT_FEE_POLICY } from "../../src/chain/sending/fees.js";
import { bankIdToBytes, organisationToBytes } from "../../src/domain/ids.js";
import { SILENT } from "../../tools/support/logger.js";
import { PAYER_BANK, startTestChain, type TestChain } from "../support/chain.js";

describe("npm run bank", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  before(async () => {
    testChain = await startTestChain();
  });
  after(() => testChain.close());

  const adminKey = () => testChain.secrets.banks.find(({ id }) => id === PAYER_BANK)?.adminKey ?? "";
  const run = (args: string[], key = adminKey()) =>
    administerBank({ chain: testChain.chain, signer: new Wallet(key), logger: SILENT }, PAYER_BANK, DEFAULT_FEE_POLICY, args);
  const kinds = async (address: string) => Number((await testChain.chain.banks.operatorOf(address)).kinds);

  it("lets a new operator's key in, and the old one out", async () => {
    const { address } = Wallet.createRandom();
    expect(await run(["add-operator", address, "legs"])).to.match(/^done in block \d+/);
    expect(await kinds(address)).to.equal(2);
    await run(["remove-operator", address]);
    expect(await kinds(address)).to.equal(0);
  });

  it("rotates the sealing key to one that it has made", async () => {
    const made = await run(["make-sealing-key"]);
    const key = /^public {2}(0x[0-9a-f]{64})$/m.exec(made)?.[1] ?? "";
    expect(await run(["rotate-sealing-key", key])).to.include("version is 2 now");
    expect(await testChain.chain.banks.sealingKey(bankIdToBytes(PAYER_BANK), 2)).to.equal(key);
    expect(await run(["show"])).to.include("sealing key version 2");
  });

  it("lets a person report outcomes, and one key act in several kinds", async () => {
    const { address } = Wallet.createRandom();
    await run(["add-operator", address, "outcomes"]);
    expect(await kinds(address)).to.equal(4);
    await run(["add-operator", address, "accounts,outcomes"]);
    expect(await kinds(address)).to.equal(5);
  });

  it("dismisses and admits an organisation", async () => {
    const isAdmitted = () => testChain.chain.banks.isAdmitted(bankIdToBytes(PAYER_BANK), organisationToBytes(DEMO_ORGANISATION));
    await run(["dismiss-organisation", DEMO_ORGANISATION]);
    expect(await isAdmitted()).to.equal(false);
    await run(["admit-organisation", DEMO_ORGANISATION]);
    expect(await isAdmitted()).to.equal(true);
  });

  it("is refused for another's key, and for what is no command", async () => {
    const { address } = Wallet.createRandom();
    const code = (args: string[], key?: string) =>
      run(args, key).then(
        () => "done",
        (error: { code?: string }) => error.code,
      );
    expect(await code(["add-operator", address, "legs"], testChain.secrets.initiatorKey)).to.equal("chain-reverted");
    for (const args of [
      [],
      ["add-operator"],
      ["add-operator", address, "all"],
      ["add-operator", address, "legs,"],
      ["admit-organisation"],
      ["admit-organisation", "Demo"],
      ["rotate-sealing-key", "0x12"],
      ["remove-operator", "x"],
    ]) {
      expect(await code(args)).to.equal("invalid-request");
    }
  });
});
