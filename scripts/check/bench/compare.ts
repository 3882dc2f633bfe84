import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { DEMO_BANKS } from "../../stack/demo-network.js";
import type { Stack } from "../../stack/stack.js";
import { accountOf, createCustomers } from "./customers.js";
import { type Engine, type EngineName, startEngine } from "./engines/engines.js";
import type { EngineTransfer } from "./engines/workflow.js";
import { assertNoneRefused, type Customers, type LoadTarget, runLoad } from "./load.js";
import { checkMoney } from "./money.js";
import { readUsage } from "./process-usage.js";
import {
  type Durations,
  type Latency,
  type SaturationFigures,
  type Subject,
  saturate,
  timeAt,
  untilNoneMissing,
} from "./subject.js";

/** What a workflow engine does with the same two bank calls, and no chain. */
export interface EngineFigures extends SaturationFigures {
  /** At 25 % of its own saturation. */
  latencyMs: { at25: Latency };
}

/** Each bank call by itself, and with Event Machine's connector, which groups them. */
export type EngineComparison = Record<"single" | "grouped", EngineFigures>;

// What each does the most transfers with. More than that and DBOS gets slower; Restate runs a thousand at once.
const BACKLOG_TRANSFERS: Record<EngineName, number> = { dbos: 50, restate: 900 };

/** `system`: the whole of Event Machine, in transfers/s, before the engines and after them: a machine's speed is not the same for long. */
export interface CompareFigures {
  system: [number, number];
  engines: Partial<Record<EngineName, EngineComparison>>;
}

interface EngineOptions extends Durations {
  amountMinor: string;
  customersPerBank: number;
}

/** Measures engines one after the other on a stack of only banks. `wrong`: what does not add up. */
export async function measureEngines(
  stack: Stack,
  names: readonly EngineName[],
  options: EngineOptions,
): Promise<{ engines: CompareFigures["engines"]; wrong: string[] }> {
  const customers = await createCustomers(stack, options.customersPerBank, { register: false });
  const ledger = openLedger(stack);
  let accepted = 0;
  const measure = async (name: EngineName, grouped: boolean) => {
    const engine = await startEngine(name, stack, { grouped });
    try {
      const bench = {
        ...options,
        stack,
        engine,
        ledger,
        customers,
        accepted: 0,
        name: grouped ? `${name}, grouped` : name,
      };
      const figures = await measureEngine(bench, BACKLOG_TRANSFERS[name]);
      accepted += bench.accepted;
      return figures;
    } finally {
      await engine.stop();
    }
  };
  try {
    const engines: CompareFigures["engines"] = {};
    for (const name of names) engines[name] = { single: await measure(name, false), grouped: await measure(name, true) };
    return { engines, wrong: await checkMoney(stack, accepted, options.amountMinor) };
  } finally {
    ledger.close();
  }
}

interface EngineBench extends EngineOptions {
  stack: Stack;
  engine: Engine;
  ledger: Ledger;
  customers: Customers;
  name: string;
  /** Transfers that it has taken on so far. */
  accepted: number;
}

async function measureEngine(bench: EngineBench, backlog: number): Promise<EngineFigures> {
  const subject = subjectOf(bench);
  const saturated = await saturate(subject, bench, { name: bench.name, backlog });
  const saturation = saturated.transfersPerSecond;
  const at25 = await timeAt(subject, bench, { name: bench.name, percent: 25, saturation });
  return { ...saturated, latencyMs: { at25 } };
}

/** An engine under load: the payees' bank says what is completed. */
function subjectOf(bench: EngineBench): Subject<number> {
  const { stack, engine, ledger } = bench;
  const before = ledger.credited();
  const completed = async () => ledger.credited() - before;
  return {
    completed,
    mark: completed,
    completedBetween: async (from, to) => to - from,
    async send(phase, load) {
      const result = await runLoad({ ...load, target: targetOf(bench, `${bench.name.replace(/\W+/, "-")}-${phase}`) });
      bench.accepted += result.accepted;
      assertNoneRefused(result, `${stack.dataDir}/logs`);
      return result;
    },
    async usage() {
      const pids = [...stack.children, ...engine.children].map(([child, { pid }]): [string, number] => [child, pid]);
      return await readUsage(new Map([...pids, ["load", process.pid]]));
    },
    drain: (progress) => untilNoneMissing(async () => bench.accepted - (await completed()), "transfers", progress),
  };
}

function targetOf({ engine, customers, amountMinor }: EngineBench, run: string): LoadTarget {
  const { payers, payees } = customers;
  return {
    url: engine.url,
    request(index, waitSeconds) {
      const transfer: Omit<EngineTransfer, "id"> = {
        payerAccount: accountOf(payers[index % payers.length] as string),
        payeeAccount: accountOf(payees[(index * 7) % payees.length] as string),
        amountMinor,
      };
      return { path: `/transfer/${run}-${index}/run${waitSeconds > 0 ? "" : "/send"}`, body: transfer };
    },
  };
}

interface Ledger {
  /** How many transfers of one minor unit each the payees' bank has credited. */
  credited(): number;
  close(): void;
}

function openLedger(stack: Stack): Ledger {
  const database = new DatabaseSync(join(stack.dataDir, "ledgers", `${DEMO_BANKS[1].name}.sqlite`), { readOnly: true });
  const clearing = database.prepare("SELECT coalesce(sum(balance_minor), 0) AS owed FROM accounts WHERE kind = 'clearing'");
  return {
    credited: () => Math.abs(Number(clearing.get()?.owed)),
    close: () => database.close(),
  };
}
