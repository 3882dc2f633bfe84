import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { expect } from "chai";
import { sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { migrateStore, openStore, type Store } from "../../src/store/open-store.js";
import type { Db } from "../../src/store/schema.js";
import { SILENT } from "../../tools/support/logger.js";
import { createTestDatabase } from "../support/postgres.js";
import { GOLDEN_SCHEMA, readSchema } from "./read-schema.js";

const FOLDER = "src/store/migrations";
/** Migrations up to this one landed in the order of their numbers: no store has a later one without them. */
const LAST_IN_ORDER = "0009-reconciliations";

describe("migrations of the store", function () {
  this.timeout(60_000);
  let golden: string;
  let all: Record<string, Migration>;
  const stores: Store[] = [];

  before(async () => {
    golden = await readFile(GOLDEN_SCHEMA, "utf8");
    const names = (await readdir(FOLDER)).map((file) => basename(file, ".ts"));
    const modules = names.map(async (name) => [name, await import(`../../${FOLDER}/${name}.js`)] as const);
    all = Object.fromEntries(await Promise.all(modules));
  });
  afterEach(() => Promise.all(stores.splice(0).map((store) => store.close())));

  async function openEmpty(): Promise<Db> {
    const store = openStore(await createTestDatabase(), SILENT);
    stores.push(store);
    return store.db;
  }

  /** Runs migrations as a version that had no others did. */
  async function migrateWith(db: Db, names: readonly string[]): Promise<void> {
    const some = Object.fromEntries(names.map((name) => [name, all[name] as Migration]));
    const provider = { getMigrations: async () => some };
    const { error } = await new Migrator({ db, provider }).migrateToLatest();
    if (error !== undefined) throw error;
  }

  it("brings a store that was made before 0011 landed, and after 0013, to the same schema", async () => {
    const db = await openEmpty();
    await migrateWith(db, [...upTo(LAST_IN_ORDER), "0013-replica-sessions"]);
    await migrateStore(db);
    expect(await readSchema(db)).equal(golden);
  });

  it("brings a store that lacks any one of the later migrations to the same schema", async () => {
    const later = Object.keys(all).filter((name) => name > LAST_IN_ORDER);
    expect(later).to.include("0011-refusals");
    let made = 0;
    for (const missing of later) {
      const db = await openEmpty();
      const others = Object.keys(all).filter((name) => name !== missing);
      const possible = await migrateWith(db, others).then(
        () => true,
        () => false,
      );
      // A later migration changes a table of the missing one, so no store has only the later.
      if (!possible) continue;
      made += 1;
      expect(await readSchema(db), missing).not.equal(golden);
      await migrateStore(db);
      expect(await readSchema(db), missing).equal(golden);
    }
    expect(made).to.be.greaterThan(later.length / 2);
  });

  it("refuses a store that a newer version has prepared, names the migration, and leaves the store as it is", async () => {
    const db = await openEmpty();
    await migrateWith(db, upTo("0017-outcome-evidence"));
    await sql`insert into kysely_migration (name, timestamp) values ('9999-of-a-newer-version', ${new Date().toISOString()})`.execute(
      db,
    );
    const before = await readSchema(db);
    const refused = await migrateStore(db).catch((error: unknown) => error);
    expect(refused).to.have.property("code", "store-unavailable");
    expect(refused)
      .to.have.property("message")
      .that.matches(/newer version of Event Machine .*9999-of-a-newer-version.*[Ss]tart/);
    expect(await readSchema(db)).equal(before);
  });

  function upTo(last: string): string[] {
    return Object.keys(all).filter((name) => name <= last);
  }
});
