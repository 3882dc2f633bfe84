import type { ChainEvent } from "../../chain/contracts/chain-event.js";
import { isFinal, type State } from "../../domain/transfer-state.js";
import type { Db } from "../../store/schema.js";
import { readTransferRows, type TransferRow } from "../../store/transfers/projection.js";

/** The projection's transfers, of which the open ones are remembered as they were committed: most events need no query. */
export interface OpenTransfers {
  /** The transfers that events change, by id, as they were before. One that begins with these events is left out. */
  before(events: readonly ChainEvent[]): Promise<Map<string, TransferRow>>;
  /** They are committed. */
  committed(transfers: Iterable<TransferRow>): void;
  /** What was committed may not be so any more. */
  forget(): void;
}

// Beyond that, the store is asked again for those that are open for longest.
const REMEMBERED_MAX = 20_000;

/** Right as long as nobody else writes the projection, which is while the lease is held. */
export function createOpenTransfers(db: Db): OpenTransfers {
  const open = new Map<string, TransferRow>();

  return {
    async before(events) {
      const found = new Map<string, TransferRow>();
      const missing = new Set<string>();
      const begun = new Set<string>();
      for (const { transferId: id, started } of events) {
        if (started !== undefined) begun.add(id);
        const known = open.get(id);
        if (known !== undefined) found.set(id, known);
        else if (!begun.has(id)) missing.add(id);
      }
      for (const [id, row] of await readTransferRows(db, [...missing])) found.set(id, row);
      return found;
    },
    committed(transfers) {
      for (const transfer of transfers) {
        open.delete(transfer.id);
        if (!isFinal(transfer.state as State)) open.set(transfer.id, transfer);
      }
      for (const id of open.keys()) {
        if (open.size <= REMEMBERED_MAX) break;
        open.delete(id);
      }
    },
    forget: () => open.clear(),
  };
}
