import { execFile } from "node:child_process";
import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { type Child, startChild, waitForHttp, waitForOutput } from "../../../stack/child.js";
import { DEMO_BANKS } from "../../../stack/demo-network.js";
import type { Stack } from "../../../stack/stack.js";
import type { EngineConfig } from "./workflow.js";

export const ENGINE_NAMES = ["dbos", "restate"] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

export function isEngineName(name: string): name is EngineName {
  return (ENGINE_NAMES as readonly string[]).includes(name);
}

/** A workflow engine that runs transfers. `url`: takes `POST /transfer/<id>/run`, which waits, and `…/run/send`, which does not. */
export interface Engine {
  url: string;
  children: ReadonlyMap<string, Child>;
  stop(): Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;
const OWNER_ONLY = 0o600;
// Not in package.json: its program has 200 MB, which only this comparison needs.
const RESTATE_VERSION = "1.7.12";
const RESTATE_PACKAGE = `@restatedev/restate-server-${process.platform}-${process.arch}`;
const RESTATE_FOLDER = `node_modules/.cache/restate-${RESTATE_VERSION}`;

/**
 * Starts an engine that nothing has run in yet beside a stack's PostgreSQL and banks, as it comes: durable, with its own defaults.
 *
 * @param options.grouped see {@link EngineConfig}
 */
export async function startEngine(name: EngineName, stack: Stack, { grouped }: { grouped: boolean }): Promise<Engine> {
  const children = new Map<string, Child>();
  const logDir = join(stack.dataDir, "logs");
  const setting: Setting = {
    stack,
    grouped,
    label: grouped ? `${name}_grouped` : name,
    start(child, command, env = {}) {
      const started = startChild(child, command, { env, logDir, cwd: process.cwd() });
      children.set(child, started);
      return started;
    },
  };
  const stop = async () => {
    await Promise.all([...children.values()].map((child) => child.stop()));
  };
  try {
    const url = await (name === "dbos" ? startDbos(setting) : startRestate(setting));
    return { url, children, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** `label`: names its data. */
interface Setting {
  stack: Stack;
  grouped: boolean;
  label: string;
  start(name: string, command: readonly string[], env?: Record<string, string>): Child;
}

async function startDbos(setting: Setting): Promise<string> {
  const port = setting.stack.ports.api;
  await startService(setting, { name: "dbos", port });
  return `http://127.0.0.1:${port}`;
}

async function startRestate(setting: Setting): Promise<string> {
  const { stack, label, start } = setting;
  const { api: ingress, chain: admin, watcher: node, functionHost: port } = stack.ports;
  const program = await findRestate();
  const server = start("restate-server", [program], {
    RESTATE_BASE_DIR: join(stack.dataDir, label),
    RESTATE_NODE_NAME: "bench",
    RESTATE_LISTEN_MODE: "tcp",
    RESTATE_BIND_IP: "127.0.0.1",
    RESTATE_BIND_PORT: String(node),
    RESTATE_INGRESS__BIND_PORT: String(ingress),
    RESTATE_ADMIN__BIND_PORT: String(admin),
    RESTATE_LOG_FILTER: "warn",
    RESTATE_DISABLE_TELEMETRY: "true",
  });
  await Promise.all([
    startService(setting, { name: "restate", port }),
    waitForHttp(server, `http://127.0.0.1:${admin}/health`, READY_TIMEOUT_MS),
    waitForHttp(server, `http://127.0.0.1:${ingress}/restate/health`, READY_TIMEOUT_MS),
  ]);
  const response = await fetch(`http://127.0.0.1:${admin}/deployments`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ uri: `http://127.0.0.1:${port}` }),
  });
  if (!response.ok) throw new Error(`Restate did not take the workflow: ${response.status} ${await response.text()}`);
  return `http://127.0.0.1:${ingress}`;
}

/** Starts a service of ours, in which the engine's workflow runs. */
async function startService(
  { stack, grouped, label, start }: Setting,
  { name, port }: { name: EngineName; port: number },
): Promise<void> {
  const databaseUrl = new URL(stack.databaseUrl);
  databaseUrl.pathname = `/${label}`;
  const config: EngineConfig = {
    port,
    grouped,
    databaseUrl: databaseUrl.href,
    banks: DEMO_BANKS.map((_bank, index) => ({
      url: `http://127.0.0.1:${stack.ports.banks[index]}`,
      token: stack.secrets.banks[index]?.token ?? "",
    })),
  };
  const file = join(stack.dataDir, `${label}.json`);
  await writeFile(file, JSON.stringify(config), { mode: OWNER_ONLY });
  const script = `scripts/bench/engines/${name}-service.ts`;
  const service = start(`${name}-service`, [process.execPath, "--import", "tsx", script, file], { NODE_ENV: "production" });
  await waitForOutput(service, "READY", READY_TIMEOUT_MS);
}

/** The path of Restate's server, which npm has for each platform; fetched once. */
async function findRestate(): Promise<string> {
  const program = join(process.cwd(), RESTATE_FOLDER, "node_modules", RESTATE_PACKAGE, "bin/restate-server");
  const there = await access(program).then(
    () => true,
    () => false,
  );
  if (there) return program;
  // Made beside its place: what is left of an installation that was cut off is never taken for one.
  const halfMade = `${RESTATE_FOLDER}.new`;
  await rm(halfMade, { recursive: true, force: true });
  await mkdir(halfMade, { recursive: true });
  const wanted = `${RESTATE_PACKAGE}@${RESTATE_VERSION}`;
  const args = ["install", "--prefix", halfMade, "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", wanted];
  await promisify(execFile)("npm", args).catch((cause) => {
    throw new Error(`npm could not install ${wanted}. Check the network, or compare with dbos only: --compare dbos.`, { cause });
  });
  await rm(RESTATE_FOLDER, { recursive: true, force: true });
  await rename(halfMade, RESTATE_FOLDER);
  return program;
}
