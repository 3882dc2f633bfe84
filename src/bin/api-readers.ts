import { readStandings } from "../store/delivery-admin.js";
import { readEventLog } from "../store/event-log.js";
import { onStore, type Store } from "../store/open-store.js";
import { listTransfers } from "../store/transfer-list.js";
import { createTransferReader } from "../store/transfer-reader.js";

/** What the API reads in the store: transfers and events of one domain, and the function registry. */
export async function openReaders(store: Store, domain: string) {
  const { close, ...transfers } = await createTransferReader(store);
  const readers = {
    transfers: { ...transfers, list: (query: Parameters<typeof listTransfers>[2]) => listTransfers(store.db, domain, query) },
    events: { read: (query: Parameters<typeof readEventLog>[1]) => readEventLog(store.db, query) },
    functions: { list: () => onStore(() => readStandings(store.db)) },
  };
  return { readers, close };
}
