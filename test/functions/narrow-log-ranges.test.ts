import { expect } from "chai";
import { readStarts, readTransfers } from "../../src/chain/contracts/read-transfers.js";
import { debit } from "../../src/functions/debit.js";
import { handleEvents } from "../../src/functions/handle-events.js";
import { startRpcProxy } from "../../tools/support/rpc-proxy.js";
import { startTestChain, type TestChain } from "../support/chain.js";
import { eventOf, startLegNetwork } from "../support/leg-network.js";

const AGE_BLOCKS = 1_302;

describe("a function whose node limits requests for logs", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let network: Awaited<ReturnType<typeof startLegNetwork>>;
  let proxy: Awaited<ReturnType<typeof startRpcProxy>>;
  let chain: TestChain["chain"];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    network = await startLegNetwork(testChain, 30_000n);
    proxy = await startRpcProxy(testChain.url);
    chain = testChain.connect(proxy.url);
  });
  afterEach(async () => {
    chain.close();
    await proxy.close();
    await network.close();
  });
  after(() => testChain.close());

  const state = async (id: string) => (await readTransfers(testChain.chain, [id], await testChain.blockNumber()))[0]?.state;
  const widths: number[] = [];
  /** Refuses requests for more blocks than the limit. */
  function limitBlocks(maxBlocks: number, error: { code: number; message: string }): void {
    widths.length = 0;
    proxy.judge = ({ method, params }) => {
      if (method !== "eth_getLogs") return undefined;
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      const blocks = toBlock === "latest" ? Number.POSITIVE_INFINITY : Number(toBlock) - Number(fromBlock) + 1;
      widths.push(blocks);
      return blocks > maxBlocks ? error : undefined;
    };
  }

  const limits: [string, { code: number; message: string }][] = [
    ["geth", { code: -32_602, message: "exceed maximum block range: 1000" }],
    ["Besu", { code: -32_005, message: "Requested range exceeds maximum RPC range limit" }],
    ["a hosted node", { code: -32_000, message: "block range is too wide" }],
    ["a node of unknown words", { code: -32_000, message: "not today" }],
  ];
  for (const [client, error] of limits) {
    it(`debits a transfer that started ${AGE_BLOCKS} blocks ago behind a limit of 1 000 blocks of ${client}`, async () => {
      const id = await network.start();
      const started = String(await testChain.blockNumber());
      await testChain.mine(AGE_BLOCKS);
      limitBlocks(1_000, error);
      const event = eventOf(id, 1).cloneWith({ startedblock: started });
      expect(await handleEvents(network.legDeps(debit, chain), [event])).to.deep.equal([]);
      expect(await state(id)).to.equal("PENDING");
    });
  }

  it("asks for fewer blocks from then on, and for more again once the node takes more", async () => {
    const [id] = await testChain.start(1);
    const toBlock = (await testChain.blockNumber()) + AGE_BLOCKS;
    await testChain.mine(AGE_BLOCKS);
    const read = () => readStarts(chain, [id as string], { fromBlock: 1, toBlock });
    limitBlocks(100, { code: -32_602, message: "exceed maximum block range: 100" });
    expect((await read()).has(id as string)).to.equal(true);
    expect(widths.filter((width) => width > 100).length).to.be.below(12);
    limitBlocks(100, { code: -32_602, message: "exceed maximum block range: 100" });
    await read();
    // The good answers since the last refusal have grown the range.
    expect(widths[0]).to.be.below(250);
    limitBlocks(Number.POSITIVE_INFINITY, { code: 0, message: "" });
    for (let round = 0; round < 3; round += 1) await read();
    expect(Math.max(...widths)).to.be.above(600);
  });

  it("reads every start behind a limit of ten results", async () => {
    const ids: string[] = [];
    for (let count = 0; count < 30; count += 1) ids.push(...(await testChain.start(1)));
    proxy.tamper = ({ method }, result) =>
      method === "eth_getLogs" && (result as unknown[]).length > 10
        ? { error: { code: -32_005, message: "query returned more than 10 results" } }
        : undefined;
    const found = await readStarts(chain, ids, { fromBlock: 1, toBlock: await testChain.blockNumber() });
    expect([...found.keys()].sort()).to.deep.equal([...ids].sort());
  });

  it("gives up at one block that the node refuses", async () => {
    const [id] = await testChain.start(1);
    limitBlocks(0, { code: -32_602, message: "exceed maximum block range: 0" });
    const error = await readStarts(chain, [id as string], { fromBlock: 1, toBlock: 64 }).catch((cause: unknown) => cause);
    expect(error).to.have.property("code", "chain-unavailable");
    expect(widths.at(-1)).to.equal(1);
    expect(widths.length).to.be.below(16);
  });
});
