import { expect } from "chai";
import { Transaction, Wallet } from "ethers";
import type { Start } from "../../../src/chain/contracts/call-codec.js";
import { readTransfers } from "../../../src/chain/contracts/read-transfers.js";
import { type BatchSenderOptions, DEFAULT_SENDER_OPTIONS } from "../../../src/chain/sending/batch-sender.js";
import { createStartSender, createTransitionSender } from "../../../src/chain/sending/transition-senders.js";
import { recordingLogger } from "../../../tools/support/logger.js";
import { startRpcProxy } from "../../../tools/support/rpc-proxy.js";
import { PAYEE_BANK, PAYER_BANK, startTestChain, type TestChain } from "../../support/chain.js";

const GETH_MAX_BYTES = 131_072;
// Sealed details with a message of 300 bytes.
const LONG_DETAILS_BYTES = 512;

describe("batches that a node refuses for their size, gas or fee", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let proxy: Awaited<ReturnType<typeof startRpcProxy>>;
  let chain: TestChain["chain"];
  let deadlineSeconds: number;
  const sent: { bytes: number; gas: bigint; taken: boolean }[] = [];

  before(async () => {
    testChain = await startTestChain();
    deadlineSeconds = ((await testChain.chain.provider.getBlock("latest"))?.timestamp ?? 0) + 3_600;
  });
  beforeEach(async () => {
    await testChain.reset();
    proxy = await startRpcProxy(testChain.url);
    chain = testChain.connect(proxy.url);
    sent.length = 0;
  });
  afterEach(async () => {
    chain.close();
    await proxy.close();
  });
  after(() => testChain.close());

  const item = (detailsBytes = LONG_DETAILS_BYTES): Start => ({
    ...testChain.newRequest(),
    payerBank: PAYER_BANK,
    payeeBank: PAYEE_BANK,
    currencyNumeric: 764,
    amountMinor: 5n,
    deadlineSeconds,
    details: new Uint8Array(detailsBytes),
  });
  function starts(options: Partial<BatchSenderOptions> = {}, logger = recordingLogger().logger) {
    const { provider, deployment } = chain;
    const signer = new Wallet(testChain.secrets.initiatorKey);
    return createStartSender({ signer, provider, deployment, logger }, { ...DEFAULT_SENDER_OPTIONS, ...options });
  }
  /** Refuses as a client does; what it takes is recorded as well. */
  function refuse(judge: (transaction: Transaction, bytes: number) => string | undefined): void {
    proxy.judge = ({ method, params }) => {
      if (method !== "eth_sendRawTransaction") return undefined;
      const raw = String(params[0]);
      const bytes = (raw.length - 2) / 2;
      const transaction = Transaction.from(raw);
      const message = judge(transaction, bytes);
      sent.push({ bytes, gas: transaction.gasLimit, taken: message === undefined });
      return message === undefined ? undefined : { code: -32_000, message };
    };
  }
  const tooLong = (maxBytes: number) => (_transaction: Transaction, bytes: number) =>
    bytes > maxBytes ? `oversized data: transaction size ${bytes}, limit ${maxBytes}` : undefined;
  const appliedOf = (outcomes: readonly { applied: boolean }[]) => outcomes.filter(({ applied }) => applied).length;

  it("never exceed the size that geth takes: 166 starts with messages of 300 bytes are started", async () => {
    refuse(tooLong(GETH_MAX_BYTES));
    const { send } = starts();
    const outcomes = await Promise.all(Array.from({ length: 166 }, () => send(item())));
    expect(appliedOf(outcomes)).to.equal(166);
    expect(sent.every(({ taken }) => taken)).to.equal(true);
    expect(sent.length).to.be.above(1);
  });

  it("are halved where a node takes less than we know of, and said in one line", async () => {
    refuse(tooLong(20_000));
    const { logger, lines } = recordingLogger();
    const { send } = starts({}, logger);
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => send(item())));
    expect(appliedOf(outcomes)).to.equal(100);
    expect(sent.filter(({ taken }) => !taken).length).to.be.below(10);
    expect(lines.filter(({ msg }) => /refuse a batch/.test(String(msg)))).to.have.length(1);
  });

  it("are halved until only the culprit is left, which is told why; all others are started", async () => {
    refuse(tooLong(GETH_MAX_BYTES));
    const culprit = item(1_024);
    const inner = proxy.judge;
    proxy.judge = (call) => {
      const holds = call.method === "eth_sendRawTransaction" && String(call.params[0]).includes(culprit.requestHash.slice(2));
      return holds ? { code: -32_000, message: "oversized data" } : inner(call);
    };
    const { send } = starts();
    const all = [...Array.from({ length: 20 }, () => item()), culprit, ...Array.from({ length: 19 }, () => item())];
    const settled = await Promise.allSettled(all.map((one) => send(one)));
    const refused = settled.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    expect(refused).to.have.length(1);
    expect(refused[0]).to.have.property("code", "chain-unavailable");
    expect(refused[0]).to.have.nested.property("details.nodeCondition", "transaction-too-large");
    expect(settled[20]?.status).to.equal("rejected");
    const states = await readTransfers(
      testChain.chain,
      all.map(({ transferId }) => transferId),
      await testChain.blockNumber(),
    );
    expect(states.filter(({ state }) => state === "STARTED")).to.have.length(39);
  });

  it("declare no more gas than a block takes that is smaller than a transaction may be", async () => {
    const blockGas = 4_000_000n;
    proxy.tamper = ({ method }, result) =>
      method === "eth_getBlockByNumber"
        ? { result: { ...(result as object), gasLimit: `0x${blockGas.toString(16)}` } }
        : undefined;
    refuse(({ gasLimit }) => (gasLimit > blockGas ? "exceeds block gas limit" : undefined));
    const { send } = starts();
    const outcomes = await Promise.all(Array.from({ length: 120 }, () => send(item(0))));
    expect(appliedOf(outcomes)).to.equal(120);
    expect(sent.every(({ taken }) => taken)).to.equal(true);
  });

  it("are halved where the node takes less gas, or a lower fee, than the chain says", async () => {
    for (const message of ["exceeds block gas limit", "tx fee (1.52 ether) exceeds the configured cap (1.00 ether)"]) {
      refuse(({ gasLimit }) => (gasLimit > 1_500_000n ? message : undefined));
      const { send } = starts();
      const outcomes = await Promise.all(Array.from({ length: 60 }, () => send(item(0))));
      expect(appliedOf(outcomes)).to.equal(60);
    }
  });

  it("hold transitions too, and are halved alike", async () => {
    const ids = await testChain.start(60);
    refuse(tooLong(4_000));
    const keys = testChain.secrets.banks.find(({ id }) => id === PAYER_BANK);
    const signer = new Wallet(keys?.functions.debit.operatorKey ?? "");
    const { provider, deployment } = chain;
    const { logger } = recordingLogger();
    const { send } = createTransitionSender({ signer, provider, deployment, logger });
    const evidence = `0x${"e1".repeat(32)}`;
    const outcomes = await Promise.all(ids.map((transferId) => send({ transferId, to: "PENDING", evidence })));
    expect(appliedOf(outcomes)).to.equal(60);
    expect(sent.some(({ taken }) => !taken)).to.equal(true);
  });

  it("are split by the bytes of reported outcomes too", async () => {
    const ids = await testChain.start(3);
    const [bank] = testChain.secrets.banks.filter(({ id }) => id === PAYER_BANK);
    const signer = new Wallet(bank?.functions.debit.operatorKey ?? "");
    const { provider, deployment } = testChain.chain;
    const before = await provider.getTransactionCount(signer.address);
    const options = { ...DEFAULT_SENDER_OPTIONS, maxBytes: 1 };
    const { send } = createTransitionSender({ signer, provider, deployment, logger: recordingLogger().logger }, options);
    const evidence = `0x${"e1".repeat(32)}`;
    const outcomes = await Promise.all(ids.map((transferId) => send({ transferId, to: "PENDING", evidence, resumptions: 0 })));
    expect(outcomes.every(({ applied }) => applied)).to.equal(true);
    expect(await provider.getTransactionCount(signer.address)).to.equal(before + 3);
  });
});
