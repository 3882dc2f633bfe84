import { sql } from "kysely";
import { assertExpectedChain, type Chain } from "../../chain/connect-chain.js";
import { readSequence } from "../../chain/contracts/read-transfers.js";
import { readHeader } from "../../chain/finality.js";
import { provenWrong } from "../../chain/rpc/proven-logs.js";
import type { BlockHeader } from "../../chain/rpc/reads.js";
import { AppError } from "../../domain/app-error.js";
import { removeEvents } from "../../store/events/event-stream.js";
import { NOTICES_CHANNEL, writeNotice } from "../../store/events/notifications.js";
import { assertLease, type Lease } from "../../store/lease.js";
import type { Db } from "../../store/schema.js";
import {
  type Cursor,
  readTransferRows,
  type TransferRow,
  upsertTransferRows,
  writeCursor,
} from "../../store/transfers/projection.js";
import type { NodeCheck } from "./check-logs.js";

/**
 * Takes the projection back to the newest block that the chain still has, as a node shows it.
 * @param deps.chain The chain as all its nodes serve it.
 * @returns the cursor after it.
 * @throws AppError `chain-reorg-too-deep` where that block lies before one that was final: effects at banks may rest on it;
 * `chain-gap` where another node still has the block that was final; `chain-unexpected` where every node serves another chain now.
 */
export async function rollBack(
  { chain, check, db, lease }: { chain: Chain; check: Pick<NodeCheck, "node" | "others">; db: Db; lease: Lease },
  cursor: Cursor,
): Promise<Cursor> {
  await assertExpectedChain(chain);
  const ancestor = await findAncestor(check.node.chain, db, cursor);
  if (ancestor === undefined) {
    await assertNoOtherHas(check, db, cursor);
    throw new AppError(
      "chain-reorg-too-deep",
      `The chain took back block ${cursor.finalBlock}, which was final. ` +
        "Compare the node with others before going on: the banks may have posted on what is gone. Raise CONFIRMATIONS if the chain " +
        "does this in earnest, reconcile, and then rebuild the projection with npm run rebuild.",
    );
  }
  return await db.transaction().execute(async (transaction) => {
    await assertLease(transaction, lease);
    const after: Cursor = {
      ...cursor,
      blockNumber: ancestor.number,
      blockHash: ancestor.hash,
      sequence: ancestor.sequence,
    };
    await deleteAfter(transaction, ancestor);
    await writeCursor(transaction, after);
    await sql`select pg_notify(${NOTICES_CHANNEL}, ${writeNotice({ about: "events" })})`.execute(transaction);
    return after;
  });
}

/** One node alone does not stop the watcher: where another node has the newest final block still, the first one is wrong. */
async function assertNoOtherHas({ node, others }: Pick<NodeCheck, "node" | "others">, db: Db, cursor: Cursor): Promise<void> {
  const known = await db
    .selectFrom("blocks")
    .select(["number", "hash"])
    .where("number", "<=", BigInt(cursor.finalBlock))
    .orderBy("number", "desc")
    .executeTakeFirst();
  if (known === undefined) return;
  for (const other of others) {
    const header = await readHeader(other.chain.provider, Number(known.number));
    if (header?.hash === known.hash) {
      throw provenWrong(`The node ${node.name} lacks block ${known.number}, which was final and which ${other.name} has.`);
    }
  }
}

/** The newest block that store and chain have in common. `sequence`: the contract's count after it. */
interface Ancestor {
  number: number;
  hash: string;
  sequence: bigint;
}

/** `undefined` where what they have in common ends before the final block, which is among the blocks that are kept. */
async function findAncestor(chain: Chain, db: Db, cursor: Cursor): Promise<Ancestor | undefined> {
  const known = await db
    .selectFrom("blocks")
    .select(["number", "hash", "sequence"])
    .where("number", "<=", BigInt(cursor.blockNumber))
    .where("number", ">=", BigInt(Math.max(cursor.finalBlock, 0)))
    .orderBy("number", "desc")
    .execute();
  for (const block of known) {
    const header = await readHeader(chain.provider, Number(block.number));
    if (header?.hash === block.hash) return await asAncestor(chain, header, block.sequence);
  }
  // While nothing is final yet, all can be taken back: to where the contracts' events begin.
  const { fromBlock } = chain.deployment;
  const begin = cursor.finalBlock < fromBlock ? await readHeader(chain.provider, fromBlock) : undefined;
  return begin && (await asAncestor(chain, begin, null));
}

/** @param sequence The contract's count after the block, where the store knows it. */
async function asAncestor(chain: Chain, { number, hash }: BlockHeader, sequence: bigint | null): Promise<Ancestor> {
  return { number, hash, sequence: sequence ?? (await readSequence(chain, number)) ?? 0n };
}

/**
 * Deletes what lies after a block and folds the transfers it touched anew. Nothing of it was delivered, because only final events are.
 */
async function deleteAfter(transaction: Db, { number, sequence }: Ancestor): Promise<void> {
  await transaction.deleteFrom("blocks").where("number", ">", BigInt(number)).execute();
  await takeBackAfter(transaction, sequence);
}

/** Takes the events after a sequence back, and folds the transfers that they touched anew. The cursor is written after this. */
export async function takeBackAfter(transaction: Db, sequence: bigint): Promise<void> {
  await refold(transaction, await removeEvents(transaction, sequence));
}

async function refold(transaction: Db, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const transfers = await readTransferRows(transaction, ids);
  const left = await transaction
    .selectFrom("events")
    .select(["sequence", "type", "transfer_id", "state", "block_time", "data"])
    .where(sql<boolean>`transfer_id = any(${ids})`)
    .orderBy("sequence")
    .execute();
  const folded = new Map<string, TransferRow>();
  for (const row of left) {
    // The transfer begins with its start.
    const base = folded.get(row.transfer_id) ?? (row.state === "STARTED" ? transfers.get(row.transfer_id) : undefined);
    if (base !== undefined) folded.set(row.transfer_id, refoldEvent(base, row));
  }
  const vanished = ids.filter((id) => !folded.has(id));
  if (vanished.length > 0) await transaction.deleteFrom("transfers").where(sql<boolean>`id = any(${vanished})`).execute();
  await upsertTransferRows(transaction, [...folded.values()]);
}

function refoldEvent(
  base: TransferRow,
  row: { sequence: bigint; type: string; state: string | null; block_time: Date; data: Record<string, unknown> },
): TransferRow {
  const next: TransferRow = { ...base, lastSequence: row.sequence };
  if (row.state === null) return next;
  const reason = typeof row.data.reason === "string" ? row.data.reason : null;
  return {
    ...next,
    state: row.state,
    suspendedFrom: typeof row.data.suspendedFrom === "string" ? row.data.suspendedFrom : null,
    ...(typeof row.data.resumptions === "number" && { resumptions: row.data.resumptions }),
    reason: reason ?? (row.state === "REVERSED" ? base.reason : null),
    updatedAt: row.block_time,
    ...(row.state === "STARTED" && row.type.endsWith(".started") && { startedAt: row.block_time, reason: null, resumptions: 0 }),
  };
}
