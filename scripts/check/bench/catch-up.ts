import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { startChild } from "../../stack/child.js";
import { freePorts } from "../../stack/ports.js";
import type { Stack } from "../../stack/stack.js";
import { type ProcessUsage, readUsage } from "./process-usage.js";
import type { Progress } from "./progress.js";

/** How fast a watcher with an empty store follows a chain that is there already. */
export interface CatchUpFigures {
  eventsPerSecond: number;
  events: number;
  /** Processor time, by process; `catch-up` is the watcher. */
  cpuMsPerThousandEvents: Record<string, number>;
}

const DATABASE = "catchup";
const LOOK_INTERVAL_MS = 50;
const TIMEOUT_MS = 600_000;

/**
 * Starts one more watcher, on a new database of the stack's PostgreSQL, that follows the contracts of `deploymentFile`, and counts from
 * its first look at the chain until it has written `events`.
 */
export async function measureCatchUp(
  stack: Stack,
  options: { deploymentFile: string; events: number; env: Record<string, string> },
  progress: Progress,
): Promise<CatchUpFigures> {
  const databaseUrl = await createDatabase(stack.databaseUrl);
  const { watcher: port, metrics } = await freePorts();
  const logDir = join(stack.dataDir, "logs");
  await mkdir(logDir, { recursive: true });
  const env = {
    LOG_LEVEL: "warn",
    HOST: "127.0.0.1",
    PORT: String(port),
    METRICS_PORT: String(metrics[0]),
    CHAIN_RPC_URL: `ws://127.0.0.1:${stack.ports.chain}`,
    DEPLOYMENT_FILE: options.deploymentFile,
    DATABASE_URL: databaseUrl,
    FUNCTIONS: "[]",
    ...options.env,
  };
  const client = new pg.Client({ connectionString: databaseUrl });
  const command = [process.execPath, "dist/src/bin/watcher.js"];
  const child = startChild("catch-up", command, { env, logDir, cwd: process.cwd() });
  const ended = child.ended.then(({ code, signal }) => {
    throw new Error(`The watcher that was to catch up has ended (${code ?? signal}):\n${child.logTail()}`);
  });
  let figures: CatchUpFigures;
  try {
    await client.connect();
    const pids = new Map([...stack.children.entries()].map(([name, { pid }]) => [name, pid]));
    const usage = () => readUsage(new Map([...pids, ["catch-up", child.pid]]));
    figures = await Promise.race([untilWritten({ client, events: options.events, usage }, progress), ended]);
  } finally {
    ended.catch(() => undefined);
    await child.stop();
    await client.end();
  }
  await dropDatabase(stack.databaseUrl);
  return figures;
}

async function createDatabase(url: string): Promise<string> {
  await onServer(url, `create database ${DATABASE}`);
  const created = new URL(url);
  created.pathname = `/${DATABASE}`;
  return created.href;
}

/** PostgreSQL would vacuum and write back what nobody reads any more, while something else is measured. */
async function dropDatabase(url: string): Promise<void> {
  await onServer(url, `drop database ${DATABASE} with (force)`, "checkpoint");
}

async function onServer(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

interface CatchUp {
  client: pg.Client;
  events: number;
  usage: () => Promise<Map<string, ProcessUsage>>;
}

async function untilWritten({ client, events, usage }: CatchUp, progress: Progress): Promise<CatchUpFigures> {
  const deadline = Date.now() + TIMEOUT_MS;
  let began: { at: number; usage: Map<string, ProcessUsage> } | undefined;
  while (Date.now() < deadline) {
    const { begun, sequence } = await readProgress(client);
    if (begun) began ??= { at: performance.now(), usage: await usage() };
    if (began !== undefined && sequence >= events) {
      const eventsPerSecond = events / ((performance.now() - began.at) / 1000);
      progress.end(`${eventsPerSecond.toFixed(0)} events/s`);
      return { eventsPerSecond, events, cpuMsPerThousandEvents: cpuPerThousand(began.usage, await usage(), events) };
    }
    progress.update(sequence / events, `${sequence} of ${events} events`);
    await sleep(LOOK_INTERVAL_MS);
  }
  throw new Error(`The watcher has not caught up within ${TIMEOUT_MS / 1000} s.`);
}

function cpuPerThousand(before: Map<string, ProcessUsage>, after: Map<string, ProcessUsage>, events: number) {
  const used: Record<string, number> = {};
  for (const [name, { cpuSeconds }] of after) {
    const ms = (cpuSeconds - (before.get(name)?.cpuSeconds ?? 0)) * 1000;
    if (ms > 0) used[name] = ms / (events / 1000);
  }
  return used;
}

/** Where the watcher is; it has begun once it has adopted the chain, before its first page. */
async function readProgress(client: pg.Client): Promise<{ begun: boolean; sequence: number }> {
  const { rows: tables } = await client.query("select to_regclass('cursor') is not null as made");
  if (!tables[0]?.made) return { begun: false, sequence: 0 };
  const { rows } = await client.query(
    "select exists (select from chain) as begun, (select max(sequence) from cursor) as sequence",
  );
  return { begun: rows[0]?.begun === true, sequence: Number(rows[0]?.sequence ?? 0) };
}
