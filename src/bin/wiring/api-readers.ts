import { listEvidence, readEvidence } from "../../store/bank-postings/evidence.js";
import { readEventLog, readSteps } from "../../store/events/event-log.js";
import { readStream, readStreamHead } from "../../store/events/event-stream.js";
import type { Notice } from "../../store/events/notifications.js";
import { onStore, type Store } from "../../store/open-store.js";
import { readEarlierDomains, readEarlierTransfers, recordChain } from "../../store/transfers/earlier-chains.js";
import { findStatements, forgetStatement, keepStatement, listStatements } from "../../store/transfers/outcome-evidence.js";
import { readReconciliationFailures, readReconciliations } from "../../store/transfers/reconciliations.js";
import { readSettlementPositions } from "../../store/transfers/settlement.js";
import { listTransfers } from "../../store/transfers/transfer-list.js";
import { createTransferReader } from "../../store/transfers/transfer-reader.js";

/** The API's reads of the store: transfers and events of one domain; and the statements of people, which it keeps there. */
export async function openReaders(store: Store, domain: string) {
  await recordChain(store.db, domain);
  const earlierDomains = await readEarlierDomains(store.db, domain);
  // One listening connection for all.
  const listeners = new Set<(notice: Notice) => void>();
  const unlisten = await store.onNotice((notice) => {
    for (const listener of listeners) listener(notice);
  });
  const onChange = (listener: (notice: Notice) => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  const { close: closeTransfers, ...transfers } = createTransferReader(store.db, onChange, store.byKey);
  const findEarlier = async (ids: readonly string[]) => {
    const [found] = (await readEarlierTransfers(store.db, earlierDomains, ids)).values();
    return found;
  };
  const readers = {
    transfers: {
      ...transfers,
      known: async (id: string) => {
        const known = await transfers.known(id);
        const earlier = known.view === undefined ? await findEarlier([id]) : undefined;
        if (earlier === undefined) return known;
        return { ...known, ...(earlier.view && { view: earlier.view }), earlierChain: earlier.domain };
      },
      list: (query: Parameters<typeof listTransfers>[2]) => listTransfers(store.db, [domain, ...earlierDomains], query),
    },
    earlier: { domains: earlierDomains, find: findEarlier },
    evidence: {
      list: (transferId: string) => listEvidence(store.db, transferId),
      find: (transferId: string, digest: string) => readEvidence(store.db, transferId, digest),
    },
    statements: {
      keep: (statement: Parameters<typeof keepStatement>[1]) => keepStatement(store.db, statement),
      forget: (hash: string) => forgetStatement(store.db, hash),
      find: (hashes: readonly string[]) => findStatements(store.db, hashes),
      list: (transferId: string) => listStatements(store.db, transferId),
    },
    events: {
      read: (query: Parameters<typeof readEventLog>[1]) => readEventLog(store.db, query),
      steps: (transferId: string) => readSteps(store.db, transferId),
      stream: (query: Parameters<typeof readStream>[1]) => readStream(store.db, query),
      streamHead: (finalOnly: boolean) => readStreamHead(store.db, finalOnly),
      onChange,
    },
    books: {
      positions: (day: string) => onStore(() => readSettlementPositions(store.db, day)),
      reconciliations: (day: string) => onStore(() => readReconciliations(store.db, day)),
      reconciliationFailures: (day: string) => onStore(() => readReconciliationFailures(store.db, day)),
    },
  };
  return {
    readers,
    async close() {
      closeTransfers();
      await unlisten();
    },
  };
}
