import { TransferStateRepo__factory } from "../../../types/ethers-contracts/index.js";
import { bankIdFromBytes } from "../../domain/ids.js";
import { reasonFromBytes4 } from "../../domain/reason.js";
import { REFUSALS, type Refusal, type State, stateFromNumber } from "../../domain/transfer-state.js";
import { readWords, type Words } from "./abi-words.js";

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
  OutcomeProposed: "eventmachine.transfer.outcome-proposed",
  OutcomeWithdrawn: "eventmachine.transfer.outcome-withdrawn",
  OutcomeConfirmed: "eventmachine.transfer.outcome-confirmed",
  TransitionRefused: "eventmachine.transfer.refused",
} as const;

/** The types of a transfer's history. A refusal changes nothing, and anybody can cause one: it is no part of the history. */
export const HISTORY_EVENT_TYPES = Object.values(EVENT_TYPES).filter((type) => type !== EVENT_TYPES.TransitionRefused);

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
 * - `state`: the state the transfer entered by it; absent where it entered none (refusals, proposals, the confirmation of an outcome,
 *   whose state is that of the event that follows it).
 * - `to`: the state that a proposal or the confirmation of an outcome names.
 * - `by`: the addresses, in lower case, of the people behind a proposal, a withdrawal, a resolution or an outcome; where two are, the
 *   proposer first.
 * - `resumptions`: how often the transfer was resumed, a resolution's own resumption included.
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
  to?: State;
  by?: string[];
  resumptions?: number;
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
const BANK_BYTES = 8;
const REASON_BYTES = 4;
const ADDRESS_DIGITS = 40;

type EventName = keyof typeof EVENT_TYPES;
type Read = (words: Words, topics: readonly string[]) => Partial<ChainEvent>;

// Where each event's arguments stand in its data, after the sequence. Tested against ethers for every event of the contract.
const entered =
  (state: State): Read =>
  (words) => ({ state, ...evidence(words, 1) });
const refusedByBank =
  (state: State): Read =>
  (words) => ({ state, ...reason(words, 1), ...evidence(words, 2) });

const READERS: Record<EventName, Read> = {
  TransferStarted: (words, topics) => ({ state: "STARTED", started: readStarted(words, topics) }),
  TransferPending: entered("PENDING"),
  TransferCompleted: entered("COMPLETED"),
  TransferRejected: refusedByBank("REJECTED"),
  TransferReversing: refusedByBank("REVERSING"),
  TransferReversed: entered("REVERSED"),
  TransferSuspended: (words) => ({
    state: "SUSPENDED",
    suspendedFrom: stateFromNumber(words.big(1)),
    ...reason(words, 2),
    ...evidence(words, 3),
  }),
  ResolutionProposed: (words) => ({ to: stateFromNumber(words.big(1)), ...reason(words, 2), by: addresses(words, 3) }),
  ResolutionWithdrawn: (words) => ({ by: addresses(words, 1) }),
  TransferResolved: (words) => ({
    state: stateFromNumber(words.big(1)),
    ...reason(words, 2),
    by: addresses(words, 3, 4),
    resumptions: words.number(5),
  }),
  OutcomeProposed: (words) => ({
    to: stateFromNumber(words.big(1)),
    ...reason(words, 2),
    ...evidence(words, 3),
    by: addresses(words, 4),
  }),
  OutcomeWithdrawn: (words) => ({ by: addresses(words, 1) }),
  OutcomeConfirmed: (words) => ({ to: stateFromNumber(words.big(1)), by: addresses(words, 2, 3) }),
  TransitionRefused: (words) => ({
    refusal: {
      current: stateFromNumber(words.big(1)),
      to: stateFromNumber(words.big(2)),
      cause: REFUSALS[words.number(3)] ?? "NONE",
    },
  }),
};

const NAMES = new Map(
  (Object.keys(EVENT_TYPES) as EventName[]).map((name): [string, EventName] => [contract.getEvent(name).topicHash, name]),
);

/**
 * Decodes a log of TransferStateRepo; `undefined` for an event that is not a transfer's (a change of authority).
 * @throws AppError `chain-unavailable` for a log that is none of the contract's.
 */
export function decodeEvent(log: RawLog): ChainEvent | undefined {
  const { topics } = log;
  const name = NAMES.get(topics[0] ?? "");
  if (name === undefined) return undefined;
  const words = readWords(log.data);
  return {
    type: EVENT_TYPES[name],
    sequence: words.big(0),
    transferId: (topics[1] ?? "").toLowerCase(),
    ...READERS[name](words, topics),
    blockNumber: log.blockNumber,
    blockHash: log.blockHash,
    logIndex: log.index,
    transactionHash: log.transactionHash,
  };
}

function readStarted(words: Words, topics: readonly string[]): StartedData {
  const bank = (topic: string | undefined) => bankIdFromBytes(readWords(topic ?? "").left(0, BANK_BYTES));
  return {
    payerBank: bank(topics[2]),
    payeeBank: bank(topics[3]),
    currencyNumeric: words.number(1),
    amountMinor: words.big(2),
    deadlineSeconds: words.number(3),
    details: words.bytes(4),
  };
}

function reason(words: Words, index: number): { reason?: string } {
  const found = reasonFromBytes4(words.left(index, REASON_BYTES));
  return found === undefined ? {} : { reason: found };
}

function addresses(words: Words, ...indices: number[]): string[] {
  return indices.map((index) => `0x${words.digits(index).slice(-ADDRESS_DIGITS).toLowerCase()}`);
}

function evidence(words: Words, index: number): { evidence?: string } {
  const hash = `0x${words.digits(index).toLowerCase()}`;
  return hash === ZERO_HASH ? {} : { evidence: hash };
}
