import { type Chain, onChain } from "../../chain/connect-chain.js";
import { type ChainEvent, decodeEvent, type RawLog } from "../../chain/contracts/chain-event.js";
import { readSequence } from "../../chain/contracts/read-transfers.js";
import { readHeader } from "../../chain/finality.js";
import { type BlockHeader, getLogs } from "../../chain/rpc/reads.js";
import { AppError } from "../../domain/app-error.js";
import { checkLogs, type NodeCheck } from "./check-logs.js";

/** A stretch of the chain, checked: its last header, the headers of the blocks with events, and the events in order. */
export interface Page {
  last: BlockHeader;
  headers: ReadonlyMap<number, BlockHeader>;
  events: ChainEvent[];
}

/**
 * - `after`: the sequence of the newest event known.
 * - `parentHash`: of the newest block known, which is to come right before `from`; absent where none is known.
 * - `also`: a block, not after `to`, whose header is wanted as well.
 * - `head`: the newest block, where it was just read.
 * - `hasState`: whether nodes still have the state of block `to`, so that the contract can be asked for its count there. Of older blocks
 *   the logs alone are counted.
 * - `maxEvents`: a page of more than a few blocks ends where it would hold more events.
 */
export interface PageRange {
  from: number;
  to: number;
  after: bigint;
  parentHash: string | undefined;
  also: number | undefined;
  head?: BlockHeader;
  hasState: boolean;
  maxEvents?: number;
}

/** Headers of so many blocks are few enough to be asked for with the logs. */
export const SHORT_PAGE_BLOCKS = 16;

/**
 * Reads the contract's events of blocks `from` to `to` and believes none of it before it adds up: the blocks follow on the one known
 * and are one chain, every event lies in the block whose header the node shows, the sequence has no gap, it ends where the contract
 * says it does as far as the contract can be asked, and the logs are those of their blocks.
 * @returns the page, which may end before `to`.
 * @throws AppError `chain-gap` where it does not add up; asking again helps, once the node has made up its mind, or another is asked.
 */
export async function readPage(check: NodeCheck, range: PageRange): Promise<Page> {
  const { from, parentHash } = range;
  const { chain } = check.node;
  const isShort = range.to - from < SHORT_PAGE_BLOCKS;
  const whole = isShort ? await readShort(chain, range) : await readLong(chain, range);
  if (parentHash !== undefined && whole.headers.get(from)?.parentHash !== parentHash) {
    throw new AppError("chain-gap", `Block ${from} does not follow on the block before it any more; looking again.`);
  }
  for (const event of whole.events) {
    if (whole.headers.get(event.blockNumber)?.hash !== event.blockHash) throw changed(event.blockNumber);
  }
  const { to, events, logs, headers } = isShort ? { ...whole, to: range.to } : cut(whole, range);
  await checkLogs(check, { from, to, headers, logs });
  return { last: headers.get(to) as BlockHeader, headers, events };
}

interface Read extends Omit<Page, "last"> {
  logs: RawLog[];
}

/** The part of a long page up to the last block with which it holds no more events than it may. */
function cut(read: Read, { to, maxEvents = Number.POSITIVE_INFINITY }: PageRange): Read & { to: number } {
  const excess = read.events[maxEvents];
  if (excess === undefined) return { ...read, to };
  const [first] = read.events;
  const end =
    read.events.findLast(({ blockNumber }) => blockNumber < excess.blockNumber)?.blockNumber ?? first?.blockNumber ?? to;
  return {
    to: end,
    events: read.events.filter(({ blockNumber }) => blockNumber <= end),
    logs: read.logs.filter(({ blockNumber }) => blockNumber <= end),
    headers: new Map([...read.headers].filter(([number]) => number <= end)),
  };
}

/** In one request: every header is read, and that they follow on each other says that they are one chain. */
async function readShort(chain: Chain, range: PageRange): Promise<Read> {
  const { from, to, also, head } = range;
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const asked = new Set([...numbers, ...(also === undefined ? [] : [also])]);
  const [{ events, logs }, headers] = await Promise.all([readEvents(chain, range), readHeaders(chain, asked)]);
  if (head?.number === to && headers.get(to)?.hash !== head.hash) throw changed(to);
  for (const number of numbers.slice(1)) {
    if (headers.get(number)?.parentHash !== headers.get(number - 1)?.hash) throw changed(number);
  }
  return { headers, events, logs };
}

/** The last block's hash stands for all before it: if it is the same afterwards, all that was read in between is of one chain. */
async function readLong(chain: Chain, range: PageRange): Promise<Read> {
  const { from, to, also, head } = range;
  const before = to === head?.number ? head : await readHeader(chain.provider, to);
  const { events, logs } = await readEvents(chain, range);
  const wanted = [...logs.map((log) => log.blockNumber), from, ...(also === undefined ? [] : [also]), to];
  const headers = await readHeaders(chain, new Set(wanted));
  if (headers.get(to)?.hash !== before?.hash) throw changed(to);
  return { headers, events, logs };
}

async function readEvents(chain: Chain, range: PageRange): Promise<{ events: ChainEvent[]; logs: RawLog[] }> {
  const { from, to, after } = range;
  const address = chain.deployment.contracts.transferStateRepo;
  const [logs, end] = await Promise.all([
    onChain(() => getLogs(chain.provider, { address, fromBlock: from, toBlock: to })),
    // Before the contract is there, its events are none.
    range.hasState ? readSequence(chain, to).then((count) => count ?? after) : undefined,
  ]);
  const events = logs.flatMap((log) => decodeEvent(log) ?? []);
  events.sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex);
  assertGapless(events, after, end, range);
  return { events, logs };
}

function changed(number: number): AppError {
  return new AppError("chain-gap", `Block ${number} changed while it was read; reading it again.`);
}

/** The error of a count that does not add up: the node leaves events out, or those that were read before are not all there are. */
function miscounted(message: string): AppError {
  return new AppError("chain-gap", message, { details: { miscounted: true } });
}

/** Whether an error says that the events read before may be incomplete or wrong. */
export function isMiscounted(error: unknown): boolean {
  return error instanceof AppError && error.details.miscounted === true;
}

function assertGapless(events: readonly ChainEvent[], after: bigint, end: bigint | undefined, range: PageRange): void {
  const where = `in blocks ${range.from} to ${range.to}`;
  let expected = after + 1n;
  for (const event of events) {
    if (event.sequence !== expected) {
      throw miscounted(`The node left event ${expected} out ${where}, or before (next came ${event.sequence}); asking again.`);
    }
    expected += 1n;
  }
  if (end !== undefined && end !== expected - 1n) {
    throw miscounted(`The node's logs end at event ${expected - 1n} ${where}, its contract at ${end}; asking again.`);
  }
}

async function readHeaders(chain: Chain, numbers: ReadonlySet<number>): Promise<Map<number, BlockHeader>> {
  const headers = new Map<number, BlockHeader>();
  await Promise.all(
    [...numbers].map(async (number) => {
      const header = await readHeader(chain.provider, number);
      if (header === undefined) throw new AppError("chain-gap", `The node no longer has block ${number}; asking again.`);
      headers.set(number, header);
    }),
  );
  return headers;
}
