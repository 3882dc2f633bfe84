import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { expect } from "chai";
import { sql } from "kysely";
import { type Db, migrateStore, openStore } from "../../src/store/open-store.js";
import { SILENT } from "../support/logger.js";
import { createTestDatabase } from "../support/postgres.js";

const GOLDEN = "test/store/golden-schema.txt";

// Columns, constraints, indexes, triggers and functions in PostgreSQL's own words: what a migration must not change unseen.
const CATALOG = sql<{ line: string }>`
  select format('%s.%s %s%s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      case when a.attcollation not in (0, (select typcollation from pg_type t where t.oid = a.atttypid))
        then ' collate ' || quote_ident(l.collname) else '' end,
      case when a.attnotnull then ' not null' else '' end
        || case when a.attidentity <> '' then ' identity' else '' end
        || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')) as line
    from pg_attribute a join pg_class c on c.oid = a.attrelid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
    left join pg_collation l on l.oid = a.attcollation
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
  union all select format('constraint %s on %s: %s', conname, conrelid::regclass, pg_get_constraintdef(oid))
    from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'
  union all select format('index: %s', indexdef) from pg_indexes where schemaname = 'public'
  union all select format('trigger: %s', pg_get_triggerdef(t.oid)) from pg_trigger t
    where not t.tgisinternal
  union all select pg_get_functiondef(p.oid) from pg_proc p where p.pronamespace = 'public'::regnamespace
  order by 1`;

async function readSchema(db: Db): Promise<string> {
  const { rows } = await CATALOG.execute(db);
  return `${rows.map(({ line }) => line).join("\n")}\n`;
}

describe("the store's schema", function () {
  this.timeout(60_000);

  it(`is what ${GOLDEN} says; if it is to change, run this test with UPDATE_GOLDEN=1 and read the difference`, async () => {
    const store = openStore(await createTestDatabase(), SILENT);
    await migrateStore(store.db);
    const schema = await readSchema(store.db);
    if (process.env.UPDATE_GOLDEN === "1") await writeFile(GOLDEN, schema);
    expect(schema).to.equal(await readFile(GOLDEN, "utf8"));
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
