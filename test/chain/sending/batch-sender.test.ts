import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { Wallet } from "ethers";
import type { Chain } from "../../../src/chain/connect-chain.js";
import type { Start } from "../../../src/chain/contracts/call-codec.js";
import type { TransactionOutcome } from "../../../src/chain/rpc/reads.js";
import { type BatchSenderOptions, createBatchSender, DEFAULT_SENDER_OPTIONS } from "../../../src/chain/sending/batch-sender.js";
import { createStartSender } from "../../../src/chain/sending/transition-senders.js";
import { AppError } from "../../../src/domain/app-error.js";
import { recordingLogger, SILENT } from "../../../tools/support/logger.js";
import { startRpcProxy } from "../../../tools/support/rpc-proxy.js";
import { until } from "../../../tools/support/until.js";
import { AccessManager__factory } from "../../../types/ethers-contracts/index.js";
import { PAYEE_BANK, PAYER_BANK, randomRequestHash, startTestChain, type TestChain } from "../../support/chain.js";

const GWEI = 1_000_000_000n;

describe("sending in batches", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let deadlineSeconds: number;

  before(async () => {
    testChain = await startTestChain();
    deadlineSeconds = ((await testChain.chain.provider.getBlock("latest"))?.timestamp ?? 0) + 3_600;
  });
  afterEach(() => testChain.rpc("evm_setAutomine", true));
  after(() => testChain.close());

  const initiator = () => new Wallet(testChain.secrets.initiatorKey);
  const nonce = (tag: "latest" | "pending" = "latest") => testChain.chain.provider.getTransactionCount(initiator().address, tag);
  const item = (requestHash = randomRequestHash()): Start => ({
    requestHash,
    transferId: testChain.idOf(requestHash),
    payerBank: PAYER_BANK,
    payeeBank: PAYEE_BANK,
    currencyNumeric: 764,
    amountMinor: 5n,
    deadlineSeconds,
    details: new Uint8Array(),
  });
  function sender(options: Partial<BatchSenderOptions> = {}, { chain = testChain.chain as Chain, logger = SILENT } = {}) {
    const { provider, deployment } = chain;
    return createStartSender({ signer: initiator(), provider, deployment, logger }, { ...DEFAULT_SENDER_OPTIONS, ...options });
  }
  const poolHashes = async (): Promise<string[]> => (await testChain.rpc("eth_getBlockByNumber", "pending", false)).transactions;

  it("puts what is sent together into one transaction", async () => {
    const before = await nonce();
    const { send } = sender();
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => send(item())));
    expect(outcomes.every(({ applied }) => applied)).to.equal(true);
    expect(await nonce()).to.equal(before + 1);
  });

  it("keeps its pace: what comes soon after a transaction goes together in the next, and the first of all goes at once", async () => {
    const before = await nonce();
    const first = await sender({ paceMs: 3_600_000 }).send(item());
    expect(first.applied).to.equal(true);

    const { send } = sender({ paceMs: 1_000 });
    await send(item());
    const second = send(item());
    expect(await nonce()).to.equal(before + 2);
    const third = send(item());
    expect((await second).transactionHash).to.equal((await third).transactionHash);
    expect(await nonce()).to.equal(before + 3);
  });

  it("has no more transactions in flight than it may, also after some are mined", async () => {
    const before = await nonce();
    await testChain.rpc("evm_setAutomine", false);
    const { send } = sender({ maxItems: 1, maxInFlight: 2 });
    const outcomes = Promise.all(Array.from({ length: 6 }, () => send(item())));
    for (let mined = 0; mined < 6; mined += 2) {
      await until("two are in the pool", async () => (await poolHashes()).length >= 2);
      await sleep(100);
      expect(await poolHashes()).to.have.length(2);
      await testChain.mine(1);
    }
    expect((await outcomes).every(({ applied }) => applied)).to.equal(true);
    expect(await nonce()).to.equal(before + 6);
  });

  it("sends an item that alone is larger than a batch may be in a transaction of its own", async () => {
    const before = await nonce();
    const { send } = sender({ maxBytes: 1 });
    const outcomes = await Promise.all([send(item()), send(item()), send(item())]);
    expect(outcomes.every(({ applied }) => applied)).to.equal(true);
    expect(await nonce()).to.equal(before + 3);
  });

  it("is drained once everything that was sent is settled", async () => {
    await testChain.rpc("evm_setAutomine", false);
    const { send, drain } = sender({ maxItems: 1 });
    let settled = 0;
    const count = () => {
      settled += 1;
    };
    const sent = [send(item()).then(count), send(item()).then(count)];
    let drained = false;
    const draining = drain().then(() => {
      drained = true;
    });
    await until("both are in the pool", async () => (await poolHashes()).length === 2);
    expect(drained).to.equal(false);
    await testChain.mine(1);
    await draining;
    await Promise.all(sent);
    expect(settled).to.equal(2);
    await drain();
  });

  it("splits what is more than a transaction takes", async () => {
    const before = await nonce();
    const { send } = sender({ maxItems: 10 });
    await Promise.all(Array.from({ length: 25 }, () => send(item())));
    expect(await nonce()).to.equal(before + 3);
  });

  it("tells each item what became of it, one that stands twice and one that is refused among them", async () => {
    const { send } = sender();
    const known = randomRequestHash();
    await testChain.start([known]);
    const twice = item();
    const [first, second, exists, tooMuch] = await Promise.all([
      send(twice),
      send(twice),
      send(item(known)),
      send({ ...item(), amountMinor: 10n ** 15n + 1n }),
    ]);
    expect([first?.applied, second?.applied]).to.deep.equal([true, true]);
    expect(exists).to.include({ applied: false, cause: "EXISTS", current: "STARTED" });
    expect(tooMuch).to.include({ applied: false, cause: "AMOUNT_INVALID", current: "NONE" });
  });

  it("tells an observer how each batch ended, what it used, and what it offered for it", async () => {
    const told: { items: number; outcome: string; gasUsed?: bigint }[] = [];
    const fees: bigint[] = [];
    const observer = {
      batchBegan: (items: number) => (end: { outcome: string; gasUsed?: bigint }) => void told.push({ items, ...end }),
      feesRead: (fee: bigint) => void fees.push(fee),
      replaced: () => undefined,
    };
    const { provider, deployment } = testChain.chain;
    const send = (signer: Wallet) =>
      createStartSender({ signer, provider, deployment, logger: SILENT, observer })
        .send(item())
        .catch(() => undefined);
    await send(initiator());
    expect(told).to.have.length(1);
    expect(told[0]).to.include({ items: 1, outcome: "mined" });
    expect(Number(told[0]?.gasUsed)).to.be.above(21_000);
    expect(fees.every((fee) => fee >= GWEI)).to.equal(true);
    // A key that is no initiator's.
    const stranger = Wallet.createRandom();
    await testChain.rpc("hardhat_setBalance", stranger.address, `0x${(10n ** 18n).toString(16)}`);
    await send(new Wallet(stranger.privateKey));
    expect(told[1]).to.include({ items: 1, outcome: "reverted" });
  });

  it("rejects an item that cannot be encoded, and sends the others of its batch", async () => {
    const { send } = sender();
    const [bad, good] = await Promise.allSettled([send({ ...item(), amountMinor: -1n }), send(item())]);
    expect(bad.status).to.equal("rejected");
    expect(good).to.have.nested.property("value.applied", true);
  });

  it("lets two senders that share a key both make progress", async () => {
    const [a, b] = [sender({ maxItems: 1 }), sender({ maxItems: 1 })];
    const outcomes = await Promise.all([...Array(8).keys()].map((index) => (index % 2 === 0 ? a : b).send(item())));
    expect(outcomes.every(({ applied }) => applied)).to.equal(true);
  });

  it("replaces a transaction that is stuck by one with higher fees", async () => {
    await testChain.rpc("evm_setAutomine", false);
    const outcome = sender({ stuckAfterMs: 200 }).send(item());
    await until("a transaction is in the pool", async () => (await poolHashes()).length === 1);
    const [first] = await poolHashes();
    await until("another has taken its place", async () => (await poolHashes())[0] !== first);
    expect(await poolHashes()).to.have.length(1);
    await testChain.mine(1);
    const settled = await outcome;
    expect(settled.applied).to.equal(true);
    expect(settled.transactionHash).not.to.equal(first);
  });

  it("sends again what lost its nonce to another transaction of the key", async () => {
    await testChain.rpc("evm_setAutomine", false);
    const outcome = sender({ stuckAfterMs: 60_000 }).send(item());
    await until("a transaction is in the pool", async () => (await poolHashes()).length === 1);
    const thief = initiator().connect(testChain.chain.provider);
    const stolen = { to: thief.address, nonce: await nonce(), maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: 50n * GWEI };
    await thief.sendTransaction({ ...stolen, gasLimit: 21_000n });
    await testChain.rpc("evm_setAutomine", true);
    await testChain.mine(1);
    expect((await outcome).applied).to.equal(true);
  });

  it("gets past a transaction that an earlier life left stuck at its nonce", async () => {
    await testChain.rpc("evm_setAutomine", false);
    const before = await nonce();
    const { baseFeePerGas } = (await testChain.chain.provider.getBlock("latest")) ?? {};
    const left = initiator().connect(testChain.chain.provider);
    const fees = { maxFeePerGas: (baseFeePerGas ?? 0n) + 5n * GWEI, maxPriorityFeePerGas: 5n * GWEI };
    await left.sendTransaction({ to: left.address, nonce: before, ...fees, gasLimit: 21_000n });
    await testChain.rpc("hardhat_setNextBlockBaseFeePerGas", `0x${(fees.maxFeePerGas * 2n).toString(16)}`);
    await testChain.mine(1);
    expect(await nonce()).to.equal(before);
    const outcome = sender({ stuckAfterMs: 300 }).send(item());
    let mined = false;
    void outcome.finally(() => {
      mined = true;
    });
    await until("ours is mined all the same", async () => {
      await testChain.mine(1);
      return mined;
    });
    expect((await outcome).applied).to.equal(true);
  });

  it("fills a nonce before its own that nothing stands at", async () => {
    const { send } = sender({ stuckAfterMs: 300, maxItems: 1 });
    await send(item());
    const snapshot = await testChain.rpc("evm_snapshot");
    await send(item());
    await testChain.rpc("evm_setAutomine", false);
    await testChain.rpc("evm_revert", snapshot);
    // The sender goes on counting from what the chain has forgotten.
    const before = await nonce();
    const outcome = send(item());
    await until("the gap and what is behind it are mined", async () => {
      await testChain.mine(1);
      return (await nonce()) === before + 2;
    });
    expect((await outcome).applied).to.equal(true);
  });

  it("finds by its hash what was accepted although the answer was lost", async () => {
    const proxy = await startRpcProxy(testChain.url);
    const chain = testChain.connect(proxy.url);
    let swallowed = 0;
    proxy.tamper = ({ method }) => (method === "eth_sendRawTransaction" && ++swallowed === 1 ? "swallow" : undefined);
    const before = await nonce();
    const outcome = await sender({}, { chain }).send(item());
    expect(outcome.applied).to.equal(true);
    expect(swallowed).to.equal(1);
    expect(await nonce()).to.equal(before + 1);
    chain.close();
    await proxy.close();
  });

  it("waits for gas, says so, and goes on once there is some", async () => {
    const { logger, said } = recordingLogger();
    const { address } = initiator();
    const balance = await testChain.rpc("eth_getBalance", address, "latest");
    await testChain.rpc("hardhat_setBalance", address, "0x0");
    const outcome = sender({}, { logger }).send(item());
    await until("it has said that the key is out of gas", () => said("cannot pay for gas"));
    await testChain.rpc("hardhat_setBalance", address, balance);
    expect((await outcome).applied).to.equal(true);
  });

  it("rejects a batch that reverts with chain-reverted, and goes on with the next", async () => {
    const { accessManager, transferStateRepo } = testChain.deployment.contracts;
    const deployer = await testChain.chain.provider.getSigner(0);
    const manager = AccessManager__factory.connect(accessManager, deployer);
    const { send } = sender();
    await (await manager.setTargetClosed(transferStateRepo, true)).wait();
    const error = await send(item()).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(AppError).with.property("code", "chain-reverted");
    await (await manager.setTargetClosed(transferStateRepo, false)).wait();
    expect((await send(item())).applied).to.equal(true);
  });

  it("rejects all of a batch whose receipt leaves an item out", async () => {
    const deps = { signer: initiator(), provider: testChain.chain.provider, chainId: 31_337n, logger: SILENT };
    const { send } = createBatchSender<string, string>(deps, {
      to: initiator().address,
      encode: () => "0x",
      gasOf: () => 1_000n,
      bytesOf: () => 100,
      settle: (_receipt: TransactionOutcome) => {
        throw new AppError("chain-unavailable", "The receipt leaves an item out.");
      },
    });
    const error = await send("anything").then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(AppError).with.property("code", "chain-unavailable");
  });
});
