import { expect } from "chai";
import { connectChain } from "../../src/chain/connect-chain.js";
import { readTransfers } from "../../src/chain/contracts/read-transfers.js";
import { startRpcProxy } from "../../tools/support/rpc-proxy.js";
import { startTestChain, type TestChain } from "./chain.js";
import { startTestStore, startWatching, untilCaughtUp } from "./watching.js";

const POOL = {
  requestTimeoutMs: 2_000,
  checkTimeoutMs: 2_000,
  checkIntervalMs: 1_000,
  lagMs: 900,
  coolDownMs: 60_000,
  distrustMs: 60_000,
};

/** Two nodes of one chain, each behind a proxy that may change what it says, and a store; to be called in a suite. */
export function useTwoNodes() {
  let testChain: TestChain;
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let first: Awaited<ReturnType<typeof startRpcProxy>>;
  let second: Awaited<ReturnType<typeof startRpcProxy>>;
  const cleanUps: (() => Promise<unknown> | unknown)[] = [];

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(async () => {
    await testChain.reset();
    store = await startTestStore();
    first = await startRpcProxy(testChain.url);
    second = await startRpcProxy(testChain.url);
  });
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
    await first.close();
    await second.close();
    await store.close();
  });
  after(() => testChain.close());

  type Options = Parameters<typeof startWatching>[2];
  function watch(urls: readonly string[], options: Options = {}) {
    const chain = connectChain(urls, testChain.deployment, { pool: POOL });
    const watching = startWatching(chain, store.db, options);
    cleanUps.push(async () => {
      await watching.stop();
      chain.close();
    });
    return { ...watching, chain };
  }
  const both = () => [first.url, second.url];
  const caughtUp = () => untilCaughtUp(testChain.chain, store.db);

  async function expectProjection(ids: readonly string[]): Promise<void> {
    const onChain = await readTransfers(testChain.chain, ids, await testChain.blockNumber());
    expect(await store.states()).to.deep.equal(new Map(onChain.map(({ id, state }) => [id, state])));
    const sequence = Number(await testChain.chain.transfers.sequence());
    expect(await store.sequences()).to.deep.equal(Array.from({ length: sequence }, (_, index) => index + 1));
  }

  return {
    get testChain() {
      return testChain;
    },
    get store() {
      return store;
    },
    get first() {
      return first;
    },
    get second() {
      return second;
    },
    cleanUps,
    watch,
    both,
    caughtUp,
    expectProjection,
  };
}

/** The block that a call's parameter names; `newest` for a tag. */
export const blockOf = (parameter: unknown, newest: number) =>
  typeof parameter === "string" && parameter.startsWith("0x") ? Number(parameter) : newest;
