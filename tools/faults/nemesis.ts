import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../simulation/random.js";
import { createMachineActs } from "./machine-acts.js";
import { createRecoveries, type Recoveries } from "./recover.js";
import type { Victims } from "./victims.js";

/**
 * What was done, how often; how long after a kill -9 of the watcher that works the next delivery came, by the standby; and how long each
 * service took from its restart until it worked. In milliseconds.
 */
export interface Injected {
  counts: Record<string, number>;
  recoveriesMs: number[];
  recoveries: Recoveries;
}

export const ACTS = [
  ...(["kill-watcher", "kill", "stop", "cut", "bank", "postgres", "chain", "recover"] as const),
  ...(["clock", "disk", "memory", "latency", "lying-bank", "lying-node", "move"] as const),
];
export type Act = (typeof ACTS)[number];

/** How often each is chosen. */
const WEIGHTS: Record<Act, number> = {
  ...{ "kill-watcher": 2, kill: 2, stop: 2, cut: 2, bank: 1, postgres: 1, chain: 2, recover: 1 },
  ...{ clock: 1, disk: 1, memory: 1, latency: 1, "lying-bank": 1, "lying-node": 1, move: 1 },
};
const PAUSE_MS = { low: 300, high: 2_500 };
// Beyond the lease of a watcher, so that another takes over and the stale one is fenced.
const STOP_MS = { low: 500, high: 12_000 };
const CUT_MS = { low: 100, high: 3_000 };
const BANK_MS = { low: 500, high: 4_000 };
const RESTART_MS = { low: 0, high: 1_500 };
const FORK_MS = { low: 200, high: 1_500 };
const RECOVERY_LIMIT_MS = 60_000;
const POLL_MS = 10;

/** Breaks a running system, one thing after another, until the signal aborts; then puts everything right. */
export async function runNemesis(
  victims: Victims,
  random: Random,
  options: { acts: readonly Act[]; report: (line: string) => void },
  signal: AbortSignal,
): Promise<Injected> {
  const { system, proxies } = victims;
  const injected: Injected = { counts: {}, recoveriesMs: [], recoveries: {} };
  const recovery = createRecoveries(victims, injected.recoveries);
  const legs = ["faas", "whsk"].flatMap((bank) => ["debit", "credit", "refund"].map((kind) => `${bank}-${kind}`));
  const services = ["api", "bank-faas", "bank-whsk", ...legs];
  const wait = ({ low, high }: { low: number; high: number }) => sleep(random.between(low, high));
  const note = (what: string) => {
    injected.counts[what] = (injected.counts[what] ?? 0) + 1;
    options.report(what);
  };

  const acts = createMachineActs(victims, random, note);

  /** The one that holds the lease; the other takes over. */
  async function killWatcher(): Promise<void> {
    const name = await activeWatcher(victims);
    if (name === undefined) return;
    note("kill -9 of the working watcher");
    const killedAt = performance.now();
    await system.kill(name);
    // What it sent before it died is not counted.
    const endedAt = performance.now();
    while (victims.heardAt() < endedAt && performance.now() - killedAt < RECOVERY_LIMIT_MS) await sleep(POLL_MS);
    // There may have been nothing to deliver; the oracle tells whether something was lost.
    if (victims.heardAt() < endedAt) note("no delivery within a minute of a kill");
    else injected.recoveriesMs.push(Math.round(victims.heardAt() - killedAt));
    await wait(RESTART_MS);
    await system.stack.restart(name);
  }

  async function killOther(): Promise<void> {
    const name = random.pick(services);
    note(`kill -9 ${name}`);
    await system.kill(name);
    await wait(RESTART_MS);
    await system.stack.restart(name);
  }

  async function stopAndContinue(): Promise<void> {
    const watcher = random.chance(0.5) ? await activeWatcher(victims) : undefined;
    const name = watcher ?? random.pick(services);
    note(`SIGSTOP ${watcher === undefined ? name : "the working watcher"}`);
    const child = system.stack.children.get(name);
    child?.kill("SIGSTOP");
    await wait(STOP_MS);
    child?.kill("SIGCONT");
  }

  async function cut(): Promise<void> {
    const name = random.pick(Object.keys(proxies));
    note(`cut ${name}`);
    proxies[name]?.refuse(true);
    await wait(CUT_MS);
    proxies[name]?.refuse(false);
  }

  async function breakBank(): Promise<void> {
    const bank = random.pick([system.payerBank, system.payeeBank]);
    const fault = random.pick([
      { dropReplyAfterCommit: 3 },
      { failBeforeCommit: 3 },
      { status503: 5, on: ["post", "find", "close"] as ("post" | "find" | "close")[] },
      { status500AfterCommit: 3 },
      { garbleReplyAfterCommit: 3 },
      { delayBeforeMs: 6_000 },
      { delayAfterMs: 6_000 },
    ]);
    note(`bank: ${Object.keys(fault)[0]}`);
    await bank.setFaults(fault);
    await wait(BANK_MS);
    await bank.setFaults({});
  }

  async function restartPostgres(): Promise<void> {
    note("restart PostgreSQL");
    const child = system.stack.children.get("postgres");
    child?.kill("SIGTERM");
    await child?.ended;
    await system.stack.restart("postgres");
  }

  /** Blocks come by the clock meanwhile; what was in those that are gone is gone with them. */
  async function rollBackChain(): Promise<void> {
    const { provider } = system.chain;
    const snapshot: unknown = await provider.send("evm_snapshot", []);
    const from = await provider.getBlockNumber();
    await wait(FORK_MS);
    const depth = (await provider.getBlockNumber()) - from;
    if (depth === 0 || depth > victims.maxDepth) return;
    await provider.send("evm_revert", [snapshot]);
    // Another block in the place of the first that is gone, whatever was in it.
    await provider.send("hardhat_setCoinbase", [`0x${random.bytes(20).toString("hex")}`]);
    for (let block = 0; block <= depth; block += 1) await provider.send("evm_mine", []);
    note("chain rolled back");
    options.report(`    ${depth} blocks`);
  }

  const doers: Record<Act, () => Promise<void>> = {
    "kill-watcher": killWatcher,
    kill: killOther,
    stop: stopAndContinue,
    cut,
    bank: breakBank,
    postgres: restartPostgres,
    chain: rollBackChain,
    recover: async () => note(await recovery.next()),
    clock: acts.stepClock,
    disk: acts.fillDisk,
    memory: acts.starveMemory,
    latency: acts.slowLink,
    "lying-bank": acts.lieAsBank,
    "lying-node": acts.lieAsNode,
    move: acts.moveNumber,
  };
  const chosen = options.acts.flatMap((act) => Array.from({ length: WEIGHTS[act] }, () => act));
  while (!signal.aborted) {
    await doers[random.pick(chosen)]();
    await wait(PAUSE_MS);
  }
  for (const proxy of Object.values(proxies)) proxy.refuse(false);
  await Promise.all([system.payerBank.setFaults({}), system.payeeBank.setFaults({})]);
  return injected;
}

/** The watcher that holds the lease; `undefined` while none can be told. */
async function activeWatcher({ watchers }: Victims): Promise<string | undefined> {
  for (const [name, port] of Object.entries(watchers)) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(1_000) })
      .then((response) => response.json())
      .catch(() => undefined);
    if ((ready as { role?: string } | undefined)?.role === "active") return name;
  }
  return undefined;
}
