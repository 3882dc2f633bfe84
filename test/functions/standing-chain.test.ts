import { expect } from "chai";
import { readTransfers } from "../../src/chain/contracts/read-transfers.js";
import { AppError } from "../../src/domain/app-error.js";
import { createChainClock } from "../../src/functions/chain-clock.js";
import { debit } from "../../src/functions/debit.js";
import { handleEvents } from "../../src/functions/handle-events.js";
import { startTestChain, type TestChain } from "../support/chain.js";
import { eventOf, startLegNetwork } from "../support/leg-network.js";

describe("a function on a chain that makes no blocks", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let network: Awaited<ReturnType<typeof startLegNetwork>>;

  before(async () => {
    testChain = await startTestChain();
    network = await startLegNetwork(testChain, 30_000n);
  });
  after(async () => {
    await network.close();
    await testChain.close();
  });

  it("closes the debit's reference once the deadline has passed since the last block", async () => {
    const id = await network.start();
    let nowMs = 0;
    const deps = { ...network.legDeps(debit), chainClock: createChainClock(() => nowMs) };
    const away = { ...network.bank, post: () => Promise.reject(new AppError("bank-unreachable", "away")) };
    const block = await testChain.blockNumber();
    expect(await handleEvents({ ...deps, bank: away }, [eventOf(id, 1)])).to.have.length(1);
    nowMs = 3_700_000;
    expect(await testChain.blockNumber()).to.equal(block);
    await handleEvents(deps, [eventOf(id, 1)]);
    const [transfer] = await readTransfers(testChain.chain, [id], await testChain.blockNumber());
    expect([transfer?.state, network.balanceMinor()]).to.deep.equal(["REJECTED", 30_000n]);
  });
});
