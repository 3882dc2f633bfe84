import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { type System, transferBody } from "../system/stack.js";
import type { Victims } from "./victims.js";

// Work that was under way when a service was killed comes to the chain meanwhile, and is not taken for work of the service's next life.
const SETTLES_MS = 1_000;
const POLL_MS = 10;
const LIMIT_MS = 60_000;

/** How a service shows that it works again. */
type Proof = "answers" | "delivers" | "accepts" | keyof typeof EVENTS;

const EVENTS = { debits: "TransferPending", credits: "TransferCompleted", refunds: "TransferReversed" } as const;

/**
 * Every service, and the work that it is asked for under load; the legs of a bank that the load gives no work answer their health check
 * only. `alone`: its standby is away.
 */
const SERVICES: { name: string; label: string; proof: Proof; alone?: true }[] = [
  { name: "api", label: "API to a start that is accepted", proof: "accepts" },
  { name: "watcher", label: "watcher alone to a delivery", proof: "delivers", alone: true },
  { name: "faas-debit", label: "debit to a debit on the chain", proof: "debits" },
  { name: "whsk-credit", label: "credit to a credit on the chain", proof: "credits" },
  { name: "faas-refund", label: "refund to a refund on the chain", proof: "refunds" },
  { name: "bank-faas", label: "payers' bank to a debit on the chain", proof: "debits" },
  { name: "bank-whsk", label: "payees' bank to a credit on the chain", proof: "credits" },
  { name: "whsk-debit", label: "debit without work to its health check", proof: "answers" },
  { name: "faas-credit", label: "credit without work to its health check", proof: "answers" },
  { name: "whsk-refund", label: "refund without work to its health check", proof: "answers" },
  { name: "function-host", label: "function host to its health check", proof: "answers" },
  { name: "postgres", label: "PostgreSQL to a start that is accepted", proof: "accepts" },
];

/** Milliseconds from each restart until the service worked, by the service. */
export type Recoveries = Record<string, number[]>;

/** Kills one service after another under load, and measures how long each takes from its restart until it works. */
export function createRecoveries(victims: Victims, recoveries: Recoveries) {
  let turn = 0;

  async function untilWorking(proof: Proof, restarted: Promise<void>): Promise<void> {
    const { system } = victims;
    const since = performance.now();
    const block = await system.chain.provider.getBlockNumber();
    const works = async (): Promise<boolean> => {
      if (proof === "answers") return await restarted.then(() => true);
      if (proof === "delivers") return victims.heardAt() > since;
      if (proof === "accepts") return await accepts(system);
      return await isOnChain(system, EVENTS[proof], block + 1);
    };
    while (performance.now() - since < LIMIT_MS) {
      if (await works().catch(() => false)) return;
      await sleep(POLL_MS);
    }
    throw new Error(`A service was not at work within ${LIMIT_MS} ms of its restart.`);
  }

  /** Kills the next service, starts it again, and waits until it works. Returns what was done. */
  async function next(): Promise<string> {
    const { system, watchers } = victims;
    const service = SERVICES[turn++ % SERVICES.length] as (typeof SERVICES)[number];
    const away = service.alone ? Object.keys(watchers) : [service.name];
    if (service.name === "postgres") await crashPostgres(system);
    else for (const name of away) await system.kill(name);
    await sleep(SETTLES_MS);
    const restartedAt = performance.now();
    const restarted = system.stack.restart(service.name);
    await Promise.all([restarted, untilWorking(service.proof, restarted)]);
    const label = `kill -9, ${service.label}`;
    recoveries[label] ??= [];
    recoveries[label].push(Math.round(performance.now() - restartedAt));
    for (const name of away.filter((one) => one !== service.name)) await system.stack.restart(name);
    return `kill -9 ${service.name} to measure its recovery`;
  }

  return { next };
}

/** The server without a word to anyone, as a loss of power does, and the process that keeps it. */
async function crashPostgres({ kill, stack }: System): Promise<void> {
  const [pid] = (await readFile(join(stack.dataDir, "postgres", "postmaster.pid"), "utf8")).split("\n");
  // In this order: the process that keeps it would take it along in good order.
  process.kill(Number(pid), "SIGQUIT");
  await kill("postgres");
}

async function accepts(system: System): Promise<boolean> {
  const payer = system.customers.find(({ bank }) => bank === system.payerBank);
  const payee = system.customers.findLast(({ bank }) => bank === system.payeeBank);
  if (payer === undefined || payee === undefined) throw new Error("There is nobody to pay.");
  const answer = await Promise.race([system.api.post(transferBody(payer, payee, 1n)), sleep(LIMIT_MS, undefined)]);
  return answer?.status === 202;
}

async function isOnChain({ chain }: System, event: (typeof EVENTS)[keyof typeof EVENTS], fromBlock: number): Promise<boolean> {
  const topics = [chain.transfers.interface.getEvent(event).topicHash];
  const address = chain.deployment.contracts.transferStateRepo;
  return (await chain.provider.getLogs({ address, topics, fromBlock, toBlock: "latest" })).length > 0;
}
