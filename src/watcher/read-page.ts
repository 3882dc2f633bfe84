import { type ChainEvent, decodeEvent } from "../chain/chain-event.js";
import { type Chain, onChain } from "../chain/connect-chain.js";
import { readHeader } from "../chain/finality.js";
import { readSequence } from "../chain/read-transfers.js";
import { type BlockHeader, getLogs } from "../chain/rpc-reads.js";
import { AppError } from "../domain/app-error.js";

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
 */
export interface PageRange {
  from: number;
  to: number;
  after: bigint;
  parentHash: string | undefined;
  also: number | undefined;
  head?: BlockHeader;
}

// Their headers are few enough to be asked for with the logs.
const SHORT_PAGE_BLOCKS = 16;

/**
 * Reads the contract's events of blocks `from` to `to` and believes none of it before it adds up: the blocks follow on the one known
 * and are one chain, every event lies in the block whose header the node shows, the sequence has no gap, and it ends where the
 * contract says it does.
 * @throws AppError `chain-gap` where it does not add up; asking again helps, once the node has made up its mind.
 */
export async function readPage(chain: Chain, range: PageRange): Promise<Page> {
  const { from, to, parentHash } = range;
  const { headers, events } = to - from < SHORT_PAGE_BLOCKS ? await readShort(chain, range) : await readLong(chain, range);
  if (parentHash !== undefined && headers.get(from)?.parentHash !== parentHash) {
    throw new AppError("chain-gap", `Block ${from} does not follow on the block before it any more; looking again.`);
  }
  for (const event of events) {
    if (headers.get(event.blockNumber)?.hash !== event.blockHash) throw changed(event.blockNumber);
  }
  return { last: headers.get(to) as BlockHeader, headers, events };
}

type Read = Omit<Page, "last">;

/** In one request: every header is read, and that they follow on each other says that they are one chain. */
async function readShort(chain: Chain, range: PageRange): Promise<Read> {
  const { from, to, also, head } = range;
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const asked = new Set([...numbers, ...(also === undefined ? [] : [also])]);
  const [events, headers] = await Promise.all([readEvents(chain, range), readHeaders(chain, asked)]);
  if (head?.number === to && headers.get(to)?.hash !== head.hash) throw changed(to);
  for (const number of numbers.slice(1)) {
    if (headers.get(number)?.parentHash !== headers.get(number - 1)?.hash) throw changed(number);
  }
  return { headers, events };
}

/** The last block's hash stands for all before it: if it is the same afterwards, all that was read in between is of one chain. */
async function readLong(chain: Chain, range: PageRange): Promise<Read> {
  const { from, to, also, head } = range;
  const before = to === head?.number ? head : await readHeader(chain.provider, to);
  const events = await readEvents(chain, range);
  const wanted = [...events.map((event) => event.blockNumber), from, ...(also === undefined ? [] : [also]), to];
  const headers = await readHeaders(chain, new Set(wanted));
  if (headers.get(to)?.hash !== before?.hash) throw changed(to);
  return { headers, events };
}

async function readEvents(chain: Chain, range: PageRange): Promise<ChainEvent[]> {
  const { from, to, after } = range;
  const address = chain.deployment.contracts.transferStateRepo;
  const [logs, end] = await Promise.all([
    onChain(() => getLogs(chain.provider, { address, fromBlock: from, toBlock: to })),
    readSequence(chain, to),
  ]);
  const events = logs.flatMap((log) => decodeEvent(log) ?? []);
  events.sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex);
  // Before the contract is there, its events are none.
  assertGapless(events, after, end ?? after, range);
  return events;
}

function changed(number: number): AppError {
  return new AppError("chain-gap", `Block ${number} changed while it was read; reading it again.`);
}

function assertGapless(events: readonly ChainEvent[], after: bigint, end: bigint, range: PageRange): void {
  const where = `in blocks ${range.from} to ${range.to}`;
  let expected = after + 1n;
  for (const event of events) {
    if (event.sequence !== expected) {
      throw new AppError(
        "chain-gap",
        `The node left event ${expected} out ${where} (next came ${event.sequence}); asking again.`,
      );
    }
    expected += 1n;
  }
  if (end !== expected - 1n) {
    throw new AppError(
      "chain-gap",
      `The node's logs end at event ${expected - 1n} ${where}, its contract at ${end}; asking again.`,
    );
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
