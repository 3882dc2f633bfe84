import { expect } from "chai";
import { Wallet } from "ethers";
import type { Start } from "../../../src/chain/contracts/call-codec.js";
import { createAccountDirectory } from "../../../src/chain/contracts/directories.js";
import { type BatchSenderOptions, DEFAULT_SENDER_OPTIONS } from "../../../src/chain/sending/batch-sender.js";
import { type FeePolicy, feesFor, raisedFees } from "../../../src/chain/sending/fees.js";
import { createStartSender, createTransitionSender } from "../../../src/chain/sending/transition-senders.js";
import { recordingLogger, SILENT } from "../../../tools/support/logger.js";
import { until } from "../../../tools/support/until.js";
import { PAYEE_BANK, PAYER_BANK, randomTransferId, startTestChain, type TestChain } from "../../support/chain.js";

const FREE: FeePolicy = { priorityFeeWei: 1_000_000_000n, capWei: 0n };
const EVIDENCE = `0x${"e1".repeat(32)}`;

describe("fees", function () {
  this.timeout(120_000);

  it("last while the base fee doubles, and never go over the cap", () => {
    expect(feesFor(7n, { priorityFeeWei: 3n, capWei: undefined })).to.deep.equal({ maxFeePerGas: 17n, priorityFeePerGas: 3n });
    expect(feesFor(7n, { priorityFeeWei: 3n, capWei: 9n })).to.deep.equal({ maxFeePerGas: 9n, priorityFeePerGas: 3n });
    expect(feesFor(7n, { priorityFeeWei: 3n, capWei: 0n })).to.deep.equal({ maxFeePerGas: 0n, priorityFeePerGas: 0n });
  });

  it("are raised by an eighth, up to the cap", () => {
    const fees = { maxFeePerGas: 80n, priorityFeePerGas: 8n };
    expect(raisedFees(fees, fees, { priorityFeeWei: 8n, capWei: undefined })).to.deep.equal({
      maxFeePerGas: 91n,
      priorityFeePerGas: 10n,
    });
    expect(raisedFees(fees, { maxFeePerGas: 200n, priorityFeePerGas: 8n }, { priorityFeeWei: 8n, capWei: 85n })).to.deep.equal({
      maxFeePerGas: 85n,
      priorityFeePerGas: 10n,
    });
  });

  describe("on a chain where gas is free and nobody has ether", () => {
    let testChain: TestChain;
    before(async () => {
      testChain = await startTestChain({ free: true });
    });
    after(() => testChain.close());

    const bankKeys = (id: string) =>
      testChain.secrets.banks.find((bank) => bank.id === id) as (typeof testChain.secrets.banks)[number];
    function senders(fees: FeePolicy) {
      const { provider, deployment } = testChain.chain;
      const options: BatchSenderOptions = { ...DEFAULT_SENDER_OPTIONS, fees };
      const common = { provider, deployment, logger: SILENT };
      return {
        starts: createStartSender({ ...common, signer: new Wallet(testChain.secrets.initiatorKey) }, options),
        debits: createTransitionSender(
          { ...common, signer: new Wallet(bankKeys(PAYER_BANK).functions.debit.operatorKey) },
          options,
        ),
      };
    }
    async function item(): Promise<Start> {
      const block = await testChain.chain.provider.getBlock("latest");
      return {
        ...testChain.newRequest(),
        payerBank: PAYER_BANK,
        payeeBank: PAYEE_BANK,
        currencyNumeric: 764,
        amountMinor: 5n,
        deadlineSeconds: (block?.timestamp ?? 0) + 3_600,
        details: new Uint8Array(),
      };
    }

    it("a cap of 0 lets a transfer start and move on, by keys that have never had anything", async () => {
      const { provider } = testChain.chain;
      const { initiatorKey } = testChain.secrets;
      expect(await provider.getBalance(new Wallet(initiatorKey).address)).to.equal(0n);
      const { starts, debits } = senders(FREE);
      const start = await item();
      const started = await starts.send(start);
      expect(started.applied).to.equal(true);
      expect(await provider.getTransaction(started.transactionHash)).to.include({ maxFeePerGas: 0n, maxPriorityFeePerGas: 0n });
      const pending = await debits.send({ transferId: start.transferId, to: "PENDING", evidence: EVIDENCE });
      expect(pending.applied).to.equal(true);
    });

    it("a cap of 0 lets a number be registered", async () => {
      const operators = new Map([[PAYER_BANK, new Wallet(bankKeys(PAYER_BANK).accountsOperatorKey)]]);
      const { register } = createAccountDirectory({ chain: testChain.chain, logger: SILENT }, operators, FREE);
      const { version } = await register(PAYER_BANK, randomTransferId(), new Uint8Array(64));
      expect(version).to.equal(1);
    });
  });

  describe("on a chain that asks for more than the cap", () => {
    let testChain: TestChain;
    before(async () => {
      testChain = await startTestChain();
    });
    after(() => testChain.close());

    it("transactions wait, it is said why, and they go out once the base fee has fallen", async () => {
      const { rpc, chain, secrets } = testChain;
      const { logger, said } = recordingLogger();
      const capWei = 100_000_000_000n;
      await rpc("hardhat_setNextBlockBaseFeePerGas", `0x${(capWei + 1n).toString(16)}`);
      await testChain.mine(1);
      const { provider, deployment } = chain;
      const options = { ...DEFAULT_SENDER_OPTIONS, fees: { priorityFeeWei: 1n, capWei } };
      const { send } = createStartSender({ signer: new Wallet(secrets.initiatorKey), provider, deployment, logger }, options);
      const block = await provider.getBlock("latest");
      const outcome = send({
        ...testChain.newRequest(),
        payerBank: PAYER_BANK,
        payeeBank: PAYEE_BANK,
        currencyNumeric: 764,
        amountMinor: 5n,
        deadlineSeconds: (block?.timestamp ?? 0) + 3_600,
        details: new Uint8Array(),
      });
      await until("it has said why", () => said("MAX_FEE_PER_GAS_WEI"));
      // Empty blocks lower the base fee by an eighth each.
      await testChain.mine(8);
      const { transactionHash } = await outcome;
      expect((await provider.getTransaction(transactionHash))?.maxFeePerGas)
        .to.be.a("bigint")
        .that.satisfies((fee: bigint) => fee <= capWei);
    });
  });
});
