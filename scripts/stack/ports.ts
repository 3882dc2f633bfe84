import { isFree, takeFreePorts } from "./free-ports.js";

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

/** Ports for a stack, as {@link takeFreePorts} finds them. */
export async function freePorts(): Promise<StackPorts> {
  const ports = await takeFreePorts(17 + METRICS_PORTS);
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
