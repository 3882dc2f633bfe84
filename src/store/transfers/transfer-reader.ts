import { sql } from "kysely";
import { coalesce } from "../../domain/coalesce.js";
import { keccak256 } from "../../domain/keccak.js";
import { haveSameTerms } from "../../domain/start-terms.js";
import type { JournalEntry } from "../../domain/transfer-record.js";
import { isFinal, REFUSALS, type Refusal, STATES, type State } from "../../domain/transfer-state.js";
import type { Notice } from "../events/notifications.js";
import { readRefusals } from "../events/refusals.js";
import { onStore } from "../open-store.js";
import type { Db } from "../schema.js";
import { toJournalEntry } from "./journal.js";
import { readTransferRows, type TransferRow } from "./projection.js";

/** A transfer as the projection has it. */
export type StoredTransfer = ReturnType<typeof toStoredTransfer>;

/** Of the journal's columns and the transfer's, all are null where it has none. */
type KnownRow = { wanted: string } & Parameters<typeof toJournalEntry>[0] & TransferRow;

// Whatever becomes of a notification, those who wait are looked after so often.
const RECHECK_MS = 1_000;
const FINAL_STATES = STATES.filter(isFinal);

/**
 * Reads the projection, and tells of transfers that come to their end: `onChange` calls back with what was committed.
 * @param byKey The store's connections for statements by key.
 */
export function createTransferReader(db: Db, onChange: (callback: (notice: Notice) => void) => () => void, byKey = db) {
  const waiting = new Map<string, Set<() => void>>();
  let recheck: NodeJS.Timeout | undefined;
  let checking = false;
  let again = false;
  const close = onChange(heed);

  const findRow = coalesce(async (transferIds: readonly string[]) => {
    const rows = await onStore(() => readTransferRows(db, transferIds));
    return transferIds.map((id) => rows.get(id));
  });

  const known = coalesce((transferIds: readonly string[]) => onStore(() => readKnown(byKey, transferIds)));

  const isSettled = coalesce(async (transferIds: readonly string[]) => {
    const settled = await readSettled(byKey, transferIds);
    return transferIds.map((id) => settled.has(id));
  });

  async function find(transferId: string) {
    const row = await findRow(transferId);
    return row && toStoredTransfer(row);
  }

  async function events(transferId: string, { after, limit }: { after: bigint; limit: number }) {
    const rows = await onStore(() =>
      db
        .selectFrom("events")
        .selectAll()
        .where("transfer_id", "=", transferId)
        .where("sequence", ">", after)
        .orderBy("sequence")
        .limit(limit)
        .execute(),
    );
    return rows.map((row) => ({
      sequence: row.sequence,
      type: row.type,
      blockNumber: row.block_number,
      blockHash: row.block_hash,
      transactionHash: row.transaction_hash,
      logIndex: row.log_index,
      blockTime: row.block_time,
      observedAt: row.observed_at,
      ...(row.state !== null && { state: toState(row.state) }),
      ...(typeof row.data.reason === "string" && { reason: row.data.reason }),
      ...(typeof row.data.evidence === "string" && { evidence: row.data.evidence }),
    }));
  }

  async function refusals(transferId: string, page: { after: bigint; limit: number }) {
    const rows = await readRefusals(db, transferId, page);
    return rows.map(({ current, to, cause, ...row }) => ({
      ...row,
      current: toState(current),
      to: toState(to),
      cause: toRefusal(cause),
    }));
  }

  /** @param isNew It was accepted in this very turn, so that nothing can have been missed. */
  function whenFinal(transferId: string, signal: AbortSignal, isNew = false): Promise<void> {
    return new Promise((resolve) => {
      function done(): void {
        signal.removeEventListener("abort", done);
        const others = waiting.get(transferId);
        others?.delete(done);
        if (others?.size === 0) waiting.delete(transferId);
        resolve();
      }
      const others = waiting.get(transferId) ?? new Set();
      waiting.set(transferId, others.add(done));
      signal.addEventListener("abort", done);
      recheck ??= setTimeout(checkRegularly, RECHECK_MS);
      if (signal.aborted) done();
      // It may have been committed before anyone listened. Where the store is away, the regular look finds out.
      else if (!isNew) {
        isSettled(transferId).then(
          (settled) => settled && done(),
          () => undefined,
        );
      }
    });
  }

  function checkRegularly(): void {
    recheck = waiting.size > 0 ? setTimeout(checkRegularly, RECHECK_MS) : undefined;
    void checkWaiting();
  }

  function heed(notice: Notice): void {
    if (notice.about === "api-keys") return;
    if (notice.about === "events" && notice.ended !== undefined) wakeThose(notice.ended);
    else void checkWaiting();
  }

  function wakeThose(ids: Iterable<string>): void {
    for (const id of ids) for (const done of [...(waiting.get(id) ?? [])]) done();
  }

  /** One query for all who wait; a notification that arrives meanwhile makes it run once more. */
  async function checkWaiting(): Promise<void> {
    again = true;
    if (checking) return;
    checking = true;
    try {
      while (again && waiting.size > 0) {
        again = false;
        wakeThose(await readSettled(byKey, [...waiting.keys()]));
      }
    } catch {
      // The store is away: callers are woken by their own time limit, or by the next look once it is back.
    } finally {
      checking = false;
    }
  }

  return {
    find,
    known,
    events,
    refusals,
    whenFinal,
    close() {
      clearTimeout(recheck);
      close();
    },
  };
}

/** What the journal and what the projection have of each, in the order asked, by one query. */
async function readKnown(db: Db, ids: readonly string[]): Promise<{ entry?: JournalEntry; view?: StoredTransfer }[]> {
  const { rows } = await sql<KnownRow>`
    select wanted.id as wanted, j.transfer_id, j.request_hash, j.principal, j.payer_bank, j.payee_bank, j.currency, j.amount, j.deadline, j.details,
      j.field_hashes, j.accepted_at, j.status, j.refusal,
      t.id, t.state, t.suspended_from as "suspendedFrom", t.payer_bank as "payerBank", t.payee_bank as "payeeBank",
      t.currency as "currencyNumeric", t.amount as "amountMinor", t.deadline::float8 as "deadlineSeconds", t.resumptions,
      t.details_hash as "detailsHash", t.reason,
      t.started_block::float8 as "startedBlock", t.started_at as "startedAt", t.updated_at as "updatedAt",
      t.last_sequence as "lastSequence"
    from unnest(${[...new Set(ids)]}::text[]) as wanted (id)
    left join journal j on j.transfer_id = wanted.id
    left join transfers t on t.id = wanted.id`.execute(db);
  const found = new Map(rows.map((row) => [row.wanted, row]));
  return ids.map((id) => {
    const row = found.get(id);
    return ownTransfer({
      ...(row?.transfer_id && { entry: toJournalEntry(row) }),
      ...(row?.id && { view: toStoredTransfer(row) }),
    });
  });
}

/** Which of the transfers have come to their end: on the chain, or before it, in the journal. */
async function readSettled(db: Db, ids: readonly string[]): Promise<Set<string>> {
  // Not `status = 'refused'`: PostgreSQL may go through the index of all that are not on the chain, and of those that were not lately.
  const { rows } = await sql<{ id: string }>`
    select id from transfers where id = any(${ids}) and state = any(${FINAL_STATES})
    union all select transfer_id from journal where transfer_id = any(${ids}) and status is not distinct from 'refused'`.execute(
    db,
  );
  return new Set(rows.map((row) => row.id));
}

/**
 * A transfer that the chain started with other sealed details or terms than the journal's is not the one that was asked for: the start
 * counts as refused, `EXISTS`.
 */
function ownTransfer(known: { entry?: JournalEntry; view?: StoredTransfer }): { entry?: JournalEntry; view?: StoredTransfer } {
  const { entry, view } = known;
  const hash = view?.detailsHash ?? null;
  if (entry === undefined || view === undefined || hash === null) return known;
  if (hash === keccak256(entry.details) && haveSameTerms(view, entry)) return known;
  return { entry: { ...entry, status: "refused", refusal: "EXISTS" } };
}

/** A row of the projection, with what is absent left out. */
export function toStoredTransfer(row: TransferRow) {
  const { suspendedFrom, reason } = row;
  return {
    id: row.id,
    payerBank: row.payerBank,
    payeeBank: row.payeeBank,
    currencyNumeric: row.currencyNumeric,
    amountMinor: row.amountMinor,
    deadlineSeconds: row.deadlineSeconds,
    resumptions: row.resumptions,
    detailsHash: row.detailsHash,
    startedBlock: row.startedBlock,
    startedAt: row.startedAt,
    updatedAt: row.updatedAt,
    lastSequence: row.lastSequence,
    state: toState(row.state),
    ...(suspendedFrom !== null && { suspendedFrom: toState(suspendedFrom) }),
    ...(reason !== null && { reason }),
  };
}

function toState(text: string): State {
  const state = STATES.find((name) => name === text);
  if (state === undefined) throw new Error(`The store holds an unknown state: ${text}`);
  return state;
}

function toRefusal(text: string): Refusal {
  const refusal = REFUSALS.find((name) => name === text);
  if (refusal === undefined) throw new Error(`The store holds an unknown cause of a refusal: ${text}`);
  return refusal;
}
