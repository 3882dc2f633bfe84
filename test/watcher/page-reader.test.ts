import { expect } from "chai";
import { readHeader } from "../../src/chain/finality.js";
import type { BlockHeader } from "../../src/chain/rpc-reads.js";
import { createPageReader, type PageReader, type PageReading } from "../../src/watcher/page-reader.js";
import { startTestChain, type TestChain } from "../support/chain.js";

describe("reading the chain page by page", function () {
  this.timeout(60_000);
  let testChain: TestChain;

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(() => testChain.reset());
  after(() => testChain.close());

  async function look() {
    const head = (await readHeader(testChain.chain.provider, "latest")) as BlockHeader;
    return { head, finalBlock: head.number };
  }
  const blocksOf = ({ from, to }: PageReading) => to - from + 1;

  /** Reads to the newest block, and returns the pages with how many events each held. */
  async function readAll(pages: PageReader): Promise<{ blocks: number; events: number; wasAhead: boolean }[]> {
    const read = [];
    let reading = pages.read({ cursor: undefined, ...(await look()) });
    for (let wasAhead = false; ; ) {
      const whole = await reading.whenRead;
      read.push({ blocks: blocksOf(reading), events: whole.page.events.length, wasAhead });
      if (reading.to >= reading.head.number) return read;
      pages.readAhead(reading, whole);
      const ahead = pages.takeAhead();
      wasAhead = ahead !== undefined;
      reading = ahead ?? pages.read({ cursor: whole.next, ...(await look()) });
    }
  }

  it("reads the next page while one is written, up to the one with the newest block", async () => {
    await testChain.start(2);
    await testChain.mine(7);
    const read = await readAll(createPageReader(testChain.chain, { maxPageBlocks: 2 }));
    expect(read.reduce((sum, { events }) => sum + events, 0)).to.equal(2);
    expect(read.slice(1, -1).map(({ wasAhead }) => wasAhead)).to.deep.equal(read.slice(1, -1).map(() => true));
    expect(read.at(-1)?.wasAhead).to.equal(false);
  });

  it("notices that blocks were taken back since the page before", async () => {
    const fork = await testChain.rpc("evm_snapshot");
    await testChain.start(1);
    await testChain.mine(6);
    const pages = createPageReader(testChain.chain, { maxPageBlocks: 2 });
    const { head, finalBlock } = await look();
    const before = (await readHeader(testChain.chain.provider, head.number - 7)) as BlockHeader;
    const cursor = { blockNumber: before.number, blockHash: before.hash, sequence: 0n, finalBlock: 0, caughtUp: false };
    const reading = pages.read({ cursor, head, finalBlock });
    const whole = await reading.whenRead;
    await testChain.rpc("evm_revert", fork);
    await testChain.start(2);
    await testChain.mine(6);
    pages.readAhead(reading, whole);
    const failure = await pages.takeAhead()?.whenRead.catch((error: { code: string }) => error.code);
    expect(failure).to.equal("chain-gap");
  });

  it("takes more blocks while they hold little, and fewer once they hold more than is wanted", async () => {
    await testChain.mine(60);
    for (let count = 0; count < 12; count += 1) await testChain.start(1);
    await testChain.mine(60);
    const read = await readAll(createPageReader(testChain.chain, { maxPageBlocks: 40, maxPageEvents: 8 }));
    const sizes = read.map(({ blocks }) => blocks);
    expect(sizes.slice(0, 2)).to.deep.equal([16, 32]);
    const busiest = read.findIndex(({ events }) => events > 8);
    expect(sizes[busiest]).to.equal(40);
    expect(sizes[busiest + 1]).to.equal(20);
    expect(Math.max(...sizes)).to.equal(40);
  });

  it("takes half as many after a failure, down to one, and forgets what was being read", async () => {
    await testChain.mine(40);
    const pages = createPageReader(testChain.chain, { maxPageBlocks: 2 });
    const reading = pages.read({ cursor: undefined, ...(await look()) });
    pages.readAhead(reading, await reading.whenRead);
    expect(pages.failed()).to.deep.equal({ isSmaller: true });
    expect(pages.takeAhead()).to.equal(undefined);
    const smaller = pages.read({ cursor: undefined, ...(await look()) });
    await smaller.whenRead;
    expect(blocksOf(smaller)).to.equal(1);
    expect(pages.failed()).to.deep.equal({ isSmaller: false });
  });
});
