import { sql } from "kysely";
import { type Chain, onChain } from "../../chain/connect-chain.js";
import { readSequence } from "../../chain/contracts/read-transfers.js";
import { readHeader } from "../../chain/finality.js";
import type { BlockHeader } from "../../chain/rpc/reads.js";
import { AppError } from "../../domain/app-error.js";
import { readChainIdentity } from "../../store/chain-identity.js";
import { assertLease, type Lease } from "../../store/lease.js";
import { onStore } from "../../store/open-store.js";
import type { Db } from "../../store/schema.js";
import { insertBlockRows, readCursor, writeCursor } from "../../store/transfers/projection.js";
import { takeBackAfter } from "./roll-back.js";

/**
 * Lets a projection go on with the successor of the contract that it was made of (`npm run migrate-successor`): the same domain, and the
 * sequence counts on. Says whether it did; where the deployment's contract is no successor of the store's, nothing is changed.
 *
 * What the contract before has emitted since can only be refusals, because every transfer there had ended: their sequences are the
 * successor's now, so they are taken back.
 * @throws AppError `store-foreign` where the store has not read all of the contract before.
 */
export async function adoptSuccessor(chain: Chain, db: Db, lease: Lease): Promise<boolean> {
  if (!(await isSuccessorOfStored(chain, db))) return false;
  const { fromBlock } = chain.deployment;
  const [start, block] = await Promise.all([readSequence(chain, fromBlock), readHeader(chain.provider, fromBlock)]);
  if (start === undefined || block === undefined) {
    throw new AppError("chain-unavailable", `The node does not have block ${fromBlock}, of the deployment, with its contract.`);
  }
  await onStore(() =>
    db.transaction().execute(async (transaction) => {
      await assertLease(transaction, lease);
      await goOn(transaction, { start, block, contract: chain.deployment.contracts.transferStateRepo });
    }),
  );
  return true;
}

async function isSuccessorOfStored(chain: Chain, db: Db): Promise<boolean> {
  const { chainId, genesisHash, domain, contracts } = chain.deployment;
  const stored = await onStore(() => readChainIdentity(db));
  if (stored === undefined || isSameAddress(stored.contract, contracts.transferStateRepo)) return false;
  if (stored.chainId !== chainId || stored.genesisHash !== genesisHash || stored.domain !== domain) return false;
  return isSameAddress(await onChain(() => chain.transfers.predecessor()), stored.contract);
}

/** From the successor's own block on, at the sequence that it began with. */
async function goOn(transaction: Db, successor: { start: bigint; block: BlockHeader; contract: string }): Promise<void> {
  const { start, block, contract } = successor;
  const cursor = await readCursor(transaction);
  if (cursor === undefined || cursor.sequence < start) {
    throw new AppError(
      "store-foreign",
      `The deployment file names the successor of the store's contract, which begins after event ${start}; the store has come to ` +
        `${cursor?.sequence ?? 0n}. Run the watcher with the deployment file of before until it has, and then with this one.`,
    );
  }
  await takeBackAfter(transaction, start);
  await sql`delete from retries where sequence > ${start}`.execute(transaction);
  await sql`update functions set position = least(position, ${start})`.execute(transaction);
  await transaction.deleteFrom("blocks").where("number", ">", BigInt(block.number)).execute();
  const { number, hash, parentHash, timestamp } = block;
  await insertBlockRows(transaction, [{ number, hash, parentHash, time: new Date(timestamp * 1_000), sequence: start }]);
  const finalBlock = Math.min(cursor.finalBlock, block.number);
  await writeCursor(transaction, { ...cursor, blockNumber: block.number, blockHash: block.hash, sequence: start, finalBlock });
  await transaction.updateTable("chain").set({ contract }).execute();
}

function isSameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
