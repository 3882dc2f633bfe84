import { type RawBuilder, sql } from "kysely";
import type { JournalEntry } from "../../domain/transfer-record.js";
import type { State } from "../../domain/transfer-state.js";
import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";
import { readEarlierTransfers } from "./earlier-chains.js";
import { toJournalEntry } from "./journal.js";
import { readTransferRows } from "./projection.js";
import { type StoredTransfer, toStoredTransfer } from "./transfer-reader.js";

/**
 * Which transfers, newest first.
 *
 * - `principal`: whose; `undefined` for everybody's.
 * - `bank`: on either side.
 * - `idPrefix`: 0x and the first digits of an id.
 * - `from`, `to`: accepted, or without a journal started, from then on and before then.
 * - `before`: the last of the page before this one.
 */
export interface TransferQuery {
  principal?: string;
  state?: State;
  bank?: string;
  idPrefix?: string;
  from?: Date;
  to?: Date;
  before?: ListPosition;
  limit: number;
}

/** Where a transfer stands in the list. */
export interface ListPosition {
  at: Date;
  id: string;
}

/** What journal and chain know of one transfer: one of the two at least. */
export interface ListedTransfer {
  position: ListPosition;
  entry: JournalEntry | undefined;
  view: StoredTransfer | undefined;
  /** The domain of its chain, where that is not the one that the store follows now. */
  earlierChain?: string;
}

/**
 * Reads a page of transfers, all as of one moment.
 * @param domains The chain's that the store follows, and after it those of earlier chains, whose transfers are listed too.
 */
export async function listTransfers(db: Db, domains: Domains, query: TransferQuery): Promise<ListedTransfer[]> {
  const [, ...earlierDomains] = domains;
  return await onStore(() =>
    db
      .transaction()
      .setIsolationLevel("repeatable read")
      .setAccessMode("read only")
      .execute(async (transaction) => {
        const positions = await readPositions(transaction, domains, query);
        const ids = positions.map(({ id }) => id);
        const views = await readTransferRows(transaction, ids);
        const rows = await transaction.selectFrom("journal").selectAll().where(sql<boolean>`transfer_id = any(${ids})`).execute();
        const unknown = ids.filter((id) => !views.has(id));
        const earlier = await readEarlierTransfers(transaction, earlierDomains, unknown);
        const entries = new Map(rows.map((row) => [row.transfer_id, toJournalEntry(row)]));
        return positions.map((position) => {
          const row = views.get(position.id);
          const before = earlier.get(position.id);
          const view = row === undefined ? before?.view : toStoredTransfer(row);
          return { position, entry: entries.get(position.id), view, ...(before && { earlierChain: before.domain }) };
        });
      }),
  );
}

/** The first is the chain's that the store follows. */
export type Domains = readonly [string, ...string[]];

async function readPositions(db: Db, domains: Domains, query: TransferQuery): Promise<ListPosition[]> {
  const { rows } = await (query.principal === undefined
    ? everybodys(domains, query)
    : own(domains, query.principal, query)
  ).execute(db);
  return rows;
}

/** A principal's own: what the journal says it has started. */
function own(domains: Domains, principal: string, query: TransferQuery): RawBuilder<ListPosition> {
  return sql<ListPosition>`
    select j.accepted_at as at, j.transfer_id as id from journal j left join ${statesOf(domains)} t on t.id = j.transfer_id
    where j.domain = any(${domains}) and j.principal = ${principal} and ${journalMatches(query)}
    order by j.accepted_at desc, j.transfer_id desc limit ${query.limit}`;
}

/** Everybody's: what is on the chain, whoever's journal it is in, and what the journal alone knows. */
function everybodys(domains: Domains, query: TransferQuery): RawBuilder<ListPosition> {
  return sql<ListPosition>`
    (select t.started_at as at, t.id from transfers t where ${chainMatches(query)}
      order by t.started_at desc, t.id desc limit ${query.limit})
    union all
    ${domains.length === 1 ? sql`` : earliers(domains, query)}
    (select j.accepted_at as at, j.transfer_id as id from journal j left join ${statesOf(domains)} t on t.id = j.transfer_id
      where j.status <> 'started' and t.id is null and j.domain = any(${domains}) and ${journalMatches(query)}
      order by j.accepted_at desc, j.transfer_id desc limit ${query.limit})
    order by at desc, id desc limit ${query.limit}`;
}

/** What earlier chains knew. */
function earliers(domains: Domains, query: TransferQuery): RawBuilder<unknown> {
  return sql`
    (select t.started_at as at, t.id from earlier_transfers t where t.domain = any(${domains}) and ${chainMatches(query)}
      order by t.started_at desc, t.id desc limit ${query.limit})
    union all`;
}

/** Where the journal's transfers stand, or stood on earlier chains. */
function statesOf(domains: Domains): RawBuilder<unknown> {
  if (domains.length === 1) return sql`transfers`;
  return sql`(select id, state from transfers union all select id, state from earlier_transfers)`;
}

function journalMatches(query: TransferQuery): RawBuilder<boolean> {
  const state = sql`coalesce(t.state, case when j.status = 'refused' then 'REJECTED' else 'NONE' end)`;
  return matches(query, { at: sql`j.accepted_at`, id: sql`j.transfer_id`, state, bank: sql`(j.payer_bank, j.payee_bank)` });
}

function chainMatches(query: TransferQuery): RawBuilder<boolean> {
  return matches(query, { at: sql`t.started_at`, id: sql`t.id`, state: sql`t.state`, bank: sql`(t.payer_bank, t.payee_bank)` });
}

function matches(
  { state, bank, idPrefix, from, to, before }: TransferQuery,
  of: Record<"at" | "id" | "state" | "bank", RawBuilder<unknown>>,
): RawBuilder<boolean> {
  const conditions = [
    sql`true`,
    ...(state === undefined ? [] : [sql`${of.state} = ${state}`]),
    ...(bank === undefined ? [] : [sql`${bank} in ${of.bank}`]),
    // Digits of an id are below `g` in the order of bytes.
    ...(idPrefix === undefined ? [] : [sql`${of.id} >= ${idPrefix} collate "C" and ${of.id} < ${`${idPrefix}g`} collate "C"`]),
    ...(from === undefined ? [] : [sql`${of.at} >= ${from}`]),
    ...(to === undefined ? [] : [sql`${of.at} < ${to}`]),
    ...(before === undefined ? [] : [sql`(${of.at}, ${of.id}) < (${before.at}::timestamptz, ${before.id}::text collate "C")`]),
  ];
  return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}
