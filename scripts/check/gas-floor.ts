/** The least that any contract with one slot a transfer and one event a step could cost, from the EIPs. */

// EIP-2028: a transaction and its calldata.
const TRANSACTION = 21_000;
const CALLDATA_ZERO_BYTE = 4;
const CALLDATA_BYTE = 16;
// EIP-2929 and EIP-2200 (EIP-3529): a slot that the transaction touches first, made from zero, or changed.
const COLD_SLOT = 2_100;
const SLOT_FROM_ZERO = 20_000;
const SLOT_CHANGED = 2_900;
// Yellow Paper, appendix G: LOG, LOGTOPIC, LOGDATA.
const LOG = 375;
const LOG_TOPIC = 375;
const LOG_BYTE = 8;
const WORD_BYTES = 32;

/** How the floor is reckoned, in words, for the report. */
export const GAS_FLOOR_NOTES = [
  "a transaction: 21 000 (EIP-2028) and the counter `sequence`: 2 100 cold + 2 900 changed (EIP-2929, EIP-2200), once a batch",
  "calldata: 16 a byte, 4 a zero byte (EIP-2028); selector, array head and offsets not counted",
  "start: a fresh slot 2 100 + 20 000; LOG4 375 + 4 × 375 + 8 a byte of 6 words and the details in whole words",
  "an outcome: a slot changed 2 100 + 2 900; LOG2 375 + 2 × 375 + 8 a byte of 2 words (3 with a reason)",
  "not in it: who may call (AccessManager, BankRepo), decoding, and the checks themselves",
];

export type GasFloor = Record<"single" | "batch10" | "batch100", Record<string, number>>;

/** The floor of each write, single and per item of a batch. */
export function gasFloor(detailsBytes: number): GasFloor {
  return { single: floorOf(1, detailsBytes), batch10: floorOf(10, detailsBytes), batch100: floorOf(100, detailsBytes) };
}

function floorOf(items: number, detailsBytes: number): Record<string, number> {
  const shared = (TRANSACTION + COLD_SLOT + SLOT_CHANGED) / items;
  const startWith = (bytes: number) => Math.ceil(shared + startCalldata(bytes) + COLD_SLOT + SLOT_FROM_ZERO + log(4, 6, bytes));
  const outcome = (hasReason: boolean) =>
    Math.ceil(shared + outcomeCalldata(hasReason) + COLD_SLOT + SLOT_CHANGED + log(2, hasReason ? 3 : 2, 0));
  const start = startWith(detailsBytes);
  const pending = outcome(false);
  return {
    start,
    startNoDetails: startWith(0),
    pending,
    complete: pending,
    reject: outcome(true),
    transfer: start + 2 * pending,
  };
}

/** id 32, banks 8 each, currency 2, amount 2, deadline 4, a length 1, and the details: the bytes that are not zero. */
function startCalldata(detailsBytes: number): number {
  const bytes = 32 + 8 + 8 + 2 + 2 + 4 + (detailsBytes === 0 ? 0 : 1) + detailsBytes;
  return calldata(bytes, 8 * WORD_BYTES + wholeWords(detailsBytes));
}

/** id 32, evidence 32, the state 1, and the reason 4: the bytes that are not zero, in four words. */
function outcomeCalldata(hasReason: boolean): number {
  return calldata(32 + 32 + 1 + (hasReason ? 4 : 0), 4 * WORD_BYTES);
}

function calldata(nonZeroBytes: number, bytes: number): number {
  return nonZeroBytes * CALLDATA_BYTE + (bytes - nonZeroBytes) * CALLDATA_ZERO_BYTE;
}

function log(topics: number, words: number, detailsBytes: number): number {
  return LOG + topics * LOG_TOPIC + (words * WORD_BYTES + wholeWords(detailsBytes)) * LOG_BYTE;
}

function wholeWords(bytes: number): number {
  return Math.ceil(bytes / WORD_BYTES) * WORD_BYTES;
}
