import type { LogDescription } from "ethers";
import { TransferStateRepo__factory } from "../../types/ethers-contracts/index.js";
import { bankIdFromBytes } from "../domain/ids.js";
import { reasonFromBytes4 } from "../domain/reason.js";
import { REFUSALS, type Refusal, type State, stateFromNumber } from "../domain/transfer-state.js";

/** The CloudEvents types of the contract's events, by the event's name in Solidity. */
export const EVENT_TYPES = {
  TransferStarted: "eventmachine.transfer.started",
  TransferPending: "eventmachine.transfer.pending",
  TransferCompleted: "eventmachine.transfer.completed",
  TransferRejected: "eventmachine.transfer.rejected",
  TransferReversing: "eventmachine.transfer.reversing",
  TransferReversed: "eventmachine.transfer.reversed",
  TransferSuspended: "eventmachine.transfer.suspended",
  ResolutionProposed: "eventmachine.transfer.resolution-proposed",
  ResolutionWithdrawn: "eventmachine.transfer.resolution-withdrawn",
  TransferResolved: "eventmachine.transfer.resolved",
  TransitionRefused: "eventmachine.transfer.refused",
} as const;

export type EventType = (typeof EVENT_TYPES)[keyof typeof EVENT_TYPES];

/** What a start says; money in minor units, `details` in hex. */
export interface StartedData {
  payerBank: string;
  payeeBank: string;
  currencyNumeric: number;
  amountMinor: bigint;
  deadlineSeconds: number;
  details: string;
}

/**
 * One event of TransferStateRepo, decoded.
 *
 * - `sequence`: the contract's gapless counter.
 * - `state`: the state the transfer entered by it; absent where it entered none (refusals, proposals).
 * - `transferId`, hashes: lower-case hex.
 */
export interface ChainEvent {
  type: EventType;
  sequence: bigint;
  transferId: string;
  state?: State;
  suspendedFrom?: State;
  reason?: string;
  evidence?: string;
  refusal?: { current: State; to: State; cause: Refusal };
  started?: StartedData;
  blockNumber: number;
  blockHash: string;
  logIndex: number;
  transactionHash: string;
}

/** A log as a node returns it, in the parts that are read. */
export interface RawLog {
  topics: readonly string[];
  data: string;
  blockNumber: number;
  blockHash: string;
  index: number;
  transactionHash: string;
}

const contract = TransferStateRepo__factory.createInterface();
const ZERO_HASH = `0x${"0".repeat(64)}`;

const STATES_ENTERED: Partial<Record<string, State>> = {
  TransferStarted: "STARTED",
  TransferPending: "PENDING",
  TransferCompleted: "COMPLETED",
  TransferRejected: "REJECTED",
  TransferReversing: "REVERSING",
  TransferReversed: "REVERSED",
  TransferSuspended: "SUSPENDED",
};

/** Decodes a log of TransferStateRepo; `undefined` for an event that is not a transfer's (a change of authority). */
export function decodeEvent(log: RawLog): ChainEvent | undefined {
  const parsed = contract.parseLog(log);
  if (parsed === null || !(parsed.name in EVENT_TYPES)) return undefined;
  const event: ChainEvent = {
    type: EVENT_TYPES[parsed.name as keyof typeof EVENT_TYPES],
    sequence: parsed.args.sequence as bigint,
    transferId: parsed.args.id as string,
    blockNumber: log.blockNumber,
    blockHash: log.blockHash,
    logIndex: log.index,
    transactionHash: log.transactionHash,
  };
  addArguments(event, parsed);
  return event;
}

function addArguments(event: ChainEvent, { name, args }: LogDescription): void {
  const state = name === "TransferResolved" ? stateFromNumber(args.to as bigint) : STATES_ENTERED[name];
  if (state !== undefined) event.state = state;
  const reason = "reason" in args.toObject() ? reasonFromBytes4(args.reason as string) : undefined;
  if (reason !== undefined) event.reason = reason;
  const evidence = args.toObject().evidence as string | undefined;
  if (evidence !== undefined && evidence !== ZERO_HASH) event.evidence = evidence;
  if (name === "TransferSuspended") event.suspendedFrom = stateFromNumber(args.from as bigint);
  if (name === "TransferStarted") event.started = startedData(args);
  if (name === "TransitionRefused") {
    event.refusal = {
      current: stateFromNumber(args.current as bigint),
      to: stateFromNumber(args.to as bigint),
      cause: REFUSALS[Number(args.cause)] ?? "NONE",
    };
  }
}

function startedData(args: LogDescription["args"]): StartedData {
  return {
    payerBank: bankIdFromBytes(args.payerBank as string),
    payeeBank: bankIdFromBytes(args.payeeBank as string),
    currencyNumeric: Number(args.currency),
    amountMinor: args.amount as bigint,
    deadlineSeconds: Number(args.deadline),
    details: args.details as string,
  };
}
