import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { expect } from "chai";
import { sql } from "kysely";
import { migrateStore, openStore } from "../../src/store/open-store.js";
import { SILENT } from "../../tools/support/logger.js";
import { createTestDatabase } from "../support/postgres.js";
import { GOLDEN_SCHEMA, readSchema } from "./read-schema.js";

describe("the store's schema", function () {
  this.timeout(120_000);

  it(`is what ${GOLDEN_SCHEMA} says; if it is to change, run this test with UPDATE_GOLDEN=1 and read the difference`, async () => {
    const store = openStore(await createTestDatabase(), SILENT);
    await migrateStore(store.db);
    const schema = await readSchema(store.db);
    if (process.env.UPDATE_GOLDEN === "1") await writeFile(GOLDEN_SCHEMA, schema);
    expect(schema).to.equal(await readFile(GOLDEN_SCHEMA, "utf8"));
    for (const change of [
      "alter table journal alter column domain drop not null",
      "drop index retries_due",
      "alter table events add column extra text",
      "alter table retries drop constraint retries_status_check",
    ]) {
      const changed = store.db.transaction().execute(async (transaction) => {
        await sql.raw(change).execute(transaction);
        throw new Error(await readSchema(transaction));
      });
      const message = await changed.catch((error: Error) => error.message);
      expect(message, change).not.to.equal(schema);
    }
    await store.close();
  });
});
