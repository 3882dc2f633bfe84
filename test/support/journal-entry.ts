import type { Db } from "../../src/store/schema.js";
import type { JournalRow } from "../../src/store/transfers/journal.js";
import { createTransferReader } from "../../src/store/transfers/transfer-reader.js";

/** What the journal has under an id, as the API reads it. */
export async function findJournalEntry(db: Db, id: string): Promise<JournalRow | undefined> {
  return (await createTransferReader(db, () => () => undefined).known(id)).entry;
}
