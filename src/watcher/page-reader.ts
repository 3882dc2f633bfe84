import { createBlockRange } from "../chain/block-range.js";
import type { Chain } from "../chain/connect-chain.js";
import { readHeader } from "../chain/finality.js";
import { readSequence } from "../chain/read-transfers.js";
import type { BlockHeader } from "../chain/rpc-reads.js";
import type { Cursor } from "../store/projection.js";
import { type Page, readPage } from "./read-page.js";

/**
 * Where a page begins.
 * - `cursor`: what it follows on; nothing before the first page.
 * - `head`: the newest block, as it was looked at.
 * - `finalBlock`: the number of the newest that is final.
 */
interface PageStart {
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
const FIRST_PAGE_BLOCKS = 16;
// What one transaction should write at most, roughly, and one answer of the node hold: more of them at once are not cheaper.
const MAX_PAGE_EVENTS = 5_000;

/**
 * - `maxPageBlocks`: blocks in a page, and in one request for logs, at most.
 * - `maxPageEvents`: events in a page of more than a few blocks, at most; after a short page with more, the next is shorter.
 */
interface PageOptions {
  maxPageBlocks: number;
  maxPageEvents?: number;
}

export function createPageReader(chain: Chain, { maxPageBlocks, maxPageEvents = MAX_PAGE_EVENTS }: PageOptions): PageReader {
  const range = createBlockRange({ first: FIRST_PAGE_BLOCKS, max: maxPageBlocks });
  let ahead: PageReading | undefined;

  function read(start: PageStart): PageReading {
    // In the block of the deployment itself nothing can have been started yet: roles come after.
    const from = (start.cursor?.blockNumber ?? chain.deployment.fromBlock) + 1;
    const to = Math.min(from + range.blocks - 1, start.head.number);
    return { ...start, beganAtMs: Date.now(), whenRead: readWithCursor(chain, { ...start, from, to, maxPageEvents }) };
  }

  function adjustTo({ from, to, page }: PageWithCursor, head: BlockHeader): void {
    const blocks = to - from + 1;
    const events = page.events.length;
    if (events > maxPageEvents) range.setTo(blocks / 2);
    else if (blocks < range.blocks) {
      // One that the newest block cut short says nothing of how many there may be.
      if (to < head.number) range.setTo(blocks);
    } else if (events * range.growth <= maxPageEvents) range.grow();
  }

  return {
    read,
    readAhead({ head, finalBlock }, whole) {
      adjustTo(whole, head);
      if (whole.to + range.blocks >= head.number) return;
      ahead = read({ cursor: whole.next, head, finalBlock });
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

async function readWithCursor(
  chain: Chain,
  at: PageStart & { from: number; to: number; maxPageEvents: number },
): Promise<PageWithCursor> {
  const { cursor, head, from } = at;
  const { fromBlock } = chain.deployment;
  const after = cursor?.sequence ?? (await readSequence(chain, fromBlock)) ?? 0n;
  const to = await lastThatFits(chain, { ...at, after });
  const finalBlock = Math.min(at.finalBlock, from > to ? (cursor?.blockNumber ?? head.number) : to);
  // Its header is kept, so that a reorganisation down to it can be told from one that goes deeper.
  const also = finalBlock >= fromBlock && finalBlock !== cursor?.finalBlock ? finalBlock : undefined;
  const page =
    from > to
      ? await emptyPage(
          chain,
          cursor === undefined ? head : { ...head, number: cursor.blockNumber, hash: cursor.blockHash },
          also,
        )
      : await readPage(chain, { from, to, after, parentHash: cursor?.blockHash, also, head });
  const next: Cursor = {
    blockNumber: page.last.number,
    blockHash: page.last.hash,
    sequence: page.events.at(-1)?.sequence ?? after,
    finalBlock,
    caughtUp: cursor?.caughtUp === true || to >= head.number,
  };
  return { from, to, page, after, next };
}

/** By the contract's own count: a stretch with hardly any events in a block may end where each has hundreds. */
async function lastThatFits(
  chain: Chain,
  { from, to, after, maxPageEvents }: { from: number; to: number; after: bigint; maxPageEvents: number },
): Promise<number> {
  let last = to;
  while (last - from >= FIRST_PAGE_BLOCKS) {
    const end = (await readSequence(chain, last)) ?? after;
    if (end - after <= maxPageEvents) break;
    last = from + Math.floor((last - from) / 2);
  }
  return last;
}

/** Only finality has moved on: the cursor's own block stays the last. */
async function emptyPage(chain: Chain, last: BlockHeader, also: number | undefined): Promise<Page> {
  const header = also === undefined ? undefined : await readHeader(chain.provider, also);
  return { last, headers: new Map(header === undefined ? [] : [[header.number, header]]), events: [] };
}
