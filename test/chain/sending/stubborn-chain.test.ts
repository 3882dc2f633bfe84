import { expect } from "chai";
import { Transaction, Wallet } from "ethers";
import type { Chain } from "../../../src/chain/connect-chain.js";
import { encodeStartBatch, type Start } from "../../../src/chain/contracts/call-codec.js";
import { type BatchSenderOptions, createBatchSender, DEFAULT_SENDER_OPTIONS } from "../../../src/chain/sending/batch-sender.js";
import { createStartSender } from "../../../src/chain/sending/transition-senders.js";
import { AppError } from "../../../src/domain/app-error.js";
import { recordingLogger, SILENT } from "../../../tools/support/logger.js";
import { startRpcProxy } from "../../../tools/support/rpc-proxy.js";
import { until } from "../../../tools/support/until.js";
import { PAYEE_BANK, PAYER_BANK, startTestChain, type TestChain } from "../../support/chain.js";

const GWEI = 1_000_000_000n;

// Each class of error that a node has for a transaction; batch-sender.test.ts has those that concern whole batches.
describe("sending to a chain that does not take it", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let deadlineSeconds: number;
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];

  before(async () => {
    testChain = await startTestChain();
    deadlineSeconds = ((await testChain.chain.provider.getBlock("latest"))?.timestamp ?? 0) + 3_600;
  });
  beforeEach(() => testChain.reset());
  afterEach(async () => {
    await testChain.rpc("evm_setAutomine", true);
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });
  after(() => testChain.close());

  const signer = () => new Wallet(testChain.secrets.initiatorKey);
  const count = (tag: "latest" | "pending") => testChain.chain.provider.getTransactionCount(signer().address, tag);
  const item = (): Start => ({
    ...testChain.newRequest(),
    payerBank: PAYER_BANK,
    payeeBank: PAYEE_BANK,
    currencyNumeric: 764,
    amountMinor: 5n,
    deadlineSeconds,
    details: new Uint8Array(),
  });
  function sender(options: Partial<BatchSenderOptions> = {}, { chain = testChain.chain as Chain, logger = SILENT } = {}) {
    const { provider, deployment } = chain;
    return createStartSender({ signer: signer(), provider, deployment, logger }, { ...DEFAULT_SENDER_OPTIONS, ...options });
  }
  const pool = async (): Promise<string[]> => (await testChain.rpc("eth_getBlockByNumber", "pending", false)).transactions;
  /** Mines block after block until the promise has settled. */
  async function mineUntilSettled<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const done = promise.finally(() => {
      settled = true;
    });
    await until("it is mined", async () => {
      await testChain.mine(1);
      return settled;
    });
    return await done;
  }

  it("sends again what the node dropped", async () => {
    await testChain.rpc("evm_setAutomine", false);
    const outcome = sender({ stuckAfterMs: 200 }).send(item());
    await until("it is in the pool", async () => (await pool()).length === 1);
    const [dropped] = await pool();
    await testChain.rpc("hardhat_dropTransaction", dropped);
    await until("it is in the pool again", async () => (await pool()).some((hash) => hash !== dropped));
    expect((await mineUntilSettled(outcome)).applied).to.equal(true);
    expect(await count("pending")).to.equal(await count("latest"));
  });

  it("offers more where the base fee has risen since it asked", async () => {
    const proxy = await startRpcProxy(testChain.url);
    const chain = testChain.connect(proxy.url);
    cleanUps.push(async () => {
      chain.close();
      await proxy.close();
    });
    await testChain.rpc("hardhat_setNextBlockBaseFeePerGas", `0x${(500n * GWEI).toString(16)}`);
    const { logger, lines } = recordingLogger();
    let asked = 0;
    // The first answer is of a moment ago, when gas was cheap.
    proxy.tamper = ({ method, params }, result) =>
      method === "eth_getBlockByNumber" && params[0] === "latest"
        ? { result: { ...(result as object), baseFeePerGas: ++asked === 1 ? "0x1" : `0x${(500n * GWEI).toString(16)}` } }
        : undefined;
    const outcome = await sender({}, { chain, logger }).send(item());
    expect(outcome.applied).to.equal(true);
    expect(lines.some(({ error }) => /too low/.test(String(error)))).to.equal(true);
  });

  /** A node that refuses transactions until they offer more than the first did; says how much each one offered. */
  async function connectRefusingFees(message: string) {
    const proxy = await startRpcProxy(testChain.url);
    const chain = testChain.connect(proxy.url);
    cleanUps.push(async () => {
      chain.close();
      await proxy.close();
    });
    const offers: bigint[] = [];
    proxy.judge = ({ method, params }) => {
      if (method !== "eth_sendRawTransaction") return undefined;
      offers.push(Transaction.from(String(params[0])).maxFeePerGas ?? 0n);
      return (offers.at(-1) as bigint) > (offers[0] as bigint) ? undefined : { code: -32_010, message };
    };
    return { chain, offers };
  }
  async function connectRefusingOnce(message: string) {
    const proxy = await startRpcProxy(testChain.url);
    const chain = testChain.connect(proxy.url);
    cleanUps.push(async () => {
      chain.close();
      await proxy.close();
    });
    let refused = false;
    proxy.judge = ({ method }) => {
      if (method !== "eth_sendRawTransaction" || refused) return undefined;
      refused = true;
      return { code: -32_010, message };
    };
    return { chain };
  }
  for (const message of [
    "ReplacementNotAllowed",
    "INTERNAL_ERROR: could not replace existing tx",
    "Transaction gas price 1wei is too low. There is another transaction with same nonce in the queue with gas price 2wei.",
    "FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 7",
    "Gas price below configured minimum gas price",
  ]) {
    it(`offers more at the same nonce where the node says "${message}"`, async () => {
      const { chain, offers } = await connectRefusingFees(message);
      const before = await count("latest");
      expect((await sender({}, { chain }).send(item())).applied).to.equal(true);
      expect(await count("latest")).to.equal(before + 1);
      expect(offers).to.have.length(2);
    });
  }

  for (const message of [
    "InsufficientFunds, Account balance: 0, cumulative cost: 5",
    "Insufficient funds. The account you tried to send transaction from does not have enough funds. Required 5 and got: 0.",
    "Upfront cost exceeds account balance",
  ]) {
    it(`raises the alarm about a key without gas where the node says "${message}"`, async () => {
      const { chain } = await connectRefusingOnce(message);
      const { logger, lines } = recordingLogger();
      expect((await sender({}, { chain, logger }).send(item())).applied).to.equal(true);
      expect(lines.some(({ level, msg }) => level === 50 && /cannot pay for gas/.test(String(msg)))).to.equal(true);
    });
  }

  it("goes on where its nonce is too low, since the key was used elsewhere", async () => {
    const { send } = sender();
    await send(item());
    const elsewhere = signer().connect(testChain.chain.provider);
    await (await elsewhere.sendTransaction({ to: elsewhere.address })).wait();
    expect((await send(item())).applied).to.equal(true);
    expect(await count("pending")).to.equal(await count("latest"));
  });

  it("takes no nonce of a transaction in flight, though the node has forgotten that transaction", async () => {
    const proxy = await startRpcProxy(testChain.url);
    const chain = testChain.connect(proxy.url);
    cleanUps.push(async () => {
      chain.close();
      await proxy.close();
    });
    await testChain.rpc("evm_setAutomine", false);
    const before = await count("latest");
    const { send } = sender({ maxItems: 1 }, { chain });
    const first = send(item());
    await until("the first is in the pool", async () => (await pool()).length === 1);
    const [inFlight] = await pool();
    let sent = 0;
    proxy.tamper = ({ method, params }) =>
      method === "eth_getTransactionCount" && params[1] === "pending" ? { result: `0x${before.toString(16)}` } : undefined;
    // After a failure the sender asks for the next nonce.
    proxy.judge = ({ method }) =>
      method === "eth_sendRawTransaction" && ++sent === 1 ? { code: -32_603, message: "internal error" } : undefined;
    const second = send(item());
    await until("the second has reached the node", async () => sent >= 2 && (await pool()).some((hash) => hash !== inFlight));
    expect(await pool())
      .to.include(inFlight)
      .and.to.have.length(2);
    proxy.tamper = () => undefined;
    const outcomes = await mineUntilSettled(Promise.all([first, second]));
    expect(outcomes.map(({ applied }) => applied)).to.deep.equal([true, true]);
    expect(await count("latest")).to.equal(before + 2);
  });

  it("goes on where its nonce is too high, since the chain has taken blocks back", async () => {
    const { send } = sender();
    const snapshot = await testChain.rpc("evm_snapshot");
    await send(item());
    await send(item());
    await testChain.rpc("evm_revert", snapshot);
    const before = await count("latest");
    expect((await send(item())).applied).to.equal(true);
    expect(await count("latest")).to.equal(before + 1);
  });

  it("puts back at once what the chain took back with its blocks, and what had been there before it", async () => {
    const { send } = sender({ maxItems: 1 });
    await send(item());
    const snapshot = await testChain.rpc("evm_snapshot");
    const before = await count("latest");
    for (let sent = 0; sent < 3; sent += 1) await send(item());
    await testChain.rpc("evm_setAutomine", false);
    const behind = Promise.all([send(item()), send(item())]);
    await until("both are in the pool", async () => (await count("pending")) === before + 5);
    await testChain.rpc("evm_revert", snapshot);
    expect(await count("pending"), "the node has forgotten all of it").to.equal(before);
    // Long before it would call anything stuck, which the sender does after a minute.
    expect((await mineUntilSettled(behind)).map(({ applied }) => applied)).to.deep.equal([true, true]);
    expect(await count("latest")).to.equal(before + 5);
    expect(await pool()).to.deep.equal([]);
  });

  it("closes the gap that a crash left: what waits behind it is mined too, and nothing is stuck", async () => {
    await testChain.rpc("evm_setAutomine", false);
    const left = signer().connect(testChain.chain.provider);
    const first = await count("latest");
    const fees = { maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: GWEI, gasLimit: 21_000n };
    // The one at `first` was never broadcast, or is forgotten.
    for (const nonce of [first + 1, first + 2]) await left.sendTransaction({ to: left.address, nonce, ...fees });
    const { send } = sender({ stuckAfterMs: 300, maxItems: 1 });
    const outcomes = await mineUntilSettled(Promise.all([send(item()), send(item())]));
    expect(outcomes.map(({ applied }) => applied)).to.deep.equal([true, true]);
    expect(await count("latest")).to.equal(first + 4);
    expect(await pool()).to.deep.equal([]);
  });

  it("says that a transaction ran out of the gas it was given, and goes on", async () => {
    const { provider, deployment } = testChain.chain;
    const { send } = createBatchSender<Start, string>(
      { signer: signer(), provider, chainId: 31_337n, logger: SILENT },
      {
        to: deployment.contracts.transferStateRepo,
        encode: encodeStartBatch,
        // A start takes about 36 000.
        gasOf: () => 1_000n,
        bytesOf: () => 100,
        settle: () => [],
      },
    );
    const [error] = await Promise.all(
      Array.from({ length: 8 }, () =>
        send(item()).then(
          () => undefined,
          (cause: unknown) => cause,
        ),
      ),
    );
    expect(error).to.be.instanceOf(AppError).with.property("code", "chain-reverted");
    expect((await sender().send(item())).applied).to.equal(true);
  });

  it("holds what it has while the key has no gas, raises an alarm, and sends all of it once there is some", async () => {
    const { logger, lines } = recordingLogger();
    const { address } = signer();
    const balance = await testChain.rpc("eth_getBalance", address, "latest");
    await testChain.rpc("hardhat_setBalance", address, "0x0");
    const { send } = sender({ maxItems: 2 }, { logger });
    const outcomes = Promise.all(Array.from({ length: 5 }, () => send(item())));
    const alarms = () => lines.filter(({ level, msg }) => level === 50 && /cannot pay for gas/.test(String(msg)));
    await until("the alarm is raised, and again", () => alarms().length >= 2);
    expect(alarms()[0]?.address).to.equal(address);
    await testChain.rpc("hardhat_setBalance", address, balance);
    expect((await outcomes).every(({ applied }) => applied)).to.equal(true);
    expect(await count("pending")).to.equal(await count("latest"));
  });

  it("tells the caller that the outcome is not known where the node takes no transaction, and the caller may send it again", async () => {
    const proxy = await startRpcProxy(testChain.url);
    const chain = testChain.connect(proxy.url);
    cleanUps.push(async () => {
      chain.close();
      await proxy.close();
    });
    let refused = 0;
    proxy.tamper = ({ method }) => {
      if (method !== "eth_sendRawTransaction" || ++refused > 3) return undefined;
      return { error: { code: -32_603, message: "internal error" } };
    };
    const start = item();
    const { send } = sender({}, { chain });
    expect((await send(start)).applied).to.equal(true);
    // Carried out by the node all the same, and found by its hash: nothing was sent twice.
    expect(await count("latest")).to.equal(await count("pending"));
    expect(await send(start)).to.include({ applied: false, cause: "EXISTS" });
  });
});
