import { isDeepStrictEqual } from "node:util";
import { sql } from "kysely";
import { onChain } from "../../chain/connect-chain.js";
import { type ChainEvent, decodeEvent } from "../../chain/contracts/chain-event.js";
import { readFirstSequence } from "../../chain/contracts/read-transfers.js";
import { readHeader } from "../../chain/finality.js";
import { provenWrong } from "../../chain/rpc/proven-logs.js";
import { getLogs } from "../../chain/rpc/reads.js";
import { AppError } from "../../domain/app-error.js";
import { NOTICES_CHANNEL, writeNotice } from "../../store/events/notifications.js";
import { assertLease, type Lease } from "../../store/lease.js";
import type { Db } from "../../store/schema.js";
import { type BlockRow, type Cursor, insertBlockRows, writeCursor } from "../../store/transfers/projection.js";
import { eventRow } from "./apply-event.js";
import { type NodeCheck, readCheckedLogs } from "./check-logs.js";
import { takeBackAfter } from "./roll-back.js";

/** The last block up to which the projection has what the chain has. `sequence`: of the newest event up to it. */
interface Ground {
  block: BlockRow;
  sequence: bigint;
}

/** Blocks of the first stretch that is compared; each further one has twice as many. */
const FIRST_STRETCH_BLOCKS = 32;

/**
 * Compares the projection with what the blocks prove, from the cursor back until a stretch with events agrees, and takes the projection back to
 * the last block that agrees, below what was final too: the blocks are the same, so the node that was believed was wrong, not the chain.
 * Readers of the events are told what was removed. A chain that changed is left to {@link rollBack}.
 * @returns the cursor afterwards; `undefined` where the projection agrees, and for a chain that changed.
 * @throws AppError `chain-gap` where the node that is asked is wrong itself, or nothing proves it right.
 */
export async function correctProjection(
  { check, db, lease, maxPageBlocks }: { check: NodeCheck; db: Db; lease: Lease; maxPageBlocks: number },
  cursor: Cursor,
): Promise<Cursor | undefined> {
  const header = await readHeader(check.node.chain.provider, cursor.blockNumber);
  if (header?.hash !== cursor.blockHash) return undefined;
  const ground = await findGround(check, db, cursor, maxPageBlocks);
  if (ground === undefined) return undefined;
  const { block, sequence } = ground;
  const after: Cursor = {
    ...cursor,
    blockNumber: block.number,
    blockHash: block.hash,
    sequence,
    finalBlock: Math.min(cursor.finalBlock, block.number),
  };
  await db.transaction().execute(async (transaction) => {
    await assertLease(transaction, lease);
    await takeBackAfter(transaction, sequence);
    await sql`delete from retries where sequence > ${sequence}`.execute(transaction);
    await sql`update functions set position = least(position, ${sequence})`.execute(transaction);
    await transaction.deleteFrom("blocks").where("number", ">", BigInt(block.number)).execute();
    await insertBlockRows(transaction, [block]);
    await writeCursor(transaction, after);
    await sql`select pg_notify(${NOTICES_CHANNEL}, ${writeNotice({ about: "events" })})`.execute(transaction);
  });
  return after;
}

/** `undefined` where nothing differs. */
async function findGround(check: NodeCheck, db: Db, cursor: Cursor, maxPageBlocks: number): Promise<Ground | undefined> {
  const first = check.node.chain.deployment.fromBlock + 1;
  let firstWrong: number | undefined;
  // Newest stretch last: the events of the chain, with the blocks they are in.
  let known: ChainEvent[] = [];
  let size = Math.min(FIRST_STRETCH_BLOCKS, maxPageBlocks);
  for (let to = cursor.blockNumber; to >= first; to -= size) {
    const from = Math.max(to - size + 1, first);
    const { events, differsAt } = await compare(check, db, { from, to });
    known = [...events, ...known];
    firstWrong = differsAt ?? firstWrong;
    if (differsAt === undefined && events.length > 0) break;
    size = Math.min(size * 2, maxPageBlocks);
  }
  firstWrong = miscountedAt(known, cursor, firstWrong);
  if (firstWrong === undefined) return undefined;
  const last = await readHeader(check.node.chain.provider, firstWrong - 1);
  if (last === undefined) throw new AppError("chain-gap", `The node no longer has block ${firstWrong - 1}; asking again.`);
  const newest = known.findLast(({ blockNumber }) => blockNumber < (firstWrong as number));
  const sequence = newest?.sequence ?? (await readFirstSequence(check.node.chain));
  const { number, hash, parentHash, timestamp } = last;
  return { block: { number, hash, parentHash, time: new Date(timestamp * 1_000), sequence }, sequence };
}

/** Where the cursor's count is not the chain's, though every event that is kept agrees: not every event is kept. */
function miscountedAt(known: readonly ChainEvent[], cursor: Cursor, firstWrong: number | undefined): number | undefined {
  const missing = known.find(({ sequence }) => sequence > cursor.sequence);
  const newest = known.at(-1);
  const counted =
    missing?.blockNumber ?? (newest !== undefined && newest.sequence < cursor.sequence ? newest.blockNumber + 1 : undefined);
  if (counted === undefined || firstWrong === undefined) return counted ?? firstWrong;
  return Math.min(counted, firstWrong);
}

/** The chain's events in a stretch, proven by their blocks, and the first block whose events the projection does not have so. */
async function compare(
  check: NodeCheck,
  db: Db,
  { from, to }: { from: number; to: number },
): Promise<{ events: ChainEvent[]; differsAt: number | undefined }> {
  const { chain } = check.node;
  const address = chain.deployment.contracts.transferStateRepo;
  const [logs, stored] = await Promise.all([
    onChain(() => getLogs(chain.provider, { address, fromBlock: from, toBlock: to })),
    readStored(db, from, to),
  ]);
  const numbers = [...new Set([...logs.map(({ blockNumber }) => blockNumber), ...stored.keys()])].sort((a, b) => a - b);
  const events: ChainEvent[] = [];
  let differsAt: number | undefined;
  for (const number of numbers) {
    const header = await readHeader(chain.provider, number);
    if (header === undefined) throw new AppError("chain-gap", `The node no longer has block ${number}; asking again.`);
    const proven = await readCheckedLogs(check, header);
    const own = logs.filter(({ blockNumber }) => blockNumber === number);
    if (own.length !== proven.length)
      throw provenWrong(`The node's logs of block ${number} are not those of the block's receipts.`);
    const found = proven.flatMap((log) => decodeEvent(log) ?? []);
    events.push(...found);
    if (!isDeepStrictEqual(found.filter(isKept).map(shownOf), stored.get(number) ?? [])) differsAt ??= number;
  }
  return { events, differsAt };
}

/** Refused items change no transfer, and the store does not keep all of them. */
function isKept({ type }: ChainEvent): boolean {
  return type !== "eventmachine.transfer.refused";
}

interface Shown {
  sequence: bigint;
  type: string;
  transferId: string;
  blockHash: string;
  logIndex: number;
  data: unknown;
}

function shownOf(event: ChainEvent): Shown {
  const { sequence, type, transferId, blockHash, logIndex } = event;
  const { data } = eventRow(event, undefined, new Date(0));
  return { sequence, type, transferId, blockHash, logIndex, data: JSON.parse(JSON.stringify(data)) as unknown };
}

async function readStored(db: Db, from: number, to: number): Promise<Map<number, Shown[]>> {
  const rows = await db
    .selectFrom("events")
    .select(["sequence", "type", "transfer_id", "block_number", "block_hash", "log_index", "data"])
    .where("block_number", ">=", BigInt(from))
    .where("block_number", "<=", BigInt(to))
    .where("type", "<>", "eventmachine.transfer.refused")
    .orderBy("sequence")
    .execute();
  const byBlock = new Map<number, Shown[]>();
  for (const row of rows) {
    const number = Number(row.block_number);
    const { sequence, type, transfer_id: transferId, block_hash: blockHash, log_index: logIndex, data } = row;
    byBlock.set(number, [...(byBlock.get(number) ?? []), { sequence, type, transferId, blockHash, logIndex, data }]);
  }
  return byBlock;
}
