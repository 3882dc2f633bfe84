import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";

/** A statement of a person who reports an outcome. `content`: canonical JSON; `hash`: its SHA-256; `proposer`: a principal. */
export interface KeptStatement {
  hash: string;
  transferId: string;
  content: string;
  proposer: string;
  at: Date;
}

// Each of the two people of a bank proposes, withdraws and proposes again at most a few times.
const LIST_MAX = 100;

/** Keeps a statement. It is durable once this resolves. */
export async function keepStatement(db: Db, { hash, transferId, content, proposer }: Omit<KeptStatement, "at">): Promise<void> {
  const row = { hash, transfer_id: transferId, content, proposer };
  await onStore(() => db.insertInto("outcome_evidence").values(row).execute());
}

/** Forgets a statement that never came to the chain. */
export async function forgetStatement(db: Db, hash: string): Promise<void> {
  await onStore(() => db.deleteFrom("outcome_evidence").where("hash", "=", hash).execute());
}

/** The statements with these hashes, as far as they are here. */
export async function findStatements(db: Db, hashes: readonly string[]): Promise<KeptStatement[]> {
  if (hashes.length === 0) return [];
  return await onStore(() => select(db).where("hash", "in", hashes).execute());
}

/** The newest statements about a transfer, the oldest of them first. */
export async function listStatements(db: Db, transferId: string): Promise<KeptStatement[]> {
  const found = await onStore(() =>
    select(db).where("transfer_id", "=", transferId).orderBy("created_at", "desc").limit(LIST_MAX).execute(),
  );
  return found.reverse();
}

function select(db: Db) {
  return db
    .selectFrom("outcome_evidence")
    .select(["hash", "transfer_id as transferId", "content", "proposer", "created_at as at"]);
}
