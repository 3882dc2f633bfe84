import { type Chain, onChain } from "../../chain/connect-chain.js";
import { decodeEvent } from "../../chain/contracts/chain-event.js";
import { readFirstSequence } from "../../chain/contracts/read-transfers.js";
import { readHeader } from "../../chain/finality.js";
import { createBlockRange } from "../../chain/rpc/block-range.js";
import { type BlockHeader, getLogs } from "../../chain/rpc/reads.js";
import type { Cursor } from "../../store/transfers/projection.js";
import type { NodeCheck } from "./check-logs.js";
import { type Page, readPage, SHORT_PAGE_BLOCKS } from "./read-block-range.js";

/**
 * Where a page begins.
 * - `check`: which node is asked, and what checks its answers.
 * - `cursor`: what it follows on; nothing before the first page.
 * - `head`: the newest block, as it was looked at.
 * - `finalBlock`: the number of the newest that is final.
 */
interface PageStart {
  check: NodeCheck;
  cursor: Cursor | undefined;
  head: BlockHeader;
  finalBlock: number;
}

/** A page of blocks `from` to `to`, and what the cursor is once it is written. `after`: the newest sequence before the page. */
export interface PageWithCursor {
  from: number;
  to: number;
  page: Page;
  after: bigint;
  next: Cursor;
}

/** A page that is being read. `beganAtMs`: since when, in ms since the epoch. */
export interface PageReading extends PageStart {
  beganAtMs: number;
  whenRead: Promise<PageWithCursor>;
}

/** Reads the chain page by page, and chooses how many blocks make one. */
export interface PageReader {
  /** Begins to read the page after a cursor. */
  read(start: PageStart): PageReading;
  /** A page is read and will be written: the one after it is read meanwhile, unless the newest block is in it, for that is soon old. */
  readAhead(reading: PageReading, read: PageWithCursor): void;
  /** The page after the one that was written, where it is being read already. */
  takeAhead(): PageReading | undefined;
  /** Something failed: maybe a page was too large for the node, so the next is smaller. Says whether it can be. */
  failed(): { isSmaller: boolean };
}

// What they hold is not known yet, and need not be: they are few.
const FIRST_PAGE_BLOCKS = SHORT_PAGE_BLOCKS;
// What one transaction should write at most, roughly, and one answer of the node hold: more of them at once are not cheaper.
const MAX_PAGE_EVENTS = 5_000;
// Full nodes keep the state of 128 blocks (geth's default). Half of it leaves room for what is mined, and for nodes that lag, meanwhile.
const STATE_BLOCKS = 64;
// Where in a page, and how many blocks there, its number of events is probed.
const PROBES = 4;
const PROBED_SHARE = 1 / 64;
// A page that is at most twice as long as one that held less than half of what it may need not be probed.
const DENSE_FACTOR = 2;

/**
 * - `maxPageBlocks`: blocks in a page, and in one request for logs, at most.
 * - `maxPageEvents`: events in a page of more than a few blocks, at most; after a short page with more, the next is shorter.
 */
interface PageOptions {
  maxPageBlocks: number;
  maxPageEvents?: number;
}

export function createPageReader({ maxPageBlocks, maxPageEvents = MAX_PAGE_EVENTS }: PageOptions): PageReader {
  const range = createBlockRange({ first: FIRST_PAGE_BLOCKS, max: maxPageBlocks });
  let ahead: PageReading | undefined;
  // Until a page says otherwise, the next may hold anything.
  let isDense = false;

  function read(start: PageStart, isAhead = false): PageReading {
    // In the block of the deployment itself nothing can have been started yet: roles come after.
    const from = (start.cursor?.blockNumber ?? start.check.node.chain.deployment.fromBlock) + 1;
    const to = Math.min(from + range.blocks - 1, start.head.number);
    const plan = { ...start, from, to, maxPageEvents, isAhead, isDense };
    return { ...start, beganAtMs: Date.now(), whenRead: readWithCursor(plan) };
  }

  function adjustTo({ from, to, page }: PageWithCursor, head: BlockHeader): void {
    const blocks = to - from + 1;
    const events = page.events.length;
    isDense = events * DENSE_FACTOR > maxPageEvents;
    if (events > maxPageEvents) range.setTo(blocks / 2);
    else if (blocks < range.blocks) {
      // One that the newest block cut short says nothing of how many there may be.
      if (to < head.number) range.setTo(blocks);
    } else if (events * range.growth <= maxPageEvents) range.grow();
  }

  return {
    read: (start) => read(start),
    readAhead({ check, head, finalBlock }, whole) {
      adjustTo(whole, head);
      if (whole.to + range.blocks >= head.number) return;
      ahead = read({ check, cursor: whole.next, head, finalBlock }, true);
      // Whoever takes it sees how it fails.
      ahead.whenRead.catch(() => undefined);
    },
    takeAhead() {
      const taken = ahead;
      ahead = undefined;
      return taken;
    },
    failed() {
      ahead = undefined;
      return { isSmaller: range.halve() };
    },
  };
}

interface PagePlan extends PageStart {
  from: number;
  to: number;
  maxPageEvents: number;
  /** Whether the newest block was looked at some pages ago. */
  isAhead: boolean;
  /** Whether the page before held about as many events as a page may: then the next one is no longer than that. */
  isDense: boolean;
}

async function readWithCursor(at: PagePlan): Promise<PageWithCursor> {
  const { check, cursor, head, from, maxPageEvents } = at;
  const { chain } = check.node;
  const after = cursor?.sequence ?? (await readFirstSequence(chain));
  const planned = at.isDense ? at.to : await lastThatFits(chain, { ...at, after });
  const finalBlock = Math.min(at.finalBlock, from > planned ? (cursor?.blockNumber ?? head.number) : planned);
  // Its header is kept, so that a reorganisation down to it can be told from one that goes deeper.
  const also = finalBlock >= chain.deployment.fromBlock && finalBlock !== cursor?.finalBlock ? finalBlock : undefined;
  const page =
    from > planned
      ? await emptyPage(
          chain,
          cursor === undefined ? head : { ...head, number: cursor.blockNumber, hash: cursor.blockHash },
          also,
        )
      : await readPage(check, {
          from,
          to: planned,
          after,
          parentHash: cursor?.blockHash,
          also,
          head,
          hasState: await hasState(at, planned),
          maxEvents: maxPageEvents,
        });
  const to = from > planned ? planned : page.last.number;
  const next: Cursor = {
    blockNumber: page.last.number,
    blockHash: page.last.hash,
    sequence: page.events.at(-1)?.sequence ?? after,
    finalBlock: Math.min(finalBlock, page.last.number),
    caughtUp: cursor?.caughtUp === true || to >= head.number,
  };
  return { from, to, page, after, next };
}

/** Whether nodes can be expected to have a block's state. A newest block that was looked at a while ago is looked at again. */
async function hasState({ check, head, isAhead }: PagePlan, block: number): Promise<boolean> {
  if (block < head.number - STATE_BLOCKS) return false;
  const newest = isAhead ? ((await readHeader(check.node.chain.provider, "latest")) ?? head) : head;
  return block >= newest.number - STATE_BLOCKS;
}

/**
 * A stretch with hardly any events in a block may end where each has hundreds. So some blocks of a longer page are read first, and the
 * page ends before those that show too many events. The contract's own count would say it for certain, but not of old blocks.
 */
async function lastThatFits(
  chain: Chain,
  { from, to, after, maxPageEvents }: { from: number; to: number; after: bigint; maxPageEvents: number },
): Promise<number> {
  let last = to;
  while (last - from >= FIRST_PAGE_BLOCKS) {
    const tooFar = (await probe(chain, from, last)).find(({ newest }) => newest - after > BigInt(maxPageEvents));
    if (tooFar === undefined) break;
    last = from + Math.floor((tooFar.block - from) / 2);
  }
  return last;
}

/** The newest sequence in a few blocks at regular places of a page; 0 where they hold no event. */
async function probe(chain: Chain, from: number, to: number): Promise<{ block: number; newest: bigint }[]> {
  const address = chain.deployment.contracts.transferStateRepo;
  const blocks = to - from + 1;
  const probed = Math.max(Math.floor(blocks * PROBED_SHARE), 1);
  const ends = Array.from({ length: PROBES }, (_, index) => from - 1 + Math.floor((blocks * (index + 1)) / PROBES));
  return await Promise.all(
    ends.map(async (block) => {
      const range = { address, fromBlock: Math.max(block - probed + 1, from), toBlock: block };
      const logs = await onChain(() => getLogs(chain.provider, range));
      const newest = logs.flatMap((log) => decodeEvent(log)?.sequence ?? []).reduce((a, b) => (a > b ? a : b), 0n);
      return { block, newest };
    }),
  );
}

/** Only finality has moved on: the cursor's own block stays the last. */
async function emptyPage(chain: Chain, last: BlockHeader, also: number | undefined): Promise<Page> {
  const header = also === undefined ? undefined : await readHeader(chain.provider, also);
  return { last, headers: new Map(header === undefined ? [] : [[header.number, header]]), events: [] };
}
