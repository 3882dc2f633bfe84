import type { Logger } from "pino";
import { assertExpectedChain, type Chain } from "../../chain/connect-chain.js";
import type { ChainEvent } from "../../chain/contracts/chain-event.js";
import { type Finality, readFinalBlock, readHeader } from "../../chain/finality.js";
import type { BlockHeader } from "../../chain/rpc/reads.js";
import { AppError } from "../../domain/app-error.js";
import { pause } from "../../domain/task-group.js";
import type { Lease } from "../../store/lease.js";
import type { Db } from "../../store/schema.js";
import { isConnectionError } from "../../store/store-errors.js";
import { type Cursor, type EventRow, readCursor } from "../../store/transfers/projection.js";
import { createPageReader, type PageReader, type PageReading } from "./block-range-reader.js";
import { createProgress, type Progress } from "./catch-up-progress.js";
import type { LogCheck, NodeCheck } from "./check-logs.js";
import { correctProjection } from "./correct-projection.js";
import { createNodeTrust, type NodeTrust } from "./node-trust.js";
import { createOpenTransfers, type OpenTransfers } from "./open-transfer-cache.js";
import { rollBack } from "./roll-back.js";
import { writePage } from "./write-block-range.js";

/**
 * - `finality`: from when on a block is acted upon.
 * - `pollIntervalMs`: how long to wait once the newest block is reached.
 * - `maxPageBlocks`: blocks in one request for logs, at most.
 * - `logCheck`: how logs are checked against their blocks.
 */
export interface FollowOptions {
  finality: Finality;
  pollIntervalMs: number;
  maxPageBlocks: number;
  logCheck: LogCheck;
}

/** The events of a page that is committed; `after`: the newest sequence before it. */
interface CommittedPage {
  after: bigint;
  events: readonly EventRow[];
}

/**
 * - `byKey`: the store's connections for statements by key, if there are such.
 * - `onProgress`: called after every commit; without a page where the projection was rolled back.
 * - `onCommitted`: called with the events of a page that is committed, refusals left out, and since when it was being read (ms since the epoch); not while
 *   the projection catches up.
 * - `onReorganised`: called when the projection was rolled back.
 */
interface FollowDeps {
  chain: Chain;
  db: Db;
  byKey?: Db | undefined;
  lease: Lease;
  logger: Logger;
  onProgress: (cursor: Cursor, page?: CommittedPage) => void;
  onCommitted: (events: readonly ChainEvent[], beganAtMs: number) => void;
  onReorganised: () => void;
}

// Also how long a node that has come back, or another chain in its place, may go unnoticed.
const MAX_RETRY_DELAY_MS = 2_000;
const SHRINK_DELAY_MS = 200;
// A chain that has begun only now has no final block for a quarter of an hour.
const NONE_FINAL_LOG_INTERVAL_MS = 60_000;
// Where there is little to do, the next step of a transfer is soon to come, and looked for sooner. Where there is much, larger pages are
// cheaper.
const LIGHT_PAGE_EVENTS = 50;
const LIGHT_FOR_MS = 500;
const LIGHT_SHARE = 4;

/**
 * Follows the chain into the store until the signal aborts. What the node or the store fails to answer is asked again, with
 * growing pauses, of another node where there is one; what must not be papered over (a foreign chain, a reorganisation of final blocks, a
 * lost lease) ends it. So does a projection that was corrected: whoever works by it begins again from what is committed.
 */
export async function followChain(deps: FollowDeps, options: FollowOptions, signal: AbortSignal): Promise<void> {
  const { chain, logger } = deps;
  const progress = createProgress({ logger, clock: () => performance.now(), firstBlock: chain.deployment.fromBlock });
  const pages = createPageReader(options);
  const trust = createNodeTrust({ chain, logger }, options.logCheck);
  const noneFinal = createNoneFinalReport(logger, options.finality);
  let failures = 0;
  let lightUntil = 0;
  // As committed under the lease, so nobody else moves it. After a failure it is not known whether a commit came through.
  let cursor: Cursor | undefined;
  const open = createOpenTransfers(deps.db);
  while (!signal.aborted) {
    try {
      cursor ??= await readCursor(deps.db);
      const written = await step({ ...deps, progress, open, pages, trust }, options, { cursor, careful: failures > 0 });
      cursor = written.cursor;
      noneFinal(cursor);
      failures = 0;
      const now = performance.now();
      if (written.events > 0) lightUntil = written.events < LIGHT_PAGE_EVENTS ? now + LIGHT_FOR_MS : 0;
      if (written.reachedHead) await pause(options.pollIntervalMs / (now < lightUntil ? LIGHT_SHARE : 1), signal);
    } catch (error) {
      if (!isTransient(error)) throw error;
      cursor = undefined;
      open.forget();
      failures += 1;
      trust.failed(error, failures);
      // A node may refuse a page for its size: a smaller one is tried soon.
      const longest = pages.failed().isSmaller ? SHRINK_DELAY_MS : MAX_RETRY_DELAY_MS;
      const delayMs = Math.min(50 * 2 ** Math.min(failures, 10), longest);
      logger.warn({ error: (error as Error).message, failures, delayMs }, "following the chain failed; trying again");
      await pause(delayMs, signal);
    }
  }
}

// Whoever holds the lease begins again from what is committed.
const ENDING: readonly string[] = ["lease-lost", "projection-corrected"];

function isTransient(error: unknown): boolean {
  return (error instanceof AppError && error.retryable && !ENDING.includes(error.code)) || isConnectionError(error);
}

/** Says now and then that nothing is delivered, because the node has no final block yet. */
function createNoneFinalReport(logger: Logger, finality: Finality): (cursor: Cursor | undefined) => void {
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return (cursor) => {
    if (!("tag" in finality) || cursor === undefined || cursor.finalBlock >= 0) return;
    if (performance.now() - toldAtMs < NONE_FINAL_LOG_INTERVAL_MS) return;
    toldAtMs = performance.now();
    logger.warn({ tag: finality.tag }, "the node has no final block yet; nothing is delivered until it has one");
  };
}

type StepDeps = FollowDeps & { progress: Progress; open: OpenTransfers; pages: PageReader; trust: NodeTrust };

/**
 * Writes one page, or rolls back; returns how many events it held, whether the newest block was reached, and where the cursor is now.
 *
 * @param at.careful Whether to ask for a reorganisation first, even where the page itself would show it: by not following on the cursor.
 */
async function step(
  deps: StepDeps,
  options: FollowOptions,
  { cursor, careful }: { cursor: Cursor | undefined; careful: boolean },
): Promise<{ events: number; reachedHead: boolean; cursor: Cursor | undefined }> {
  const ahead = deps.pages.takeAhead();
  if (ahead !== undefined) return await take(deps, ahead);

  const { logger, onProgress } = deps;
  const check = await deps.trust.choose();
  const { provider } = check.node.chain;
  if (cursor !== undefined && deps.trust.isPastInDoubt()) await correct(deps, options, { check, cursor });
  const head = await readHeader(provider, "latest");
  if (head === undefined) throw new AppError("chain-unavailable", "The node has no newest block.");

  const pageTells = !careful && cursor !== undefined && cursor.blockNumber < head.number;
  if (cursor !== undefined && !pageTells && (await isReorganised({ ...deps, check }, cursor, head))) {
    const after = await rollBack({ ...deps, check }, cursor);
    deps.open.forget();
    // The same block again: it was one of several nodes that had another.
    if (after.blockNumber === cursor.blockNumber) return { events: 0, reachedHead: false, cursor: after };
    logger.warn({ from: cursor.blockNumber, to: after.blockNumber }, "the chain was reorganised; rolled back");
    deps.onReorganised();
    onProgress(after);
    return { events: 0, reachedHead: false, cursor: after };
  }

  const finalBlock = Math.max(await readFinalBlock(provider, options.finality, head.number), cursor?.finalBlock ?? -1);
  // Nothing new, or a node that lags behind the one asked before. On a fresh chain, the first page may be empty.
  if (cursor !== undefined && cursor.blockNumber >= head.number && finalBlock === cursor.finalBlock) {
    return { events: 0, reachedHead: true, cursor };
  }
  return await take(deps, deps.pages.read({ check, cursor, head, finalBlock }));
}

/** Writes a page once it is read, while the one after it is being read. */
async function take(deps: StepDeps, reading: PageReading): Promise<{ events: number; reachedHead: boolean; cursor: Cursor }> {
  const { db, byKey, lease, open, pages, progress, onCommitted, onProgress } = deps;
  const { cursor, head, beganAtMs } = reading;
  const read = await reading.whenRead;
  const { from, to, page, after, next } = read;
  pages.readAhead(reading, read);
  const events = await writePage(
    { db, byKey, lease, open },
    { page, cursor: next, after, catchesUp: next.caughtUp && cursor?.caughtUp !== true },
  );
  if (cursor?.caughtUp)
    onCommitted(
      page.events.filter(({ refusal }) => refusal === undefined),
      beganAtMs,
    );
  progress.advanced({ from, to, of: head.number, events: events.length });
  onProgress(next, { after, events });
  return { events: events.length, reachedHead: to >= head.number, cursor: next };
}

/** Ends with an error where the projection was wrong, and is not any more. */
async function correct(
  { db, lease, logger, trust }: StepDeps,
  { maxPageBlocks }: FollowOptions,
  { check, cursor }: { check: NodeCheck; cursor: Cursor },
): Promise<void> {
  const after = await correctProjection({ check, db, lease, maxPageBlocks }, cursor);
  trust.compared();
  if (after === undefined) return;
  logger.error(
    {
      fromBlock: cursor.blockNumber,
      toBlock: after.blockNumber,
      fromSequence: String(cursor.sequence),
      toSequence: String(after.sequence),
    },
    "projection was wrong or incomplete; took it back to the last block that is proven",
  );
  throw new AppError(
    "projection-corrected",
    `The projection was taken back to block ${after.blockNumber}; reading on from there.`,
  );
}

/** Whether a block we hold is no longer the chain's. A node that is merely behind has not made up its mind yet. */
async function isReorganised(
  { chain, check, db }: { chain: Chain; check: NodeCheck; db: Db },
  cursor: Cursor,
  head: BlockHeader,
): Promise<boolean> {
  if (head.parentHash === cursor.blockHash) return false;
  // A chain that has become shorter may be a node that is behind, or another chain.
  if (head.number < cursor.blockNumber) await assertExpectedChain(chain);
  const known = await newestKnownBlock(db, cursor, head.number);
  if (known === undefined) return false;
  const header = known.number === head.number ? head : await readHeader(check.node.chain.provider, known.number);
  return header !== undefined && header.hash !== known.hash;
}

async function newestKnownBlock(db: Db, cursor: Cursor, notAbove: number): Promise<{ number: number; hash: string } | undefined> {
  if (cursor.blockNumber <= notAbove) return { number: cursor.blockNumber, hash: cursor.blockHash };
  const row = await db
    .selectFrom("blocks")
    .select(["number", "hash"])
    .where("number", "<=", BigInt(notAbove))
    .orderBy("number", "desc")
    .executeTakeFirst();
  return row && { number: Number(row.number), hash: row.hash };
}
