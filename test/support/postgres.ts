import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import pg from "pg";
import { freePorts } from "../../scripts/stack/ports.js";
import { postgresCommand } from "../../scripts/stack/postgres-command.js";
import { inheritedEnvironment } from "../../src/config/config.js";

interface Server {
  url: string;
  folder: string;
  process: ChildProcess;
}

let server: Promise<Server> | undefined;
let databases = 0;

/** A database of its own on a PostgreSQL that all tests of this process share; it is started for the first. */
export async function createTestDatabase(): Promise<string> {
  server ??= start();
  const { url } = await server;
  databases += 1;
  const name = `test_${databases}`;
  await run(url, `create database ${name}`);
  return url.replace(/postgres$/, name);
}

/** Runs one statement, on a connection of its own. */
export async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}

async function start(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "event-machine-test-"));
  const { command, owner } = await postgresCommand();
  if (owner !== undefined) await chown(folder, owner.uid, owner.gid);
  const { database: port } = await freePorts();
  const password = randomBytes(12).toString("hex");
  const script = resolve("scripts/stack/postgres-server.ts");
  const [file = "", ...args] = [...command, process.execPath, "--import", "tsx", script, join(folder, "data"), String(port)];
  const child = spawn(file, args, {
    env: { ...inheritedEnvironment(), PGPASSWORD: password },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  process.once("exit", () => child.kill("SIGTERM"));
  await untilReady(child);
  return { url: `postgresql://eventmachine:${password}@127.0.0.1:${port}/postgres`, folder, process: child };
}

function untilReady(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        output += chunk.toString("utf8");
        if (output.includes("READY")) resolve();
      });
    }
    child.once("exit", () => reject(new Error(`PostgreSQL did not start:\n${output}`)));
  });
}

// At the root of the run, since this file is loaded outside of any suite.
after(async function stopPostgres() {
  this.timeout(20_000);
  if (server === undefined) return;
  const { process: child, folder } = await server;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await ended;
  await rm(folder, { recursive: true, force: true });
});
