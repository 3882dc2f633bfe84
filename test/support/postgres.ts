import pg from "pg";
import { migrateStore, openStore } from "../../src/store/open-store.js";
import { SILENT } from "./logger.js";
import { type PostgresServer, startPostgresServer } from "./postgres-server.js";

const TEMPLATE = "store_template";

let server: Promise<PostgresServer> | undefined;
let template: Promise<void> | undefined;
let databases = 0;

/** A database of its own on a PostgreSQL that all tests of this process share; it is started for the first. */
export async function createTestDatabase(): Promise<string> {
  server ??= startHastyServer();
  const { url } = await server;
  databases += 1;
  return await createDatabase(url, `test_${databases}`);
}

/** As {@link createTestDatabase}, with the store's schema: it is migrated once, and copied. */
export async function createStoreDatabase(): Promise<string> {
  server ??= startHastyServer();
  const { url } = await server;
  template ??= migrateTemplate(url);
  await template;
  databases += 1;
  return await createDatabase(url, `test_${databases}`, `template ${TEMPLATE} strategy file_copy`);
}

async function migrateTemplate(serverUrl: string): Promise<void> {
  const store = openStore(await createDatabase(serverUrl, TEMPLATE), SILENT);
  await migrateStore(store.db);
  await store.close();
}

/** What is in it is thrown away after the run, and nothing cuts its power: it need not wait for the disk. */
async function startHastyServer(): Promise<PostgresServer> {
  const started = await startPostgresServer();
  await run(started.url, "alter system set fsync = off");
  await run(started.url, "select pg_reload_conf()");
  return started;
}

/** Makes a database; returns its URL. */
export async function createDatabase(serverUrl: string, name: string, options = ""): Promise<string> {
  await run(serverUrl, `create database ${name} ${options}`);
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
  await (await server)?.remove();
});
