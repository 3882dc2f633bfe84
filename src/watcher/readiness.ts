import { sql } from "kysely";
import { assertExpectedChain, type Chain } from "../chain/connect-chain.js";
import { AppError } from "../domain/app-error.js";
import { readChainIdentity } from "../store/chain-identity.js";
import { WATCHER_LEASE } from "../store/lease.js";
import { type Db, onStore } from "../store/open-store.js";
import { readCursor } from "../store/projection.js";

/** Whether this replica does the work, or waits to take over. */
export interface Readiness {
  role: "active" | "standby";
  /** The newest block and sequence of the projection. */
  block: number;
  sequence: string;
}

/**
 * Whether events are being delivered: the chain is the expected one, somebody holds the lease, and the projection has caught up. A
 * replica that waits is ready too: it could take over.
 * @throws AppError `chain-unavailable`, `chain-unexpected`, `store-unavailable`, `store-foreign`.
 */
export async function checkReadiness(deps: { chain: Chain; db: Db }, holder: string): Promise<Readiness> {
  const { chain, db } = deps;
  await assertExpectedChain(chain);
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
    if (!cursor?.caughtUp) throw new AppError("store-unavailable", "The projection is still catching up with the chain.");
    return { role: lease.holder === holder ? "active" : "standby", block: cursor.blockNumber, sequence: String(cursor.sequence) };
  });
}
