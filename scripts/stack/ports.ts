import { createServer } from "node:net";
import process from "node:process";

/** The ports of a stack. `metrics`: where the API, the watcher, the banks, the functions and their host show theirs, in this order. */
export interface StackPorts {
  api: number;
  chain: number;
  database: number;
  banks: [number, number];
  watcher: number;
  functionHost: number;
  functions: [number, number, number, number, number, number];
  /** The bank without an API, and its functions; unused unless there is one. */
  legacyBank: [number, number, number, number];
  metrics: readonly number[];
}

const METRICS_PORTS = 11;
// Below the ports that systems give to outgoing connections, one of which could take a port before its service does.
const FREE_FROM = 10_000;
const FREE_TO = 30_000;
/** Each process looks in a stretch of its own: two that start stacks at the same time do not find the same. */
const STRETCH = 200;
const STRETCH_FROM = FREE_FROM + STRETCH * (process.pid % ((FREE_TO - FREE_FROM) / STRETCH));
let lookedAt = 0;

/** The ports from where they are configured. `services` is the first of fifty, not all of which are used. */
export function fixedPorts(config: { api: number; chain: number; database: number; services: number }): StackPorts {
  const at = (offset: number) => config.services + offset;
  return {
    api: config.api,
    chain: config.chain,
    database: config.database,
    banks: [at(1), at(2)],
    watcher: at(3),
    functionHost: at(4),
    functions: [at(11), at(12), at(13), at(21), at(22), at(23)],
    legacyBank: [at(5), at(14), at(15), at(16)],
    metrics: Array.from({ length: METRICS_PORTS }, (_, index) => at(30 + index)),
  };
}

/** Ports that are free now, on loopback, and that nobody else in this process was given lately. */
export async function freePorts(): Promise<StackPorts> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < 17 + METRICS_PORTS; tries += 1) {
    if (tries === STRETCH)
      throw new Error(`Too few ports are free from ${STRETCH_FROM} on. End what listens there, and try again.`);
    const port = STRETCH_FROM + (lookedAt % STRETCH);
    lookedAt += 1;
    if (await isFree(port)) ports.push(port);
  }
  const [api, chain, database, bankA, bankB, watcher, functionHost, ...rest] = ports as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    ...number[],
  ];
  return {
    api,
    chain,
    database,
    banks: [bankA, bankB],
    watcher,
    functionHost,
    functions: rest.slice(0, 6) as StackPorts["functions"],
    legacyBank: rest.slice(6, 10) as StackPorts["legacyBank"],
    metrics: rest.slice(10),
  };
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return await new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/** Throws a clear error for the first port that something listens on already. */
export async function assertPortsFree(ports: StackPorts, { legacyBank = false } = {}): Promise<void> {
  const named: [string, number, string][] = [
    ["the API", ports.api, "API_PORT"],
    ["the chain", ports.chain, "CHAIN_PORT"],
    ["PostgreSQL", ports.database, "DATABASE_PORT"],
    ...[
      ...ports.banks,
      ...(legacyBank ? ports.legacyBank : []),
      ports.watcher,
      ports.functionHost,
      ...ports.functions,
      ...ports.metrics,
    ].map((port): [string, number, string] => ["a service", port, "SERVICES_PORT"]),
  ];
  for (const [what, port, variable] of named) {
    if (!(await isFree(port)))
      throw new Error(`Port ${port}, for ${what}, is in use. Stop what listens there, or set ${variable} to another.`);
  }
}
