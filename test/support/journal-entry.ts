import type { JournalEntry } from "../../src/domain/transfer-record.js";
import type { Db } from "../../src/store/schema.js";
import { createTransferReader } from "../../src/store/transfers/transfer-reader.js";

/** What the journal has under an id, as the API reads it. */
export async function findJournalEntry(db: Db, id: string): Promise<JournalEntry | undefined> {
  return (await createTransferReader(db, () => () => undefined).known(id)).entry;
}
