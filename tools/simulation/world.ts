import type { Ledger } from "../../src/banks/simulators/ledger.js";
import type { Finality } from "../../src/chain/finality.js";
import { SILENT } from "../support/logger.js";
import { type ChainNode, createChainNode } from "./chain-node.js";
import type { BaseChain } from "./chain-setup.js";
import { BANKS } from "./chain-setup.js";
import { type Chances, createFaults, type Faults, type PlannedCrash } from "./faults.js";
import { openMemoryLedger } from "./memory-ledger.js";
import { createHttpNetwork, type HttpNetwork } from "./network.js";
import type { Plants } from "./plants.js";
import { createRandom, type Random } from "./random.js";
import { simulateRuntime } from "./runtime.js";
import { createProcess, createScheduler, type Process, type Scheduler } from "./scheduler.js";
import { createStoreNetwork, type Postgres } from "./store.js";

/** What stands in for the world around the processes of one run. */
export interface World {
  base: BaseChain;
  postgres: Postgres;
  scheduler: Scheduler;
  random: Random;
  faults: Faults;
  node: ChainNode;
  store: ReturnType<typeof createStoreNetwork>;
  http: HttpNetwork;
  ledgers: Map<string, Ledger>;
  /** By bank: the refusals that a bank gives for postings which it has made and hides. */
  denials: Map<string, Ledger>;
  /** References of the postings that a bank hides. */
  hidden: Set<string>;
  /** By reference: how many references the banks had answered before it. */
  answered: Map<string, number>;
  /** Which accounts a number has stood for, by alias, and from when on, at the earliest. */
  standsFor: Map<string, Map<string, number>>;
  /** Hosts of the banks whose disk is full; `store`: PostgreSQL's. */
  fullDisks: Set<string>;
  /** How far the time of day of a role's machine is ahead, in milliseconds. */
  clocks: Map<string, number>;
  finality: Finality;
  plants: Plants;
  limitMs: number;
  /** Processes by role; each role always has one, or is about to. */
  running: Map<string, Process>;
  /** What ended a process by itself. */
  ended: { role: string; error: unknown }[];
  /** Starts a role, and again whenever its process is gone. */
  start(role: string, boot: (process: Process) => Promise<void>): void;
  kill(process: Process): void;
  logger: typeof SILENT;
  close(): void;
}

const RESTART_MS = { low: 200, high: 3_000 };
const START_OFFSET_MS = 10_000;

/** Makes the world of a seed. */
export async function createWorld(
  deps: { base: BaseChain; postgres: Postgres; logger?: typeof SILENT; onTrace?: (line: string) => void },
  options: {
    seed: number;
    confirmations: number;
    intensity: number;
    chances?: Chances;
    crash?: PlannedCrash;
    plants: Plants;
    limitMs: number;
    senders: Map<string, { role: string; kind: "start" | "advance" }>;
  },
): Promise<World> {
  const { base, postgres } = deps;
  await base.reset();
  await postgres.reset();
  const scheduler = createScheduler(base.endsAtMs + START_OFFSET_MS, deps.onTrace);
  const random = createRandom(options.seed, "world");
  const running = new Map<string, Process>();
  const boots = new Map<string, (process: Process) => Promise<void>>();
  const ended: World["ended"] = [];
  const clocks = new Map<string, number>();
  const fullDisks = new Set<string>();
  const faults = createFaults({ scheduler, random, kill }, options);
  const node = createChainNode({
    provider: base.provider,
    scheduler,
    random,
    faults,
    plants: options.plants,
    senderOf: (address) => {
      const sender = options.senders.get(address);
      const process = sender && running.get(sender.role);
      return sender && process && { process, kind: sender.kind };
    },
  });
  const store = createStoreNetwork({
    postgres,
    scheduler,
    random,
    faults,
    plants: options.plants,
    isFull: () => fullDisks.has("store"),
  });
  const http = createHttpNetwork({ scheduler, random, faults, plants: options.plants });

  function kill(process: Process): void {
    if (process.dead) return;
    process.dead = true;
    scheduler.after(0, `kill -9 ${process.name}`, () => store.forget(process), null);
    http.forget(process);
    scheduler.after(random.between(RESTART_MS.low, RESTART_MS.high), `restart ${process.name}`, () => boot(process.name), null);
  }

  function boot(role: string): void {
    const process = createProcess(role);
    process.clockMs = clocks.get(role) ?? 0;
    running.set(role, process);
    scheduler.as(process, () => {
      boots
        .get(role)?.(process)
        .catch((error: unknown) => {
          if (process.dead) return;
          scheduler.trace(`${role} ended: ${String(error)}`);
          ended.push({ role, error });
          kill(process);
        });
    });
  }

  http.direct.set("node", (body) => node.serve(body));
  http.direct.set("liar", (body) => node.serve(body, true));
  node.keepMining();
  const undo = [simulateRuntime(scheduler, createRandom(options.seed, "runtime")), http.listen()];
  return {
    base,
    postgres,
    scheduler,
    random,
    faults,
    node,
    store,
    http,
    ledgers: new Map(BANKS.map(({ id }) => [id, openMemoryLedger(id)])),
    denials: new Map(BANKS.map(({ id }) => [id, openMemoryLedger(id)])),
    hidden: new Set(),
    answered: new Map(),
    standsFor: new Map(base.customers.map(({ aliasId, account }) => [aliasId, new Map([[account, 0]])])),
    fullDisks,
    clocks,
    finality: { confirmations: options.confirmations },
    plants: options.plants,
    limitMs: options.limitMs,
    running,
    ended,
    start: (role, how) => {
      boots.set(role, how);
      boot(role);
    },
    kill,
    logger: deps.logger ?? SILENT,
    close: () => {
      for (const restore of undo.toReversed()) restore();
    },
  };
}
