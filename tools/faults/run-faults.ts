import { setTimeout as sleep } from "node:timers/promises";
import { freePorts, type StackPorts } from "../../scripts/stack/ports.js";
import { createRandom } from "../simulation/random.js";
import { startRpcProxy } from "../support/rpc-proxy.js";
import { startTcpProxy } from "../support/tcp-proxy.js";
import { type System, startSystem } from "../system/stack.js";
import { auditSystem } from "./audit.js";
import { startLoad } from "./load.js";
import type { LaterHolder, Machine } from "./machine.js";
import { layOutClocks, mountSmallDisk } from "./machine.js";
import { type Act, type Injected, runNemesis } from "./nemesis.js";
import { startRecorder } from "./recorder.js";
import { startStreamReader } from "./stream-reader.js";
import type { Proxies } from "./victims.js";

const CONFIRMATIONS = 12;
// A roll-back takes time, and the chain goes on meanwhile: so many blocks are kept between it and what is final.
const MAX_DEPTH = CONFIRMATIONS - 4;
const BLOCK_MS = 200;
const SWEEP_AFTER_MS = 8_000;
const POLL_MS = 200;
/** Services whose clock is stepped. */
const STEPPED = ["api", "bank-faas", "bank-whsk"];

/** What came of a run. */
export interface FaultReport {
  asked: number;
  promised: number;
  injected: Injected;
  /** How often the stream's reader has connected. */
  streams: number;
  violations: string[];
}

/** Runs the whole system under load while a nemesis breaks it; then heals it, and has it audited. */
export async function runFaults(
  dataDir: string,
  options: { minutes: number; seed: number; acts: readonly Act[]; report: (line: string) => void },
): Promise<FaultReport> {
  const { ports, standbyPort, proxies } = await layOut();
  let system: System | undefined;
  const machine: Machine = {
    clocks: options.acts.includes("clock") ? await layOutClocks(dataDir, STEPPED) : undefined,
    disk: options.acts.includes("disk") ? await mountSmallDisk(dataDir) : undefined,
    liar: await startRpcProxy(`http://127.0.0.1:${ports.chain}`),
  };
  try {
    options.report("starting the system …");
    const overrides = throughProxies(proxies, machine);
    system = await startSystem(dataDir, { ports, standbyPort, confirmations: String(CONFIRMATIONS), overrides });
    const watchers = { watcher: ports.watcher, "watcher-2": standbyPort };
    return await breakAndAudit(system, { proxies, watchers, machine }, options);
  } finally {
    await system?.stop();
    await closeAll(proxies);
    await machine.liar.close();
    await machine.disk?.unmount();
  }
}

/** Ports for the system, and proxies on ports of their own. What is free at one look can be taken at the next: hence again, if need be. */
async function layOut(): Promise<{ ports: StackPorts; standbyPort: number; proxies: Proxies }> {
  for (;;) {
    const ports = await freePorts();
    const { watcher: standbyPort } = await freePorts();
    const proxies: Proxies = {
      "the watcher from the chain": await startTcpProxy(`http://127.0.0.1:${ports.chain}`),
      "the functions from the chain": await startTcpProxy(`http://127.0.0.1:${ports.chain}`),
      "the API from the chain": await startTcpProxy(`http://127.0.0.1:${ports.chain}`),
      "FAASTHB1's functions from their bank": await startTcpProxy(`http://127.0.0.1:${ports.banks[0]}`),
      "WHSKTHB1's functions from their bank": await startTcpProxy(`http://127.0.0.1:${ports.banks[1]}`),
    };
    const own = Object.values(ports).flat();
    const others = [standbyPort, ...Object.values(proxies).map(({ url }) => Number(new URL(url).port))];
    if (others.every((port) => !own.includes(port)) && new Set(others).size === others.length)
      return { ports, standbyPort, proxies };
    await closeAll(proxies);
  }
}

async function closeAll(proxies: Proxies): Promise<void> {
  await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
}

function throughProxies(proxies: Proxies, { liar, clocks, disk }: Machine): Record<string, Record<string, string>> {
  const url = (name: string) => (proxies[name]?.url ?? "").replace(/\/$/, "");
  // Both ways to a node are cut: watcher and functions go by WebSocket, the API by HTTP.
  const socketUrl = (name: string) => url(name).replace(/^http/, "ws");
  const watcher = {
    CHAIN_RPC_URL: `${liar.url},${socketUrl("the watcher from the chain")}`,
    SWEEP_AFTER_MS: String(SWEEP_AFTER_MS),
  };
  const legs = (bank: string, proxy: string) =>
    ["debit", "credit", "refund"].map((kind): [string, Record<string, string>] => [
      `${bank}-${kind}`,
      { CHAIN_RPC_URL: socketUrl("the functions from the chain"), BANK_URL: url(proxy) },
    ]);
  return {
    watcher,
    "watcher-2": watcher,
    api: { CHAIN_RPC_URL: url("the API from the chain"), ...clocks?.environmentOf("api") },
    "bank-faas": { ...(disk !== undefined && { LEDGER_FILE: disk.ledgerFile }), ...clocks?.environmentOf("bank-faas") },
    "bank-whsk": { ...clocks?.environmentOf("bank-whsk") },
    ...Object.fromEntries([
      ...legs("faas", "FAASTHB1's functions from their bank"),
      ...legs("whsk", "WHSKTHB1's functions from their bank"),
    ]),
  };
}

async function breakAndAudit(
  system: System,
  { proxies, watchers, machine }: { proxies: Proxies; watchers: Record<string, number>; machine: Machine },
  options: { minutes: number; seed: number; acts: readonly Act[]; report: (line: string) => void },
): Promise<FaultReport> {
  const { seed, acts, report } = options;
  const { provider } = system.chain;
  // Time makes blocks here, not transactions: else nothing would become final.
  await provider.send("evm_setAutomine", [false]);
  await provider.send("evm_setIntervalMining", [BLOCK_MS]);
  const recorder = await startRecorder(system, createRandom(seed, "recorder"));
  const reader = startStreamReader(system);
  try {
    const load = await startLoad(system, createRandom(seed, "load"));
    const over = new AbortController();
    const laterHolders: LaterHolder[] = [];
    const { burst, ask } = load;
    const victims = {
      system,
      proxies,
      watchers,
      machine,
      burst,
      ask,
      laterHolders,
      heardAt: recorder.heardAt,
      maxDepth: MAX_DEPTH,
    };
    const nemesis = runNemesis(victims, createRandom(seed, "acts"), { acts, report }, over.signal);
    const endsAt = performance.now() + options.minutes * 60_000;
    // A nemesis that fails ends the run.
    while (performance.now() < endsAt) await Promise.race([sleep(POLL_MS), nemesis]);
    over.abort();
    const injected = await nemesis;
    report("healing …");
    const promised = await load.finish();
    const { violations, connections } = await auditSystem(system, {
      promised,
      recorder,
      reader,
      watchers: Object.keys(watchers),
      laterHolders,
    });
    return { asked: promised.size, promised: system.api.accepted.size, injected, streams: connections, violations };
  } finally {
    await recorder.close();
    await reader.finish();
  }
}
