import { AppError } from "../../domain/app-error.js";

// What the hot calls and events need of Solidity's ABI, in words of 32 bytes. ethers' general coder takes about ten times as long.

export const WORD_BYTES = 32;
const WORD_DIGITS = 64;
const HEX_PREFIX = 2;
const WHOLE_WORDS = /^0x(?:[0-9a-f]{64})*$/i;

/** The words of ABI-encoded data, to be read by their index. */
export interface Words {
  readonly count: number;
  /** 64 hex digits. */
  digits(index: number): string;
  /** The word as a number. */
  big(index: number): bigint;
  /** @throws AppError `chain-unavailable` where it is no integer that a double holds exactly. */
  number(index: number): number;
  /** The first `bytes` of a word, as 0x and hex digits: a `bytes4`, a `bytes8`. @throws as `number` where others are not zero. */
  left(index: number, bytes: number): string;
  /** What lies behind a `bytes` argument whose offset, counted from the word `base`, is the word at `index`; 0x and hex digits. */
  bytes(index: number, base?: number): string;
}

/**
 * Reads what a node says is ABI-encoded.
 * @throws AppError `chain-unavailable` where it is not whole words in hex, or ends before what is asked for.
 */
export function readWords(data: string): Words {
  if (!WHOLE_WORDS.test(data)) throw unreadable();
  const count = (data.length - HEX_PREFIX) / WORD_DIGITS;
  const at = (index: number) => {
    if (index >= count) throw unreadable();
    return HEX_PREFIX + index * WORD_DIGITS;
  };
  const digits = (index: number) => data.slice(at(index), at(index) + WORD_DIGITS);
  const number = (index: number) => {
    const value = Number(`0x${digits(index)}`);
    if (!Number.isSafeInteger(value)) throw unreadable();
    return value;
  };
  return {
    count,
    digits,
    big: (index) => BigInt(`0x${digits(index)}`),
    number,
    left: (index, bytes) => {
      const word = digits(index);
      if (/[^0]/.test(word.slice(2 * bytes))) throw unreadable();
      return `0x${word.slice(0, 2 * bytes).toLowerCase()}`;
    },
    bytes: (index, base = 0) => {
      const offset = number(index) + base * WORD_BYTES;
      const length = number(offset / WORD_BYTES);
      const begin = HEX_PREFIX + 2 * (offset + WORD_BYTES);
      if (offset % WORD_BYTES !== 0 || begin + 2 * length > data.length) throw unreadable();
      return `0x${data.slice(begin, begin + 2 * length).toLowerCase()}`;
    },
  };
}

/** Writes a number into a word, at a byte offset. */
export function writeNumber(target: Buffer, offset: number, value: bigint | number): void {
  target.writeBigUInt64BE(BigInt(value), offset + WORD_BYTES - 8);
}

/** Writes bytes given as 0x and hex digits, from a byte offset on: a `bytes32`, or a shorter one, which stands at the left. */
export function writeHex(target: Buffer, offset: number, hex: string, bytes: number): void {
  const written = hex.length === HEX_PREFIX + 2 * bytes ? target.write(hex.slice(HEX_PREFIX), offset, bytes, "hex") : 0;
  if (written !== bytes) throw new RangeError(`Expected 0x and ${2 * bytes} hex digits.`);
}

function unreadable(): AppError {
  return new AppError("chain-unavailable", "The node's answer is not what the contract's ABI says; ask another node.");
}
