import { sql } from "kysely";
import { AppError } from "../domain/app-error.js";
import { removeEvents, voidEvents } from "./events/event-stream.js";
import { readFinalSequence } from "./functions/retries.js";
import type { Db } from "./schema.js";
import { keepTransfersOf } from "./transfers/earlier-chains.js";

/** Which chain and contract a projection was made of. Hashes in hex, `contract` an address in hex. */
export interface ChainIdentity {
  chainId: string;
  genesisHash: string;
  domain: string;
  contract: string;
}

/** The chain the store's projection belongs to; `undefined` while there is none. */
export async function readChainIdentity(db: Db): Promise<ChainIdentity | undefined> {
  const row = await db.selectFrom("chain").selectAll().executeTakeFirst();
  return row && { chainId: row.chain_id, genesisHash: row.genesis_hash, domain: row.domain, contract: row.contract };
}

/**
 * Makes sure that the projection belongs to the given chain, and begins it where there is none.
 * @param rebuildForeign Whether a projection of another chain is thrown away; else it is an error.
 * @returns what was done.
 * @throws AppError `store-foreign`.
 */
export async function adoptChain(
  db: Db,
  expected: ChainIdentity,
  rebuildForeign: boolean,
): Promise<"known" | "begun" | "rebuilt"> {
  return await db.transaction().execute(async (transaction) => {
    const found = await readChainIdentity(transaction);
    if (found !== undefined && isSame(found, expected)) return "known";
    if (found !== undefined && !rebuildForeign) {
      throw new AppError(
        "store-foreign",
        `The store holds the projection of another chain (domain ${found.domain}, expected ${expected.domain}). Use another ` +
          "database, or throw the projection away with npm run rebuild.",
      );
    }
    if (found !== undefined) {
      if (found.domain !== expected.domain) await keepTransfersOf(transaction, found.domain);
      await voidEvents(transaction);
    }
    await wipeProjection(transaction);
    await transaction
      .insertInto("chain")
      .values({
        chain_id: expected.chainId,
        genesis_hash: expected.genesisHash,
        domain: expected.domain,
        contract: expected.contract,
      })
      .execute();
    return found === undefined ? "begun" : "rebuilt";
  });
}

/**
 * Throws away all that the chain can tell again. The journal, the API keys and the function registry stay. What is not final may come
 * back as something else, so whoever reads the events is told that it is gone.
 */
export async function wipeProjection(transaction: Db): Promise<void> {
  await removeEvents(transaction, await readFinalSequence(transaction));
  await sql`truncate chain, cursor, blocks, events, refusals, transfers, retries`.execute(transaction);
  await transaction.updateTable("functions").set({ position: null }).execute();
}

function isSame(a: ChainIdentity, b: ChainIdentity): boolean {
  return (
    a.chainId === b.chainId &&
    a.genesisHash === b.genesisHash &&
    a.domain === b.domain &&
    a.contract.toLowerCase() === b.contract.toLowerCase()
  );
}
