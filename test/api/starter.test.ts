import { expect } from "chai";
import { Wallet } from "ethers";
import { DEMO_ORGANISATION } from "../../scripts/stack/demo-network.js";
import { createStarter, type StarterService } from "../../src/api/starter.js";
import type { Finality } from "../../src/chain/finality.js";
import { createStartSender } from "../../src/chain/transition-senders.js";
import { bankIdToBytes } from "../../src/domain/ids.js";
import { createJournal, type Journal, type JournalRow } from "../../src/store/journal.js";
import { BankRepo__factory } from "../../types/ethers-contracts/index.js";
import { PAYEE_BANK, PAYER_BANK, startTestChain, type TestChain } from "../support/chain.js";
import { findJournalEntry } from "../support/journal-entry.js";
import { recordingLogger, SILENT } from "../support/logger.js";
import { startRpcProxy } from "../support/rpc-proxy.js";
import { until } from "../support/until.js";
import { startTestStore } from "../support/watching.js";

const DETAILS = `0x${"00".repeat(8)}`;

describe("the starter of accepted transfers", function () {
  this.timeout(120_000);
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
  async function accept(change: Partial<JournalRow> = {}): Promise<string> {
    const block = await testChain.chain.provider.getBlock("latest");
    const entry: JournalRow = {
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

  it("brings it to the chain when it is told of it", async () => {
    const id = await accept();
    starter().wake(await entryOf(id));
    await settled(id);
    expect(await status(id)).to.equal("started");
    expect(await isKnown(id)).to.equal(true);
  });

  it("records why the chain refuses it", async () => {
    const id = await accept({ payeeBank: "NONETHB1" });
    starter().wake(await entryOf(id));
    await settled(id);
    expect(await findJournalEntry(store.db, id)).to.include({ status: "refused", refusal: "PAYEE_BANK_INACTIVE" });
  });

  it("takes one that the chain has already for its own, if it has the same sealed details", async () => {
    const request = testChain.newRequest();
    await testChain.start([request.requestHash], DETAILS);
    const id = await accept(request);
    starter().wake(await entryOf(id));
    await settled(id);
    expect(await status(id)).to.equal("started");
  });

  for (const [what, take] of [
    ["when it is told of it", async (id: string) => starter().wake(await entryOf(id))],
    [
      "when it takes it over from another replica",
      async () => {
        await expire();
        starter();
      },
    ],
    [
      "where blocks become final later",
      async (id: string) => {
        const before = await nonce();
        starter({ confirmations: 1 }).wake(await entryOf(id));
        await until("the refusal is mined", async () => (await nonce()) > before);
        await testChain.mine(2);
      },
    ],
  ] as const) {
    it(`is refused one that the chain has with other sealed details and the same terms, ${what}`, async () => {
      const request = testChain.newRequest();
      await testChain.start([request.requestHash], "0x0102030405060708");
      const id = await accept(request);
      await take(id);
      await settled(id);
      expect(await findJournalEntry(store.db, id)).to.include({ status: "refused", refusal: "EXISTS" });
    });
  }

  it("sends nothing while its key belongs to no organisation", async () => {
    const { chain, deployment } = testChain;
    const signer = Wallet.createRandom();
    const sender = createStartSender({
      signer: new Wallet(signer.privateKey),
      provider: chain.provider,
      deployment,
      logger: SILENT,
    });
    const { logger, lines } = recordingLogger();
    const initiator = { address: signer.address, organisation: DEMO_ORGANISATION };
    const created = createStarter({ journal, chain, finality: { confirmations: 0 }, sender, initiator, logger });
    starters.push(created);
    const id = await accept();
    created.wake(await entryOf(id));
    await until("it is said why", async () => JSON.stringify(lines).includes("belongs to no organisation"));
    expect(await status(id)).to.equal("accepted");
    expect(await chain.provider.getTransactionCount(signer.address, "pending")).to.equal(0);
  });

  it("takes over what another replica has left", async () => {
    const id = await accept();
    starter();
    expect(await status(id)).to.equal("accepted");
    await expire();
    await settled(id);
    expect(await isKnown(id)).to.equal(true);
  });

  it("does not send again what another replica has brought to the chain", async () => {
    const request = testChain.newRequest();
    await testChain.start([request.requestHash], DETAILS);
    const before = await nonce();
    const id = await accept(request);
    await expire();
    starter();
    await settled(id);
    expect(await status(id)).to.equal("started");
    expect(await nonce()).to.equal(before);
  });

  it("leaves those of another domain alone", async () => {
    const id = await accept();
    await store.rows("update journal set domain = 'another'");
    const other = await accept();
    await expire();
    starter();
    await settled(other);
    expect(await status(id)).to.equal("accepted");
  });

  it("sends a start once, though it is told of it again before and after it is settled", async () => {
    const outcomes: string[] = [];
    const id = await accept();
    const service = starter(undefined, { onSettled: (outcome) => void outcomes.push(outcome) });
    const before = await nonce();
    const entry = await entryOf(id);
    service.wake(entry);
    service.wake(entry);
    await settled(id);
    service.wake(await entryOf(id));
    await service.close();
    expect(outcomes).to.deep.equal(["started"]);
    expect(await nonce()).to.equal(before + 1);
  });

  it("sends nothing after it was closed", async () => {
    const id = await accept();
    const before = await nonce();
    const service = starter();
    await service.close();
    service.wake(await entryOf(id));
    await testChain.mine(2);
    expect([await nonce(), await status(id)]).to.deep.equal([before, "accepted"]);
  });

  it("leaves a start open that a node shows no log of, and settles it once a node does", async () => {
    const request = testChain.newRequest();
    await testChain.start([request.requestHash], DETAILS);
    const before = await nonce();
    const id = await accept(request);
    const node = await startForgetfulNode();
    await expire();
    starter(undefined, { chain: node.chain });
    await until("the node was asked for logs", () => node.asked > 0);
    expect(await status(id)).to.equal("accepted");
    node.isSilent = false;
    await expire();
    await settled(id);
    expect([await status(id), await nonce()]).to.deep.equal(["started", before]);
  });

  describe("where blocks become final later", () => {
    for (const [block, confirmations] of [
      ["the block before the first", (head: number) => head + 1],
      ["a block before the contract's own", (head: number) => head],
    ] as const) {
      it(`sends what another replica has left while ${block} is the final one`, async () => {
        const id = await accept();
        await expire();
        starter({ confirmations: confirmations(await testChain.blockNumber()) });
        await until("it is on the chain", () => isKnown(id));
      });
    }

    it("asks a node again that shows no log of a start, and sends the start once", async () => {
      const id = await accept();
      const before = await nonce();
      const node = await startForgetfulNode();
      const service = starter({ confirmations: 1 }, { chain: node.chain });
      service.wake(await entryOf(id));
      await until("it is mined", async () => (await nonce()) === before + 1);
      await testChain.mine(1);
      await until("the node was asked for logs twice", () => node.asked > 1);
      service.wake(await entryOf(id));
      expect(await status(id)).to.equal("accepted");
      node.isSilent = false;
      await settled(id);
      expect([await status(id), await nonce()]).to.deep.equal(["started", before + 1]);
    });

    for (const [what, change, outcome] of [
      ["started", {}, "started"],
      ["refused", { payeeBank: "NONETHB1" }, "refused"],
    ] as const) {
      it(`keeps it open until that it was ${what} is final, and sends it once`, async () => {
        const id = await accept(change);
        const before = await nonce();
        starter({ confirmations: 3 }).wake(await entryOf(id));
        await until("it is mined", async () => (await nonce()) === before + 1);
        await testChain.mine(2);
        await expire();
        await until(
          "it was looked at",
          async () => (await store.rows("select 1 from journal where lease_until > now()")).length > 0,
        );
        expect(await status(id)).to.equal("accepted");
        await testChain.mine(1);
        await settled(id);
        expect(await status(id)).to.equal(outcome);
        expect(await nonce()).to.equal(before + 1);
      });
    }

    it("sends again what the chain has taken back", async () => {
      const fork = await testChain.rpc("evm_snapshot");
      const id = await accept();
      const before = await nonce();
      starter({ confirmations: 3 }).wake(await entryOf(id));
      await until("it is mined", async () => (await nonce()) === before + 1);
      await testChain.rpc("evm_revert", fork);
      expect(await isKnown(id)).to.equal(false);
      await testChain.mine(5);
      await until("it is on the chain again", () => isKnown(id));
      await testChain.mine(3);
      await settled(id);
      expect(await status(id)).to.equal("started");
    });

    it("sends again what was refused in a block that the chain has taken back", async () => {
      const { chain, deployment } = testChain;
      const banks = BankRepo__factory.connect(deployment.contracts.bankRepo, await chain.provider.getSigner(0));
      const fork = await testChain.rpc("evm_snapshot");
      await (await banks.deactivateBank(bankIdToBytes(PAYEE_BANK))).wait();
      const id = await accept();
      const before = await nonce();
      starter({ confirmations: 3 }).wake(await entryOf(id));
      await until("the refusal is mined", async () => (await nonce()) === before + 1);
      await testChain.rpc("evm_revert", fork);
      await testChain.mine(6);
      await until("it is judged", async () => (await isKnown(id)) || (await status(id)) !== "accepted");
      await testChain.mine(3);
      await settled(id);
      expect(await status(id)).to.equal("started");
    });

    it("closes without waiting for that, and another replica settles it", async () => {
      const id = await accept();
      const before = await nonce();
      const first = starter({ confirmations: 3 });
      first.wake(await entryOf(id));
      await until("it is mined", async () => (await nonce()) === before + 1);
      await first.close();
      expect(await status(id)).to.equal("accepted");
      await testChain.mine(3);
      await expire();
      starter({ confirmations: 3 });
      await settled(id);
      expect(await status(id)).to.equal("started");
    });
  });
});
