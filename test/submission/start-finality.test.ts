import { expect } from "chai";
import { bankIdToBytes } from "../../src/domain/ids.js";
import { until } from "../../tools/support/until.js";
import { BankRepo__factory } from "../../types/ethers-contracts/index.js";
import { PAYEE_BANK } from "../support/chain.js";
import { useStarters } from "./submitter-under-test.js";

describe("the starter of accepted transfers, where blocks become final later", function () {
  this.timeout(60_000);
  const bench = useStarters();
  const { starter, accept, entryOf, status, settled, expire, nonce, isKnown, startForgetfulNode } = bench;

  for (const [block, confirmations] of [
    ["the block before the first", (head: number) => head + 1],
    ["a block before the contract's own", (head: number) => head],
  ] as const) {
    it(`sends what another replica has left while ${block} is the final one`, async () => {
      const id = await accept();
      await expire();
      starter({ confirmations: confirmations(await bench.testChain.blockNumber()) });
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
    await bench.testChain.mine(1);
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
      await bench.testChain.mine(2);
      await expire();
      await until(
        "it was looked at",
        async () => (await bench.store.rows("select 1 from journal where lease_until > now()")).length > 0,
      );
      expect(await status(id)).to.equal("accepted");
      await bench.testChain.mine(1);
      await settled(id);
      expect(await status(id)).to.equal(outcome);
      expect(await nonce()).to.equal(before + 1);
    });
  }

  it("sends again what the chain has taken back", async () => {
    const fork = await bench.testChain.rpc("evm_snapshot");
    const id = await accept();
    const before = await nonce();
    starter({ confirmations: 3 }).wake(await entryOf(id));
    await until("it is mined", async () => (await nonce()) === before + 1);
    await bench.testChain.rpc("evm_revert", fork);
    expect(await isKnown(id)).to.equal(false);
    await bench.testChain.mine(5);
    await until("it is on the chain again", () => isKnown(id));
    await bench.testChain.mine(3);
    await settled(id);
    expect(await status(id)).to.equal("started");
  });

  it("sends again what was refused in a block that the chain has taken back", async () => {
    const { chain, deployment } = bench.testChain;
    const banks = BankRepo__factory.connect(deployment.contracts.bankRepo, await chain.provider.getSigner(0));
    const fork = await bench.testChain.rpc("evm_snapshot");
    await (await banks.deactivateBank(bankIdToBytes(PAYEE_BANK))).wait();
    const id = await accept();
    const before = await nonce();
    starter({ confirmations: 3 }).wake(await entryOf(id));
    await until("the refusal is mined", async () => (await nonce()) === before + 1);
    await bench.testChain.rpc("evm_revert", fork);
    await bench.testChain.mine(6);
    await until("it is judged", async () => (await isKnown(id)) || (await status(id)) !== "accepted");
    await bench.testChain.mine(3);
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
    await bench.testChain.mine(3);
    await expire();
    starter({ confirmations: 3 });
    await settled(id);
    expect(await status(id)).to.equal("started");
  });
});
