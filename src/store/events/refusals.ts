import { type RawBuilder, sql } from "kysely";
import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";

/** An item of a batch that the contract refused: the transfer stood at `current`, and was to enter `to`. */
export interface RefusalRow {
  transferId: string;
  sequence: bigint;
  current: string;
  to: string;
  cause: string;
  blockNumber: number;
  blockHash: string;
  blockTime: Date;
  logIndex: number;
  transactionHash: string;
}

/**
 * How many refusals of one cause are kept of a transfer: the first ones. Anybody can cause refusals, so their number must be bounded;
 * by cause, so that a stranger's hide no refusal of another kind.
 */
export const REFUSALS_KEPT = 20;

/** Appends refusals, as long as there is room for them. */
export function refusalsInsert(rows: readonly RefusalRow[], condition: RawBuilder<unknown>): RawBuilder<unknown> {
  const kept = firstOfEach(rows);
  const column = <K extends keyof RefusalRow>(key: K) => kept.map((row) => row[key]);
  return sql`
    insert into refusals (transfer_id, sequence, current_state, target_state, cause, block_number, block_hash, block_time, log_index,
      transaction_hash)
    select p.transfer_id, p.sequence, p.current_state, p.target_state, p.cause, p.block_number, p.block_hash, p.block_time, p.log_index,
      p.transaction_hash
    from unnest(
      ${column("transferId")}::text[], ${column("sequence")}::bigint[], ${column("current")}::text[], ${column("to")}::text[],
      ${column("cause")}::text[], ${column("blockNumber")}::bigint[], ${column("blockHash")}::text[],
      ${column("blockTime")}::timestamptz[], ${column("logIndex")}::integer[], ${column("transactionHash")}::text[],
      ${placesOf(kept)}::integer[])
      as p (transfer_id, sequence, current_state, target_state, cause, block_number, block_hash, block_time, log_index,
        transaction_hash, place)
    where ${condition} and p.place + (
      select count(*) from refusals r where r.transfer_id = p.transfer_id and r.cause = p.cause) <= ${REFUSALS_KEPT}
    on conflict do nothing`;
}

const groupOf = ({ transferId, cause }: RefusalRow) => `${transferId} ${cause}`;

/** The refusals of a page that could be kept at all. */
function firstOfEach(rows: readonly RefusalRow[]): RefusalRow[] {
  const places = placesOf(rows);
  return rows.filter((_, index) => (places[index] ?? 0) <= REFUSALS_KEPT);
}

/** Each one's place among those of its transfer and cause, from 1. */
function placesOf(rows: readonly RefusalRow[]): number[] {
  const counts = new Map<string, number>();
  return rows.map((row) => {
    const place = (counts.get(groupOf(row)) ?? 0) + 1;
    counts.set(groupOf(row), place);
    return place;
  });
}

/** Refusals of a transfer after a sequence, in order, at most `limit`. */
export async function readRefusals(
  db: Db,
  transferId: string,
  { after, limit }: { after: bigint; limit: number },
): Promise<(RefusalRow & { observedAt: Date })[]> {
  const { rows } = await onStore(() =>
    sql<RefusalRow & { observedAt: Date }>`
      select transfer_id as "transferId", sequence, current_state as current, target_state as "to", cause,
        block_number::float8 as "blockNumber", block_hash as "blockHash", block_time as "blockTime", log_index as "logIndex",
        transaction_hash as "transactionHash", observed_at as "observedAt"
      from refusals where transfer_id = ${transferId} and sequence > ${after} order by sequence limit ${limit}`.execute(db),
  );
  return rows;
}
