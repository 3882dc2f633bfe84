import { sql } from "kysely";
import type { Db } from "../../src/store/schema.js";

export const GOLDEN_SCHEMA = "test/store/golden-schema.txt";

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

/** The schema as text, the same for the same schema in whatever order its columns were made. */
export async function readSchema(db: Db): Promise<string> {
  const { rows } = await CATALOG.execute(db);
  return `${rows.map(({ line }) => line).join("\n")}\n`;
}
