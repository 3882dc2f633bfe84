import { expect } from "chai";
import { Wallet } from "ethers";
import { administerOrganisation } from "../../scripts/ops/organisation-steps.js";
import { DEMO_ORGANISATION } from "../../scripts/stack/demo-network.js";
import { DEFAULT_FEE_POLICY } from "../../src/chain/sending/fees.js";
import { AppError } from "../../src/domain/app-error.js";
import { bankIdToBytes, organisationToBytes } from "../../src/domain/ids.js";
import { SILENT } from "../../tools/support/logger.js";
import { BankRepo__factory } from "../../types/ethers-contracts/index.js";
import { bareProvider, PAYER_BANK, startTestChain, type TestChain } from "../support/chain.js";

describe("npm run organisation", function () {
  this.timeout(60_000);
  let testChain: TestChain;
  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(() => testChain.reset());
  after(() => testChain.close());

  const run = (
    args: string[],
    { key = testChain.secrets.organisationAdminKey as string | null, name = DEMO_ORGANISATION } = {},
  ) =>
    administerOrganisation(
      {
        chain: testChain.chain,
        signer: key === null ? undefined : new Wallet(key),
        logger: SILENT,
        fees: DEFAULT_FEE_POLICY,
      },
      name,
      args,
    );
  const refusal = (promise: Promise<string>) =>
    promise.then(
      (said) => expect.fail(`it was done: ${said}`),
      (error: unknown) => (error instanceof AppError ? error : expect.fail(String(error))),
    );
  const isActive = async (address: string) => (await testChain.chain.banks.initiatorOf(address)).active;
  const adminOf = async (name: string) => (await testChain.chain.banks.getOrganisation(organisationToBytes(name))).admin;
  const initiator = () => new Wallet(testChain.secrets.initiatorKey).address;
  const newAddress = () => Wallet.createRandom().address;

  it("rotates an initiator's address: adds the new one, removes the old one, and lists both", async () => {
    const next = newAddress();
    expect(await run(["add-initiator", next])).to.match(/^done in block \d+/);
    expect(await isActive(next)).to.equal(true);
    expect(await run(["remove-initiator", initiator()])).to.include("other active initiators: 1");
    expect(await isActive(initiator())).to.equal(false);
    const listed = await run(["list"], { key: null });
    expect(listed).to.match(new RegExp(`${next}  active, 0 wei`));
    expect(listed).to.match(new RegExp(`${initiator()}  removed`));
  });

  it("says that no initiator is left when it removes the last one", async () => {
    expect(await run(["remove-initiator", initiator()])).to.include("starts no transfers until one is added");
  });

  it("moves the organisation's admin, after which the old key is refused and told whose key it takes", async () => {
    const next = Wallet.createRandom();
    await testChain.rpc("hardhat_setBalance", next.address, "0x8ac7230489e80000");
    await run(["change-admin", next.address]);
    expect(await adminOf(DEMO_ORGANISATION)).to.equal(next.address);
    expect(await run(["show"], { key: null })).to.equal(`${DEMO_ORGANISATION}: admin ${next.address}, active`);
    const error = await refusal(run(["add-initiator", newAddress()]));
    expect(error.code).to.equal("chain-reverted");
    expect(error.message).to.include(next.address);
    await run(["add-initiator", newAddress()], { key: next.privateKey });
  });

  it("sends nothing in a dry run, and tells in it what the contract would refuse", async () => {
    const address = newAddress();
    const block = await testChain.blockNumber();
    expect(await run(["add-initiator", address, "--dry-run"])).to.include("nothing was sent");
    expect(await run(["--dry-run", "remove-initiator", initiator()])).to.include("nothing was sent");
    expect(await run(["change-admin", address, "--dry-run"])).to.include("would be");
    expect((await refusal(run(["add-initiator", initiator(), "--dry-run"]))).code).to.equal("chain-reverted");
    expect(await testChain.blockNumber()).to.equal(block);
    expect(await isActive(address)).to.equal(false);
  });

  it("says of each refusal what it means: taken, added already, unknown, deactivated", async () => {
    const provider = bareProvider(testChain.url);
    const network = BankRepo__factory.connect(testChain.deployment.contracts.bankRepo, await provider.getSigner(0));
    const rival = Wallet.createRandom(provider);
    await testChain.rpc("hardhat_setBalance", rival.address, "0x8ac7230489e80000");
    await (await network.addOrganisation(organisationToBytes("rival"), rival.address)).wait();
    expect((await refusal(run(["add-initiator", initiator()], { key: rival.privateKey, name: "rival" }))).message).to.include(
      `belongs to "${DEMO_ORGANISATION}"`,
    );
    expect((await refusal(run(["add-initiator", initiator()]))).message).to.include("already");
    expect((await refusal(run(["remove-initiator", newAddress()]))).message).to.include("no active initiator");
    await (await network.deactivateOrganisation(organisationToBytes("rival"))).wait();
    const error = await refusal(run(["add-initiator", newAddress()], { key: rival.privateKey, name: "rival" }));
    expect(error.message).to.include("deactivated");
    expect((await refusal(run(["show"], { name: "nobody" }))).code).to.equal("not-found");
    expect(await testChain.chain.banks.isAdmitted(bankIdToBytes(PAYER_BANK), organisationToBytes("rival"))).to.equal(false);
    provider.destroy();
  });

  it("refuses an unknown command, a missing or wrong address, one argument too many, and to write without a key", async () => {
    for (const args of [[], ["add"], ["add-initiator"], ["add-initiator", "x"], ["change-admin", "0x12"], ["show", "a", "b"]]) {
      expect((await refusal(run(args))).code, args.join(" ")).to.equal("invalid-request");
    }
    expect((await refusal(run(["add-initiator", newAddress()], { key: null }))).code).to.equal("config-invalid");
  });
});
