import { Wallet } from "ethers";
import { DEMO_ORGANISATION } from "../../scripts/stack/demo-network.js";
import { readTransfers } from "../../src/chain/contracts/read-transfers.js";
import type { Finality } from "../../src/chain/finality.js";
import { createStartSender } from "../../src/chain/sending/transition-senders.js";
import type { JournalEntry } from "../../src/domain/transfer-record.js";
import { createJournal, type Journal } from "../../src/store/transfers/journal.js";
import { createStarter, type StarterService } from "../../src/submission/start-submitter.js";
import { SILENT } from "../../tools/support/logger.js";
import { startRpcProxy } from "../../tools/support/rpc-proxy.js";
import { until } from "../../tools/support/until.js";
import { PAYEE_BANK, PAYER_BANK, startTestChain, type TestChain } from "../support/chain.js";
import { findJournalEntry } from "../support/journal-entry.js";
import { startTestStore } from "../support/watching.js";

export const DETAILS = `0x${"00".repeat(8)}`;

/** A chain, and for each test a store, with start submitters between them. To be called inside a suite. */
export function useStarters() {
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let journal: Journal;
  const starters: StarterService[] = [];
  const closing: (() => Promise<void>)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    store = await startTestStore();
    journal = createJournal(store.db, testChain.deployment.domain);
  });
  afterEach(async () => {
    await Promise.all(starters.splice(0).map((starter) => starter.close()));
    await Promise.all(closing.splice(0).map((close) => close()));
    await store.close();
  });
  after(() => testChain.close());

  function starter(
    finality: Finality = { confirmations: 0 },
    { chain = testChain.chain, onSettled = (_outcome: string): void => undefined } = {},
  ): StarterService {
    const { deployment, secrets } = testChain;
    const signer = new Wallet(secrets.initiatorKey);
    const sender = createStartSender({ signer, provider: chain.provider, deployment, logger: SILENT });
    const created = createStarter({
      journal,
      chain,
      finality,
      sender,
      initiator: { address: signer.address, organisation: DEMO_ORGANISATION },
      logger: SILENT,
      lookIntervalMs: 20,
      onSettled,
    });
    starters.push(created);
    return created;
  }
  /** A node that leaves every log out while `isSilent` says so. */
  async function startForgetfulNode() {
    const proxy = await startRpcProxy(testChain.url);
    const chain = testChain.connect(proxy.url);
    const node = { chain, isSilent: true, asked: 0 };
    proxy.tamper = ({ method }) => {
      if (method !== "eth_getLogs" || !node.isSilent) return undefined;
      node.asked += 1;
      return { result: [] };
    };
    closing.push(async () => {
      chain.close();
      await proxy.close();
    });
    return node;
  }
  async function accept(change: Partial<JournalEntry> = {}): Promise<string> {
    const block = await testChain.chain.provider.getBlock("latest");
    const entry: JournalEntry = {
      ...testChain.newRequest(),
      principal: "alice",
      payerBank: PAYER_BANK,
      payeeBank: PAYEE_BANK,
      currencyNumeric: 764,
      amountMinor: 12_345n,
      deadlineSeconds: (block?.timestamp ?? 0) + 3_600,
      details: Buffer.from(DETAILS.slice(2), "hex"),
      fieldHashes: {},
      acceptedAt: new Date(),
      status: "accepted",
      ...change,
    };
    await journal.insert(entry);
    return entry.transferId;
  }
  /** Starts a new request as another replica would; gives what an entry of the same request has. */
  async function startElsewhere(
    details = DETAILS,
  ): Promise<Pick<JournalEntry, "transferId" | "requestHash" | "deadlineSeconds">> {
    const request = testChain.newRequest();
    await testChain.start([request.requestHash], details);
    const [transfer] = await readTransfers(testChain.chain, [request.transferId], await testChain.blockNumber());
    return { ...request, deadlineSeconds: transfer?.deadlineSeconds ?? 0 };
  }
  const entryOf = async (id: string) => {
    const entry = await findJournalEntry(store.db, id);
    if (entry === undefined) throw new Error(`The journal does not hold ${id}`);
    return entry;
  };
  const status = async (id: string) => (await findJournalEntry(store.db, id))?.status;
  const settled = (id: string) => until("it is settled", async () => (await status(id)) !== "accepted");
  const expire = () => store.rows("update journal set lease_until = now() - interval '1 second'");
  const nonce = () => testChain.chain.provider.getTransactionCount(new Wallet(testChain.secrets.initiatorKey).address);
  const isKnown = (id: string) => testChain.chain.transfers.isKnown(id);

  return {
    get testChain() {
      return testChain;
    },
    get store() {
      return store;
    },
    get journal() {
      return journal;
    },
    /** Closes a submitter with the test. */
    adopt: (created: StarterService) => void starters.push(created),
    starter,
    startForgetfulNode,
    accept,
    startElsewhere,
    entryOf,
    status,
    settled,
    expire,
    nonce,
    isKnown,
  };
}
