import { expect } from "chai";
import { readHeader } from "../../../src/chain/finality.js";
import type { BlockHeader } from "../../../src/chain/rpc/reads.js";
import { createPageReader, type PageReader, type PageWithCursor } from "../../../src/watcher/follow/block-range-reader.js";
import { startTestChain, type TestChain } from "../../support/chain.js";
import { checkOf } from "../../support/node-check.js";

describe("reading the chain page by page", function () {
  this.timeout(120_000);
  let testChain: TestChain;

  before(async () => {
    testChain = await startTestChain();
  });
  beforeEach(() => testChain.reset());
  after(() => testChain.close());

  async function look() {
    const head = (await readHeader(testChain.chain.provider, "latest")) as BlockHeader;
    return { check: checkOf(testChain.chain), head, finalBlock: head.number };
  }
  const blocksOf = ({ from, to }: PageWithCursor) => to - from + 1;

  /** Reads to the newest block, and returns the pages with how many events each held. */
  async function readAll(pages: PageReader): Promise<{ blocks: number; events: number; wasAhead: boolean }[]> {
    const read = [];
    let reading = pages.read({ cursor: undefined, ...(await look()) });
    for (let wasAhead = false; ; ) {
      const whole = await reading.whenRead;
      read.push({ blocks: blocksOf(whole), events: whole.page.events.length, wasAhead });
      if (whole.to >= reading.head.number) return read;
      pages.readAhead(reading, whole);
      const ahead = pages.takeAhead();
      wasAhead = ahead !== undefined;
      reading = ahead ?? pages.read({ cursor: whole.next, ...(await look()) });
    }
  }

  it("reads the next page while one is written, up to the one with the newest block", async () => {
    await testChain.start(2);
    await testChain.mine(7);
    const read = await readAll(createPageReader({ maxPageBlocks: 2 }));
    expect(read.reduce((sum, { events }) => sum + events, 0)).to.equal(2);
    expect(read.slice(1, -1).map(({ wasAhead }) => wasAhead)).to.deep.equal(read.slice(1, -1).map(() => true));
    expect(read.at(-1)?.wasAhead).to.equal(false);
  });

  it("notices that blocks were taken back since the page before", async () => {
    const fork = await testChain.rpc("evm_snapshot");
    await testChain.start(1);
    await testChain.mine(6);
    const pages = createPageReader({ maxPageBlocks: 2 });
    const { check, head, finalBlock } = await look();
    const before = (await readHeader(testChain.chain.provider, head.number - 7)) as BlockHeader;
    const cursor = { blockNumber: before.number, blockHash: before.hash, sequence: 0n, finalBlock: 0, caughtUp: false };
    const reading = pages.read({ check, cursor, head, finalBlock });
    const whole = await reading.whenRead;
    await testChain.rpc("evm_revert", fork);
    await testChain.start(2);
    await testChain.mine(6);
    pages.readAhead(reading, whole);
    const failure = await pages.takeAhead()?.whenRead.catch((error: { code: string }) => error.code);
    expect(failure).to.equal("chain-gap");
  });

  it("takes more blocks while they hold little", async () => {
    await testChain.mine(60);
    const read = await readAll(createPageReader({ maxPageBlocks: 40 }));
    expect(read.slice(0, 2).map(({ blocks }) => blocks)).to.deep.equal([16, 32]);
  });

  it("takes no more than it wants where blocks that hold much come after many that hold nothing", async () => {
    await testChain.mine(60);
    for (let count = 0; count < 24; count += 1) await testChain.start(1);
    await testChain.mine(60);
    const read = await readAll(createPageReader({ maxPageBlocks: 64, maxPageEvents: 6 }));
    expect(read.reduce((sum, { events }) => sum + events, 0)).to.equal(24);
    const long = read.filter(({ blocks }) => blocks > 16);
    expect(long).not.to.have.length(0);
    expect(Math.max(...long.map(({ events }) => events))).to.be.at.most(6);
  });

  it("takes fewer blocks after a page that held more than it wants", async () => {
    for (let count = 0; count < 24; count += 1) await testChain.start(1);
    await testChain.mine(20);
    const read = await readAll(createPageReader({ maxPageBlocks: 16, maxPageEvents: 8 }));
    const tooMany = read.findIndex(({ events }) => events > 8);
    expect(read[tooMany]?.blocks).to.equal(16);
    expect(read[tooMany + 1]?.blocks).to.equal(8);
  });

  it("takes half as many after a failure, down to one, and forgets what was being read", async () => {
    await testChain.mine(40);
    const pages = createPageReader({ maxPageBlocks: 2 });
    const reading = pages.read({ cursor: undefined, ...(await look()) });
    pages.readAhead(reading, await reading.whenRead);
    expect(pages.failed()).to.deep.equal({ isSmaller: true });
    expect(pages.takeAhead()).to.equal(undefined);
    const smaller = pages.read({ cursor: undefined, ...(await look()) });
    expect(blocksOf(await smaller.whenRead)).to.equal(1);
    expect(pages.failed()).to.deep.equal({ isSmaller: false });
  });
});
