import pg from "pg";
import { migrateStore, openStore } from "../../src/store/open-store.js";
import { SILENT } from "../../tools/support/logger.js";
import { type PostgresServer, startPostgresServer } from "./postgres-server.js";

const TEMPLATE = "store_template";

interface HastyServer {
  server: PostgresServer;
  /** Makes the databases: a connection costs more than a statement. */
  admin: pg.Client;
}

let hasty: Promise<HastyServer> | undefined;
let template: Promise<void> | undefined;
let databases = 0;

/** A database of its own on a PostgreSQL that all tests of this process share; it is started for the first. */
export async function createTestDatabase(options = ""): Promise<string> {
  databases += 1;
  const name = `test_${databases}`;
  hasty ??= startHastyServer();
  return await createOnHasty(await hasty, name, options);
}

/** As {@link createTestDatabase}, with the store's schema: it is migrated once, and copied. */
export async function createStoreDatabase(): Promise<string> {
  hasty ??= startHastyServer();
  template ??= migrateTemplate(await hasty);
  await template;
  return await createTestDatabase(`template ${TEMPLATE} strategy file_copy`);
}

async function migrateTemplate(server: HastyServer): Promise<void> {
  const store = openStore(await createOnHasty(server, TEMPLATE), SILENT);
  await migrateStore(store.db);
  await store.close();
}

/** What is in it is thrown away after the run, and nothing cuts its power: it need not wait for the disk. */
async function startHastyServer(): Promise<HastyServer> {
  const server = await startPostgresServer();
  const admin = new pg.Client({ connectionString: server.url });
  await admin.connect();
  await admin.query("alter system set fsync = off");
  await admin.query("select pg_reload_conf()");
  return { server, admin };
}

async function createOnHasty({ server, admin }: HastyServer, name: string, options = ""): Promise<string> {
  await admin.query(`create database ${name} ${options}`);
  return databaseUrl(server.url, name);
}

/** Makes a database; returns its URL. */
export async function createDatabase(serverUrl: string, name: string): Promise<string> {
  await run(serverUrl, `create database ${name}`);
  return databaseUrl(serverUrl, name);
}

function databaseUrl(serverUrl: string, name: string): string {
  return serverUrl.replace(/postgres$/, name);
}

/** Runs one statement, on a connection of its own. */
export async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

// At the root of the run, since this file is loaded outside of any suite.
after(async function stopPostgres() {
  // Some hundred files a database are deleted.
  this.timeout(120_000);
  const started = await hasty;
  await started?.admin.end();
  await started?.server.remove();
});
