import { type Result, toUtf8String } from "ethers";
import type { AuditedBlock, AuditedLog } from "../../../src/receipts/read-block.js";
import { TransferStateRepo__factory } from "../../../types/ethers-contracts/index.js";

/** A transfer as the blocks tell it: amounts in minor units as text, `steps` the states it entered. */
export interface AuditedTransfer {
  id: string;
  state: string;
  payerBank: string;
  payeeBank: string;
  currency: number;
  amount: string;
  steps: { state: string; block: number; time: number; transaction: string }[];
}

/** What was counted; `completedBySecond` by seconds of block time. */
export interface Recount {
  transfers: ReadonlyMap<string, AuditedTransfer>;
  completedBySecond: ReadonlyMap<number, number>;
  /** The first event's number and the last's; a successor's contract goes on where its predecessor ended. */
  events: { first: bigint; last: bigint } | undefined;
  add(block: AuditedBlock): void;
}

// Its own list, not the services': an audit shares nothing with what it audits but the contract's interface.
const ENTERED: Readonly<Record<string, string>> = {
  TransferPending: "PENDING",
  TransferCompleted: "COMPLETED",
  TransferRejected: "REJECTED",
  TransferReversing: "REVERSING",
  TransferReversed: "REVERSED",
  TransferSuspended: "SUSPENDED",
};
const STATES = ["NONE", "STARTED", "PENDING", "COMPLETED", "REJECTED", "REVERSING", "REVERSED", "SUSPENDED"];

/** Counts transfers from a contract's logs alone. `add` throws where its events have a gap, or one is about a transfer unheard of. */
export function createRecount(): Recount {
  const contract = TransferStateRepo__factory.createInterface();
  const transfers = new Map<string, AuditedTransfer>();
  const completedBySecond = new Map<number, number>();
  let events: { first: bigint; last: bigint } | undefined;

  function addLog(block: AuditedBlock, log: AuditedLog): void {
    const event = contract.parseLog(log);
    if (event === null || !event.fragment.inputs.some(({ name }) => name === "sequence")) return;
    const { sequence, id } = event.args as unknown as { sequence: bigint; id: string };
    events ??= { first: sequence, last: sequence - 1n };
    if (sequence !== events.last + 1n) throw new Error(`After event ${events.last} comes ${sequence}, in block ${block.number}.`);
    events.last = sequence;
    if (event.name === "TransferStarted") transfers.set(id, started(id, event.args));
    const state = enteredBy(event.name, event.args);
    if (state === undefined) return;
    const transfer = transfers.get(id);
    if (transfer === undefined) throw new Error(`Event ${sequence} is about ${id}, which was never started.`);
    transfer.state = state;
    transfer.steps.push({ state, block: block.number, time: block.timestamp, transaction: log.transactionHash });
    if (state === "COMPLETED") completedBySecond.set(block.timestamp, (completedBySecond.get(block.timestamp) ?? 0) + 1);
  }

  return {
    transfers,
    completedBySecond,
    get events() {
      return events;
    },
    add: (block) => {
      for (const log of block.logs) addLog(block, log);
    },
  };
}

function enteredBy(name: string, args: Result): string | undefined {
  if (name === "TransferStarted") return "STARTED";
  return name === "TransferResolved" ? STATES[Number(args.to)] : ENTERED[name];
}

function started(id: string, args: Result): AuditedTransfer {
  const bank = (bytes8: string) => toUtf8String(bytes8);
  return {
    id,
    state: "STARTED",
    payerBank: bank(args.payerBank),
    payeeBank: bank(args.payeeBank),
    currency: Number(args.currency),
    amount: String(args.amount),
    steps: [],
  };
}
