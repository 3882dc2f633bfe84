import { sql } from "kysely";
import { coalesce } from "../domain/coalesce.js";
import { STATES, type State } from "../domain/transfer-state.js";
import { type Db, onStore } from "./open-store.js";
import { readTransferRows, type TransferRow } from "./projection.js";

/** A transfer as the projection has it. */
export type StoredTransfer = ReturnType<typeof toStoredTransfer>;

/** Reads the projection, and tells of changes as they are committed: `onChange` calls back after each commit that added events. */
export function createTransferReader(db: Db, onChange: (callback: () => void) => () => void) {
  const waiting = new Map<string, Set<{ after: bigint | undefined; resolve: () => void }>>();
  let checking = false;
  let again = false;
  const close = onChange(() => void checkWaiting());

  const findRow = coalesce(async (transferIds: readonly string[]) => {
    const rows = await onStore(() => readTransferRows(db, transferIds));
    return transferIds.map((id) => rows.get(id));
  });

  async function find(transferId: string) {
    const row = await findRow(transferId);
    return row && toStoredTransfer(row);
  }

  async function events(transferId: string) {
    const rows = await onStore(() =>
      db.selectFrom("events").selectAll().where("transfer_id", "=", transferId).orderBy("sequence").execute(),
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

  function whenChanged(transferId: string, after: bigint | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const entry = { after, resolve: done };
      function done(): void {
        signal.removeEventListener("abort", done);
        const others = waiting.get(transferId);
        others?.delete(entry);
        if (others?.size === 0) waiting.delete(transferId);
        resolve();
      }
      const others = waiting.get(transferId) ?? new Set();
      waiting.set(transferId, others.add(entry));
      signal.addEventListener("abort", done);
      if (signal.aborted) done();
      // The change may have been committed before anyone listened.
      else void checkWaiting();
    });
  }

  /** One query for all who wait; a notification that arrives meanwhile makes it run once more. */
  async function checkWaiting(): Promise<void> {
    again = true;
    if (checking) return;
    checking = true;
    try {
      while (again && waiting.size > 0) {
        again = false;
        const changed = await readNewest(db, [...waiting.keys()]);
        for (const [transferId, entries] of waiting) {
          const newest = changed.get(transferId);
          if (newest === undefined) continue;
          for (const entry of entries)
            if (newest === "refused" || entry.after === undefined || newest > entry.after) entry.resolve();
        }
      }
    } catch {
      // The store is away: callers are woken by their own time limit, or by the notification once it is back.
    } finally {
      checking = false;
    }
  }

  return { find, events, whenChanged, close };
}

async function readNewest(db: Db, ids: readonly string[]): Promise<Map<string, bigint | "refused">> {
  const { rows } = await sql<{ id: string; last: bigint | null }>`
    select id, last_sequence as last from transfers where id = any(${ids})
    union all select transfer_id, null from journal where transfer_id = any(${ids}) and status = 'refused'`.execute(db);
  return new Map(rows.map((row) => [row.id, row.last ?? "refused"]));
}

/** A row of the projection, with what is absent left out. */
export function toStoredTransfer(row: TransferRow) {
  const { suspendedFrom, reason, ...rest } = row;
  return {
    ...rest,
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
