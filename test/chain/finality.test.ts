import { expect } from "chai";
import { readSequence } from "../../src/chain/contracts/read-transfers.js";
import { assertFinality, readFinalBlock, readFinalHeader } from "../../src/chain/finality.js";
import { AppError } from "../../src/domain/app-error.js";
import { startRpcProxy, type Tampering } from "../../tools/support/rpc-proxy.js";
import { startTestChain, type TestChain } from "../support/chain.js";

const FINALIZED = { tag: "finalized" } as const;

describe("the newest final block", function () {
  this.timeout(120_000);
  let testChain: TestChain;
  let proxy: Awaited<ReturnType<typeof startRpcProxy>>;

  before(async () => {
    testChain = await startTestChain();
    proxy = await startRpcProxy(testChain.url);
  });
  after(async () => {
    await proxy.close();
    await testChain.close();
  });

  /** Asks a node that answers the tag in a way of its own. */
  async function asking<T>(answer: Tampering, ask: (chain: TestChain["chain"]) => Promise<T>): Promise<T | AppError> {
    proxy.tamper = ({ params }) => (params.includes("finalized") ? answer : undefined);
    const chain = testChain.connect(proxy.url);
    try {
      return await ask(chain);
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    } finally {
      chain.close();
      proxy.tamper = () => undefined;
    }
  }

  const noneYet: [string, Tampering][] = [
    ["null", { result: null }],
    ["geth's error", { error: { code: -39_001, message: "finalized block not found" } }],
    ["Besu's error", { error: { code: -39_001, message: "Unknown block" } }],
    ["Erigon's and Nethermind's words", { error: { code: -32_000, message: "Finalized block not found" } }],
  ];
  for (const [title, answer] of noneYet) {
    it(`is none yet where a node answers the tag with ${title}`, async () => {
      expect(await asking(answer, ({ provider }) => readFinalBlock(provider, FINALIZED))).to.equal(-1);
      expect(await asking(answer, ({ provider }) => readFinalHeader(provider, FINALIZED))).to.equal(undefined);
      expect(await asking(answer, (chain) => assertFinality(chain, FINALIZED))).to.equal(undefined);
    });
  }

  const unknown: [string, Tampering][] = [
    ["geth before proof of stake", { error: { code: -32_602, message: "invalid argument 0: hex string without 0x prefix" } }],
    ["Besu", { error: { code: -32_602, message: "Invalid block parameter" } }],
    ["Ganache", { error: { code: -32_700, message: 'Cannot wrap string value "finalized" as a json-rpc type' } }],
  ];
  for (const [title, answer] of unknown) {
    it(`is refused at the start where the node, as ${title}, does not know the tag`, async () => {
      const error = await asking(answer, (chain) => assertFinality(chain, FINALIZED));
      expect(error).to.have.property("code", "config-invalid");
      expect((error as AppError).message)
        .to.include("CONFIRMATIONS")
        .and.include((answer as { error: { message: string } }).error.message);
    });
  }

  it("is a failure like any other where the node fails otherwise", async () => {
    const answer = { error: { code: -32_603, message: "database is locked" } };
    const asks: ((chain: TestChain["chain"]) => Promise<unknown>)[] = [
      (chain) => readFinalBlock(chain.provider, FINALIZED),
      (chain) => assertFinality(chain, FINALIZED),
    ];
    for (const ask of asks) {
      const error = await asking(answer, ask);
      expect(error).to.have.property("code", "chain-unavailable");
      expect((error as AppError).message).to.include("database is locked");
    }
  });

  const pruned = [
    ["geth", "missing trie node 1f2e (path ) state 0x1f2e is not available"],
    ["Besu", "World state unavailable"],
    ["Nethermind", "No state available for block 0x1f2e"],
  ] as const;
  for (const [client, message] of pruned) {
    it(`tells in the node's own words that it has lost a block's state, as ${client} does`, async () => {
      proxy.tamper = ({ method }) => (method === "eth_call" ? { error: { code: -32_000, message } } : undefined);
      const chain = testChain.connect(proxy.url);
      const error = await readSequence(chain, await testChain.blockNumber()).catch((cause: unknown) => cause);
      chain.close();
      proxy.tamper = () => undefined;
      expect(error).to.have.property("code", "chain-unavailable");
      expect((error as AppError).message)
        .to.include(message)
        .and.not.include("reverted");
    });
  }
});
