import { sql } from "kysely";
import { currencyByNumeric } from "../../domain/money.js";
import { type PostingKind, postingReferences } from "../../domain/posting.js";
import type { SettledTransfer } from "../../domain/reconciliation.js";
import type { SettlementPosition } from "../../domain/settlement.js";
import type { Db } from "../schema.js";
import { readTransferRows } from "./projection.js";

const DAY = "24 hours";
// The contract emits the state's event right after it.
const OUTCOME_CONFIRMED = "eventmachine.transfer.outcome-confirmed";

/**
 * The postings that the chain says a bank has made, by the block time of a day (YYYY-MM-DD, UTC): each with every name it can have. An
 * outcome that two people have reported is none: they moved the money in their own way.
 */
export async function readDuePostings(db: Db, bank: string, day: string): Promise<string[][]> {
  const { rows } = await sql<{ transfer_id: string; kind: PostingKind; resumptions: number }>`
    select distinct e.transfer_id, t.resumptions,
      case e.state when 'PENDING' then 'debit' when 'COMPLETED' then 'credit' else 'refund' end as kind
    from events e join transfers t on t.id = e.transfer_id
    where block_time >= ${`${day}T00:00:00Z`}::timestamptz and block_time < ${`${day}T00:00:00Z`}::timestamptz + ${DAY}::interval
      and (e.state in ('PENDING', 'REVERSED') and e.payer_bank = ${bank} or e.state = 'COMPLETED' and e.payee_bank = ${bank})
      and not exists (select from events c where c.sequence = e.sequence - 1 and c.type = ${OUTCOME_CONFIRMED})`.execute(db);
  return rows.map((row) => postingReferences(row.transfer_id, row.kind, row.resumptions));
}

/** When the oldest block that the projection knows was made, which is right after the contracts were deployed; `undefined` before the first page. */
export async function readFirstBlockTime(db: Db): Promise<Date | undefined> {
  const row = await db.selectFrom("blocks").select("time").orderBy("number").limit(1).executeTakeFirst();
  return row?.time;
}

/** Which of some transfers our journal has for another chain than the one of a domain. */
export async function readTransfersOfOtherChains(db: Db, domain: string, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select transfer_id as id from journal where transfer_id = any(${ids}) and domain <> ${domain}`.execute(db);
  return new Set(rows.map(({ id }) => id));
}

/** Transfers by id, as reconciliation sees them. */
export async function readSettledTransfers(db: Db, ids: readonly string[]): Promise<Map<string, SettledTransfer>> {
  const rows = await readTransferRows(db, ids);
  return new Map(
    [...rows.values()].map((row) => [
      row.id,
      {
        id: row.id,
        state: row.suspendedFrom ?? row.state,
        payerBank: row.payerBank,
        payeeBank: row.payeeBank,
        currency: currencyByNumeric(row.currencyNumeric)?.code ?? String(row.currencyNumeric),
        amountMinor: row.amountMinor,
        resumptions: row.resumptions,
      },
    ]),
  );
}

/** Positions per pair of banks and currency, from the transfers completed on a day. */
export async function readSettlementPositions(db: Db, day: string): Promise<SettlementPosition[]> {
  const { rows } = await sql<{ payer_bank: string; payee_bank: string; currency: number; amount: string; transfers: bigint }>`
    select t.payer_bank, t.payee_bank, t.currency, sum(t.amount)::text as amount, count(*) as transfers
    from events e join transfers t on t.id = e.transfer_id
    where e.state = 'COMPLETED'
      and e.block_time >= ${`${day}T00:00:00Z`}::timestamptz and e.block_time < ${`${day}T00:00:00Z`}::timestamptz + ${DAY}::interval
    group by 1, 2, 3 order by 1, 2, 3`.execute(db);
  return rows.map((row) => ({
    payerBank: row.payer_bank,
    payeeBank: row.payee_bank,
    currency: currencyByNumeric(row.currency)?.code ?? String(row.currency),
    amountMinor: BigInt(row.amount),
    transfers: Number(row.transfers),
  }));
}
