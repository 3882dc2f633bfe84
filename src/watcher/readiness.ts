import { sql } from "kysely";
import { assertExpectedChain, type Chain } from "../chain/connect-chain.js";
import { type Finality, readHeader } from "../chain/finality.js";
import { AppError } from "../domain/app-error.js";
import { readChainIdentity } from "../store/chain-identity.js";
import { WATCHER_LEASE } from "../store/lease.js";
import { onStore } from "../store/open-store.js";
import type { Db } from "../store/schema.js";
import { readCursor } from "../store/transfers/projection.js";

/** Whether this replica does the work, or waits to take over. */
export interface Readiness {
  role: "active" | "standby";
  /** The newest block and sequence of the projection. */
  block: number;
  sequence: string;
}

/**
 * - `finality`: whose tag's block the node must have.
 * - `behindBlocks`: how far behind the newest block the projection may be.
 */
export interface ReadinessOptions {
  finality: Finality;
  behindBlocks: number;
}

/**
 * Whether events are being delivered: the chain is the expected one and has a final block, somebody holds the lease, and the projection is
 * close to the newest block. A replica that waits is ready too: it could take over.
 * @throws AppError `chain-unavailable`, `chain-unexpected`, `catching-up` with how far it is behind, `store-unavailable`, `store-foreign`.
 */
export async function checkReadiness(
  deps: { chain: Chain; db: Db },
  holder: string,
  { finality, behindBlocks }: ReadinessOptions,
): Promise<Readiness> {
  const { chain, db } = deps;
  await assertExpectedChain(chain);
  const head = await readHeader(chain.provider, "latest");
  return await onStore(async () => {
    const identity = await readChainIdentity(db);
    if (identity !== undefined && identity.domain !== chain.deployment.domain) {
      throw new AppError(
        "store-foreign",
        "The store holds another chain's projection. Use another database, or npm run rebuild.",
      );
    }
    const { rows } = await sql<{ holder: string }>`
      select holder from leases where name = ${WATCHER_LEASE} and expires_at > now()`.execute(db);
    const [lease] = rows;
    if (lease === undefined)
      throw new AppError("lease-lost", "No watcher holds the lease; one that runs takes it within seconds.");
    const cursor = await readCursor(db);
    const behind = (head?.number ?? 0) - (cursor?.blockNumber ?? chain.deployment.fromBlock);
    if (!cursor?.caughtUp || behind > behindBlocks) {
      throw new AppError("catching-up", `The projection is ${behind} blocks behind the chain and is catching up.`, {
        details: { block: cursor?.blockNumber ?? null, newestBlock: head?.number ?? null, blocksBehind: behind },
      });
    }
    if ("tag" in finality && cursor.finalBlock < 0) {
      throw new AppError(
        "chain-unavailable",
        `The node has no ${finality.tag} block yet; nothing is delivered until it has one.`,
      );
    }
    return { role: lease.holder === holder ? "active" : "standby", block: cursor.blockNumber, sequence: String(cursor.sequence) };
  });
}
