import type { EVENT_TYPES } from "../../src/chain/contracts/chain-event.js";
import { TransferStateRepo__factory } from "../../types/ethers-contracts/index.js";
import type { Faults } from "./faults.js";
import type { Random } from "./random.js";
import type { Process, Scheduler } from "./scheduler.js";

interface Log {
  topics: string[];
  data: string;
  blockNumber: string;
  logIndex: string;
}

const PRUNED_MS = 3_000;
const PRUNED_BLOCKS = 12;
const contract = TransferStateRepo__factory.createInterface();
const topicOf = (name: keyof typeof EVENT_TYPES) => contract.getEvent(name).topicHash;
const [REVERSING, COMPLETED] = [topicOf("TransferReversing"), topicOf("TransferCompleted")];
const WORD_DIGITS = 64;

/** The answers of a node that lies, or has silently lost its past, in the place of the truth. */
export function createLies({ scheduler, random, faults }: { scheduler: Scheduler; random: Random; faults: Faults }) {
  const pruned = new Map<Process, { until: number; upTo: number }>();

  function lie(
    process: Process,
    { method, params }: { method: string; params: unknown[] },
    value: unknown,
    head: number,
  ): unknown {
    if (faults.strikes("rpc: silently pruned")) {
      pruned.set(process, { until: scheduler.now() + PRUNED_MS, upTo: head - random.between(0, PRUNED_BLOCKS) });
    }
    const lost = pruned.get(process);
    const upTo = lost !== undefined && lost.until >= scheduler.now() && faults.on ? lost.upTo : -1;
    if (method === "eth_getLogs") return forge((value as Log[]).filter(({ blockNumber }) => Number(blockNumber) > upTo));
    const [, block] = params;
    const isLost = method === "eth_call" && typeof block === "string" && block.startsWith("0x") && Number(block) <= upTo;
    return isLost ? "0x" : value;
  }

  function forge(logs: Log[]): Log[] {
    const last = logs.at(-1);
    if (last === undefined || !faults.strikes("rpc: log forged")) return logs;
    const refused = logs.findLastIndex(({ topics }) => topics[0] === REVERSING);
    // The payee's bank refused, and the node says that it has paid.
    if (refused >= 0) return logs.map((log, index) => (index === refused ? asCompleted(log) : log));
    if (random.chance(0.5)) return [...logs.slice(0, -1), { ...last, data: `${last.data.slice(0, -8)}deadbeef` }];
    const sequence = (BigInt(last.data.slice(0, 2 + WORD_DIGITS)) + 1n).toString(16).padStart(WORD_DIGITS, "0");
    return [
      ...logs,
      {
        ...last,
        data: `0x${sequence}${last.data.slice(2 + WORD_DIGITS)}`,
        logIndex: `0x${(Number(last.logIndex) + 1).toString(16)}`,
      },
    ];
  }

  return { lie };
}

function asCompleted(log: Log): Log {
  return {
    ...log,
    topics: [COMPLETED, ...log.topics.slice(1)],
    data: `${log.data.slice(0, 2 + WORD_DIGITS)}${log.data.slice(-WORD_DIGITS)}`,
  };
}
