import { ZeroHash } from "ethers";
import { PhoneAccountRepo__factory, TransferStateRepo__factory } from "../../../types/ethers-contracts/index.js";
import { bankIdFromBytes, bankIdToBytes } from "../../domain/ids.js";
import { reasonToBytes4 } from "../../domain/reason.js";
import { parsePhase, type State, stateNumber } from "../../domain/transfer-state.js";
import { readWords, WORD_BYTES, writeHex, writeNumber } from "./abi-words.js";
import type { ChainPhoneAccount, ChainTransfer, PhoneAccountHolder } from "./types.js";

// The calls that every transfer goes through, written out; tested byte for byte against ethers.

/**
 * A transfer to put on the chain. `details` in bytes, at most 1 024.
 *
 * - `transferId`: what the contract makes of the sender's organisation and `requestHash`; see `deriveTransferId`.
 */
export interface Start {
  transferId: string;
  requestHash: string;
  payerBank: string;
  payeeBank: string;
  currencyNumeric: number;
  amountMinor: bigint;
  deadlineSeconds: number;
  details: Uint8Array;
}

/** An outcome for the chain to record. */
export interface Transition {
  transferId: string;
  to: State;
  /** ISO 20022 external status reason code; for REJECTED, REVERSING and SUSPENDED. */
  reason?: string;
  /** Hash of the bank's receipt, 32 bytes in hex; may be absent for SUSPENDED only. */
  evidence?: string;
  /** How often the transfer was resumed when its posting was tried, 0 to 255; absent is 0. */
  resumptions?: number;
}

const contract = TransferStateRepo__factory.createInterface();
const SELECTOR_BYTES = 4;
const START_BATCH = contract.getFunction("startBatch").selector;
const ADVANCE = contract.getFunction("advance").selector;
const WORDS_OF = contract.getFunction("wordsOf").selector;
const phoneAccounts = PhoneAccountRepo__factory.createInterface();
const GET_ACCOUNTS = phoneAccounts.getFunction("getMany").selector;
const HOLDERS_OF = phoneAccounts.getFunction("holdersOf").selector;
const START_WORDS = 7;
const TRANSITION_WORDS = 4;
/** The bytes of calldata that one transition takes in `advance`. */
export const TRANSITION_BYTES = TRANSITION_WORDS * WORD_BYTES;
const HOLDER_WORDS = 2;
const BANK_BYTES = 8;
// Where the fields of a `TransferWord` stand in its 64 digits, the highest first: from, to.
const TRANSFER_DIGITS = {
  deadline: [0, 10],
  resumptions: [10, 12],
  amount: [12, 26],
  currency: [26, 30],
  payeeBank: [30, 46],
  payerBank: [46, 62],
  phase: [62, 64],
} as const;
const REASON_BYTES = 4;
const MAX_UINT16 = 0xffff;
const MAX_UINT40 = 2 ** 40 - 1;

/** The bytes of calldata that one start takes in `startBatch`, its offset included. */
export function startBytes({ details }: Start): number {
  return (START_WORDS + 2) * WORD_BYTES + wholeWords(details.length);
}

/** The calldata of `startBatch(Start[])`. @throws RangeError, or AppError `invalid-request`, for values that are none. */
export function encodeStartBatch(starts: readonly Start[]): string {
  const sizes = starts.map(({ details }) => (START_WORDS + 1) * WORD_BYTES + wholeWords(details.length));
  const calldata = beginArray(
    START_BATCH,
    starts.length,
    sizes.reduce((sum, size) => sum + size, 0) + starts.length * WORD_BYTES,
  );
  const heads = SELECTOR_BYTES + 2 * WORD_BYTES;
  let offset = starts.length * WORD_BYTES;
  for (const [index, start] of starts.entries()) {
    writeNumber(calldata, heads + index * WORD_BYTES, offset);
    writeStart(calldata, heads + offset, start);
    offset += sizes[index] as number;
  }
  return hexOf(calldata);
}

function writeStart(calldata: Buffer, at: number, start: Start): void {
  const { currencyNumeric, amountMinor, deadlineSeconds, details } = start;
  assertUint(currencyNumeric, MAX_UINT16);
  assertUint(deadlineSeconds, MAX_UINT40);
  const word = (index: number) => at + index * WORD_BYTES;
  writeHex(calldata, word(0), start.requestHash, WORD_BYTES);
  writeHex(calldata, word(1), bankIdToBytes(start.payerBank), BANK_BYTES);
  writeHex(calldata, word(2), bankIdToBytes(start.payeeBank), BANK_BYTES);
  writeNumber(calldata, word(3), currencyNumeric);
  writeNumber(calldata, word(4), amountMinor);
  writeNumber(calldata, word(5), deadlineSeconds);
  writeNumber(calldata, word(6), START_WORDS * WORD_BYTES);
  writeNumber(calldata, word(7), details.length);
  calldata.set(details, word(8));
}

/**
 * The calldata of `advance(Transition[])`; of `advanceResumed(Transition[],bytes)` where a transfer was resumed.
 *
 * @throws RangeError for values that are none.
 */
export function encodeAdvance(transitions: readonly Transition[]): string {
  if (transitions.some(({ resumptions = 0 }) => resumptions > 0)) return encodeAdvanceResumed(transitions);
  const calldata = beginArray(ADVANCE, transitions.length, transitions.length * TRANSITION_WORDS * WORD_BYTES);
  for (const [index, { transferId, to, reason, evidence }] of transitions.entries()) {
    const at = SELECTOR_BYTES + (2 + index * TRANSITION_WORDS) * WORD_BYTES;
    writeHex(calldata, at, transferId, WORD_BYTES);
    writeNumber(calldata, at + WORD_BYTES, stateNumber(to));
    writeHex(calldata, at + 2 * WORD_BYTES, reasonToBytes4(reason), REASON_BYTES);
    if (evidence !== undefined) writeHex(calldata, at + 3 * WORD_BYTES, evidence, WORD_BYTES);
  }
  return hexOf(calldata);
}

/** Resumed transfers are few, so that ethers' own coder serves. */
function encodeAdvanceResumed(transitions: readonly Transition[]): string {
  const items = transitions.map(({ transferId, to, reason, evidence = ZeroHash }) => ({
    id: transferId,
    to: stateNumber(to),
    reason: reasonToBytes4(reason),
    evidence,
  }));
  return contract.encodeFunctionData("advanceResumed", [
    items,
    Uint8Array.from(transitions, ({ resumptions = 0 }) => resumptions),
  ]);
}

function encodeIds(selector: string, ids: readonly string[]): string {
  const calldata = beginArray(selector, ids.length, ids.length * WORD_BYTES);
  for (const [index, id] of ids.entries()) writeHex(calldata, SELECTOR_BYTES + (2 + index) * WORD_BYTES, id, WORD_BYTES);
  return hexOf(calldata);
}

/** The calldata of `TransferStateRepo.wordsOf(TransferId[])`. */
export function encodeWordsOf(ids: readonly string[]): string {
  return encodeIds(WORDS_OF, ids);
}

/** What it answers about the ids asked for. @throws AppError `chain-unavailable` where it is something else. */
export function decodeWordsOf(data: string, ids: readonly string[]): ChainTransfer[] {
  const words = readWords(data);
  const count = words.number(1);
  return ids.map((id, index) => {
    // Fewer transfers than were asked for are an answer to another question.
    const word = words.digits(index < count ? 2 + index : words.count);
    const field = (name: keyof typeof TRANSFER_DIGITS) => `0x${word.slice(...TRANSFER_DIGITS[name])}`;
    return {
      id,
      ...parsePhase(Number(field("phase"))),
      payerBank: bankOrNone(field("payerBank")),
      payeeBank: bankOrNone(field("payeeBank")),
      currencyNumeric: Number(field("currency")),
      amountMinor: BigInt(field("amount")),
      resumptions: Number(field("resumptions")),
      deadlineSeconds: Number(field("deadline")),
    };
  });
}

/** The calldata of `PhoneAccountRepo.getMany(AliasId[])`. */
export function encodeGetAccounts(aliasIds: readonly string[]): string {
  return encodeIds(GET_ACCOUNTS, aliasIds);
}

/** What it answers about the aliases asked for. @throws AppError `chain-unavailable` where it is something else. */
export function decodeGetAccounts(data: string, aliasIds: readonly string[]): (ChainPhoneAccount | undefined)[] {
  const words = readWords(data);
  const count = words.number(1);
  const array = 2;
  return aliasIds.map((_aliasId, index) => {
    const at = array + words.number(index < count ? array + index : words.count) / WORD_BYTES;
    const bank = bankOrNone(words.left(at, BANK_BYTES));
    if (bank === "") return undefined;
    const sealed = words.bytes(at + 2, at);
    return { bank, version: words.number(at + 1), sealedAccount: Buffer.from(sealed.slice(2), "hex") };
  });
}

/** The calldata of `PhoneAccountRepo.holdersOf(AliasId[])`. */
export function encodeHoldersOf(aliasIds: readonly string[]): string {
  return encodeIds(HOLDERS_OF, aliasIds);
}

/** What it answers about the aliases asked for. @throws AppError `chain-unavailable` where it is something else. */
export function decodeHoldersOf(data: string, aliasIds: readonly string[]): (PhoneAccountHolder | undefined)[] {
  const words = readWords(data);
  const count = words.number(1);
  return aliasIds.map((_aliasId, index) => {
    const at = index < count ? 2 + index * HOLDER_WORDS : words.count;
    const bank = bankOrNone(words.left(at, BANK_BYTES));
    return bank === "" ? undefined : { bank, version: words.number(at + 1) };
  });
}

function bankOrNone(bytes8: string): string {
  return BigInt(bytes8) === 0n ? "" : bankIdFromBytes(bytes8);
}

/** Calldata with its selector, and the offset and length of its one array; room for `bytes` of the array's items. */
function beginArray(selector: string, length: number, bytes: number): Buffer {
  const calldata = Buffer.alloc(SELECTOR_BYTES + 2 * WORD_BYTES + bytes);
  writeHex(calldata, 0, selector, SELECTOR_BYTES);
  writeNumber(calldata, SELECTOR_BYTES, WORD_BYTES);
  writeNumber(calldata, SELECTOR_BYTES + WORD_BYTES, length);
  return calldata;
}

function assertUint(value: number, max: number): void {
  if (!Number.isInteger(value) || value < 0 || value > max) throw new RangeError(`Expected a whole number from 0 to ${max}.`);
}

function wholeWords(bytes: number): number {
  return Math.ceil(bytes / WORD_BYTES) * WORD_BYTES;
}

function hexOf(bytes: Buffer): string {
  return `0x${bytes.toString("hex")}`;
}
