import { expect } from "chai";
import { Wallet } from "ethers";
import { DEMO_ORGANISATION } from "../../scripts/stack/demo-network.js";
import { createStartSender } from "../../src/chain/sending/transition-senders.js";
import { createStarter } from "../../src/submission/start-submitter.js";
import { recordingLogger, SILENT } from "../../tools/support/logger.js";
import { until } from "../../tools/support/until.js";
import { findJournalEntry } from "../support/journal-entry.js";
import { useStarters } from "./submitter-under-test.js";

describe("the starter of accepted transfers", function () {
  this.timeout(60_000);
  const bench = useStarters();
  const { starter, accept, entryOf, status, settled, expire, nonce, isKnown, startForgetfulNode } = bench;

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
    expect(await findJournalEntry(bench.store.db, id)).to.include({ status: "refused", refusal: "PAYEE_BANK_INACTIVE" });
  });

  it("takes one that the chain has already for its own, if it has the same sealed details", async () => {
    const request = await bench.startElsewhere();
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
        await bench.testChain.mine(2);
      },
    ],
  ] as const) {
    for (const [other, details, change] of [
      ["other sealed details and the same terms", "0x0102030405060708", {}],
      ["the same sealed details and another amount", undefined, { amountMinor: 1n }],
      ["the same sealed details and a later deadline", undefined, { laterSeconds: 1 }],
    ] as const) {
      it(`is refused one that the chain has with ${other}, ${what}`, async () => {
        const { deadlineSeconds, ...request } = await bench.startElsewhere(details);
        const { laterSeconds = 0, ...terms } = { laterSeconds: 0, ...change };
        const id = await accept({ ...request, deadlineSeconds: deadlineSeconds + laterSeconds, ...terms });
        await take(id);
        await settled(id);
        expect(await findJournalEntry(bench.store.db, id)).to.include({ status: "refused", refusal: "EXISTS" });
      });
    }
  }

  it("sends nothing while its key belongs to no organisation", async () => {
    const { chain, deployment } = bench.testChain;
    const signer = Wallet.createRandom();
    const sender = createStartSender({
      signer: new Wallet(signer.privateKey),
      provider: chain.provider,
      deployment,
      logger: SILENT,
    });
    const { logger, lines } = recordingLogger();
    const initiator = { address: signer.address, organisation: DEMO_ORGANISATION };
    const created = createStarter({ journal: bench.journal, chain, finality: { confirmations: 0 }, sender, initiator, logger });
    bench.adopt(created);
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
    const request = await bench.startElsewhere();
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
    await bench.store.rows("update journal set domain = 'another'");
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
    await bench.testChain.mine(2);
    expect([await nonce(), await status(id)]).to.deep.equal([before, "accepted"]);
  });

  it("leaves a start open that a node shows no log of, and settles it once a node does", async () => {
    const request = await bench.startElsewhere();
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
});
