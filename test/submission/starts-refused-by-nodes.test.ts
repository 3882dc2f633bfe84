import { expect } from "chai";
import { Wallet } from "ethers";
import { DEMO_ORGANISATION } from "../../scripts/stack/demo-network.js";
import { transferResource } from "../../src/api/transfers/resource.js";
import { createStartSender } from "../../src/chain/sending/transition-senders.js";
import type { JournalEntry } from "../../src/domain/transfer-record.js";
import { createJournal, type Journal } from "../../src/store/transfers/journal.js";
import { createStarter, type StarterService } from "../../src/submission/start-submitter.js";
import { recordingLogger } from "../../tools/support/logger.js";
import { startRpcProxy } from "../../tools/support/rpc-proxy.js";
import { until } from "../../tools/support/until.js";
import { PAYEE_BANK, PAYER_BANK, startTestChain, type TestChain } from "../support/chain.js";
import { findJournalEntry } from "../support/journal-entry.js";
import { startTestStore } from "../support/watching.js";

const FEE_REFUSAL = { code: -32_000, message: "tx fee (1.52 ether) exceeds the configured cap (1.00 ether)" };
const CAUSES = [
  [
    { code: -32_000, message: "oversized data: transaction size 131073, limit 131072" },
    "TRANSACTION_TOO_LARGE",
    "transaction-too-large",
  ],
  [{ code: -32_000, message: "exceeds block gas limit" }, "GAS_OVER_CAP", "gas-over-cap"],
  [FEE_REFUSAL, "FEE_OVER_CAP", "fee-over-cap"],
] as const;

describe("a start that every node refuses for its transaction, even alone", function () {
  this.timeout(60_000);
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let journal: Journal;
  let proxy: Awaited<ReturnType<typeof startRpcProxy>>;
  let chain: TestChain["chain"];
  let log: ReturnType<typeof recordingLogger>;
  const starters: StarterService[] = [];
  const outcomes: string[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    store = await startTestStore();
    journal = createJournal(store.db, testChain.deployment.domain);
    proxy = await startRpcProxy(testChain.url);
    chain = testChain.connect(proxy.url);
    log = recordingLogger();
    outcomes.length = 0;
  });
  afterEach(async () => {
    proxy.judge = () => undefined;
    await Promise.all(starters.splice(0).map((starter) => starter.close()));
    chain.close();
    await proxy.close();
    await store.close();
  });
  after(() => testChain.close());

  function starter(lookIntervalMs = 20): StarterService {
    const { deployment, secrets } = testChain;
    const signer = new Wallet(secrets.initiatorKey);
    const created = createStarter({
      journal,
      chain,
      finality: { confirmations: 0 },
      sender: createStartSender({ signer, provider: chain.provider, deployment, logger: log.logger }),
      initiator: { address: signer.address, organisation: DEMO_ORGANISATION },
      logger: log.logger,
      lookIntervalMs,
      onSettled: (outcome) => void outcomes.push(outcome),
    });
    starters.push(created);
    return created;
  }
  async function accept(change: Partial<JournalEntry> = {}): Promise<JournalEntry> {
    const block = await testChain.chain.provider.getBlock("latest");
    const entry: JournalEntry = {
      ...testChain.newRequest(),
      principal: "alice",
      payerBank: PAYER_BANK,
      payeeBank: PAYEE_BANK,
      currencyNumeric: 764,
      amountMinor: 12_345n,
      deadlineSeconds: (block?.timestamp ?? 0) + 3_600,
      details: Buffer.alloc(8),
      fieldHashes: {},
      acceptedAt: new Date(),
      status: "accepted",
      ...change,
    };
    await journal.insert(entry);
    return entry;
  }
  const entryOf = (id: string) => findJournalEntry(store.db, id);
  const settled = (id: string) => until("the start is settled", async () => (await entryOf(id))?.status !== "accepted");
  const expire = () => store.rows("update journal set lease_until = now() - interval '1 second'");
  const sends = () => proxy.calls.filter((method) => method === "eth_sendRawTransaction").length;
  const tries = () => log.lines.filter(({ msg }) => msg === "not started yet; trying again").length;
  /** Refuses every transaction that holds the start. */
  function refuse({ requestHash }: JournalEntry, error: { code: number; message: string }): void {
    proxy.judge = ({ method, params }) =>
      method === "eth_sendRawTransaction" && String(params[0]).includes(requestHash.slice(2)) ? error : undefined;
  }

  for (const [error, refusal, cause] of CAUSES) {
    it(`is refused in the journal as ${refusal}, read as REJECTED with its cause, and not sent again`, async () => {
      const entry = await accept();
      refuse(entry, error);
      starter().wake(entry, true);
      await settled(entry.transferId);
      expect(await entryOf(entry.transferId)).to.include({ status: "refused", refusal });
      expect(outcomes).to.deep.equal([refusal]);
      const known = await entryOf(entry.transferId);
      if (known === undefined) throw new Error("The journal lost the entry");
      expect(transferResource({ entry: known })).to.include({ state: "REJECTED", final: true, cause });
      const before = proxy.calls.length;
      await expire();
      await until("accepted starts were looked for again", async () => proxy.calls.length > before);
      expect(sends()).to.equal(1);
      expect(await testChain.chain.transfers.isKnown(entry.transferId)).to.equal(false);
    });
  }

  it("does not keep the others of its batch from the chain", async () => {
    const entries = [];
    for (let index = 0; index < 5; index += 1) entries.push(await accept());
    const [culprit] = entries;
    if (culprit === undefined) throw new Error("There is no entry");
    refuse(culprit, FEE_REFUSAL);
    const created = starter();
    for (const entry of entries) created.wake(entry, true);
    for (const { transferId } of entries) await settled(transferId);
    expect(outcomes.sort()).to.deep.equal(["FEE_OVER_CAP", "started", "started", "started", "started"]);
  });

  it("stays accepted where an earlier process may have sent it, and is refused once its deadline has passed", async () => {
    const entry = await accept();
    refuse(entry, FEE_REFUSAL);
    await expire();
    starter();
    await until("the start is tried", async () => tries() > 0);
    expect((await entryOf(entry.transferId))?.status).to.equal("accepted");
    await testChain.rpc("evm_increaseTime", 3_700);
    await testChain.mine(1);
    await expire();
    await settled(entry.transferId);
    expect(await entryOf(entry.transferId)).to.include({ status: "refused", refusal: "FEE_OVER_CAP" });
  });

  it("stays accepted where another replica has taken it over meanwhile", async () => {
    const created = starter(60_000);
    const entry = await accept();
    refuse(entry, FEE_REFUSAL);
    await store.rows("update journal set session = 7");
    created.wake(entry, true);
    await until("the start is tried", async () => tries() > 0);
    expect((await entryOf(entry.transferId))?.status).to.equal("accepted");
  });

  it("stays accepted where a node took it and its answer was lost, and is started when the chain has it", async () => {
    const entry = await accept();
    await testChain.rpc("evm_setAutomine", false);
    let isTaken = false;
    // The node takes the first broadcast, then denies that it knows the transaction, and refuses it.
    proxy.tamper = ({ method }) => {
      if (method === "eth_getTransactionByHash") return { result: null };
      if (method !== "eth_sendRawTransaction" || isTaken) return undefined;
      isTaken = true;
      return { status: 504, body: "" };
    };
    proxy.judge = ({ method }) => (method === "eth_sendRawTransaction" && isTaken ? FEE_REFUSAL : undefined);
    starter().wake(entry, true);
    await until("the start is tried", async () => tries() > 0);
    expect((await entryOf(entry.transferId))?.status).to.equal("accepted");
    proxy.judge = () => undefined;
    await testChain.rpc("evm_setAutomine", true);
    await testChain.mine(1);
    await expire();
    await settled(entry.transferId);
    expect((await entryOf(entry.transferId))?.status).to.equal("started");
  });
});
