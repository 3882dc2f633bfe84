import { sql } from "kysely";
import type { JournalEntry } from "../../domain/transfer-record.js";
import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";
import { toJournalEntry } from "./journal.js";
import { toTransferRow } from "./projection.js";
import { type StoredTransfer, toStoredTransfer } from "./transfer-reader.js";

/** A transfer of an earlier chain: its journal entry, and its last state on its chain. */
export interface EarlierTransfer {
  id: string;
  /** The earlier chain's. */
  domain: string;
  entry?: JournalEntry;
  view?: StoredTransfer;
}

// A start hashes its key once for each earlier chain, at some microseconds a hash.
const CHAINS_MAX = 256;

/**
 * Records that this store serves a chain. The API does so before it accepts a start: a chain that is lost before its first block is
 * followed still leaves journal entries, which are of an earlier chain from then on.
 */
export async function recordChain(db: Db, domain: string): Promise<void> {
  await onStore(() => sql`insert into earlier_chains (domain) values (${domain}) on conflict do nothing`.execute(db));
}

/** The domains of the chains before this one, the newest first. Empty except where chains are replaced, as `npm start` does. */
export async function readEarlierDomains(db: Db, domain: string): Promise<string[]> {
  // API and watcher start at the same time: the projection may still be that of the chain before.
  const { rows } = await onStore(() =>
    sql<{ domain: string }>`
      select domain from (select domain, now() as left_at from chain union all select domain, left_at from earlier_chains) as known
      where domain <> ${domain} group by domain order by max(left_at) desc limit ${CHAINS_MAX}`.execute(db),
  );
  return rows.map((row) => row.domain);
}

/** The transfers of earlier chains among some ids, by id. */
export async function readEarlierTransfers(
  db: Db,
  domains: readonly string[],
  ids: readonly string[],
): Promise<Map<string, EarlierTransfer>> {
  if (domains.length === 0 || ids.length === 0) return new Map();
  const among = (column: string, values: readonly string[]) => sql<boolean>`${sql.ref(column)} = any(${values})`;
  const [entries, views] = await onStore(() =>
    Promise.all([
      db.selectFrom("journal").selectAll().where(among("transfer_id", ids)).where(among("domain", domains)).execute(),
      db.selectFrom("earlier_transfers").selectAll().where(among("id", ids)).where(among("domain", domains)).execute(),
    ]),
  );
  const found = new Map<string, EarlierTransfer>();
  for (const row of entries) {
    found.set(row.transfer_id, { id: row.transfer_id, domain: row.domain, entry: toJournalEntry(row) });
  }
  for (const { domain, ...row } of views) {
    found.set(row.id, { ...found.get(row.id), id: row.id, domain, view: toStoredTransfer(toTransferRow(row)) });
  }
  return found;
}

/** Copies the transfers of a chain's projection, before the projection of another chain takes its place. */
export async function keepTransfersOf(transaction: Db, domain: string): Promise<void> {
  await sql`insert into earlier_chains (domain) values (${domain}) on conflict (domain) do update set left_at = now()`.execute(
    transaction,
  );
  // A chain that returned and is replaced again leaves its newer states; one replaced while it was projected anew leaves the older ones.
  await sql`
    insert into earlier_transfers (domain, id, state, suspended_from, payer_bank, payee_bank, currency, amount, deadline, resumptions,
      details_hash, reason, started_block, started_at, updated_at, last_sequence)
    select ${domain}, id, state, suspended_from, payer_bank, payee_bank, currency, amount, deadline, resumptions, details_hash, reason,
      started_block, started_at, updated_at, last_sequence from transfers
    on conflict (id) do update set state = excluded.state, suspended_from = excluded.suspended_from, resumptions = excluded.resumptions,
      reason = excluded.reason, updated_at = excluded.updated_at, last_sequence = excluded.last_sequence
      where excluded.last_sequence >= earlier_transfers.last_sequence`.execute(transaction);
}
