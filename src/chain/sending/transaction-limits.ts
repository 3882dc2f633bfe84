import { AppError } from "../../domain/app-error.js";
import type { StartRefusal } from "../../domain/transfer-state.js";
import { describeRpcError, nodeCondition } from "../rpc/error.js";
import type { NodeCondition } from "../rpc/node-dialects.js";
import type { Fees } from "./fees.js";

// EIP-7825.
const MAX_TRANSACTION_GAS = 16_777_216n;
// A block's limit may be a 1024th lower than that of the block before it; this much room lasts for 16 blocks.
const BLOCK_GAS_MARGIN = 64n;
// Refusals that a smaller transaction avoids, and what the journal calls each.
const OVERSIZES = {
  "transaction-too-large": "TRANSACTION_TOO_LARGE",
  "gas-over-cap": "GAS_OVER_CAP",
  "fee-over-cap": "FEE_OVER_CAP",
} as const satisfies Partial<Record<NodeCondition, StartRefusal>>;

/** A reason for which nodes refuse a transaction and take a smaller one. */
export type Oversize = keyof typeof OVERSIZES;

/**
 * - `maxBytes`: of one signed transaction.
 * - `maxFeeWei`: what one transaction may cost; 0 where nodes have no such limit.
 */
export interface TransactionLimits {
  maxBytes: number;
  maxFeeWei: bigint;
}

/** What geth, Erigon, Reth, Nethermind and Besu take unless they are told otherwise: 128 KiB, and 1 ether. */
export const DEFAULT_TRANSACTION_LIMITS: TransactionLimits = { maxBytes: 131_072, maxFeeWei: 10n ** 18n };

/** The most gas that a transaction may declare: by EIP-7825, the newest block's limit, and the fee that nodes take. */
export function maxGasFor(known: { blockGas: bigint | undefined; fees: Fees } | undefined, maxFeeWei: bigint): bigint {
  const bounds = [MAX_TRANSACTION_GAS];
  const { blockGas, fees } = known ?? {};
  if (blockGas !== undefined) bounds.push(blockGas - blockGas / BLOCK_GAS_MARGIN);
  if (maxFeeWei > 0n && fees !== undefined && fees.maxFeePerGas > 0n) bounds.push(maxFeeWei / fees.maxFeePerGas);
  return bounds.reduce((least, bound) => (bound < least ? bound : least));
}

/**
 * Throws an error that `oversizeOf` knows where the nodes refuse a transaction for its size, gas or fee.
 * @param mayBeSent Whether an earlier try may have put the same call on its way.
 */
export function throwIfOversize(error: unknown, mayBeSent: boolean): void {
  const condition = nodeCondition(error);
  if (condition === undefined || !(condition in OVERSIZES)) return;
  throw oversizeError(condition as Oversize, mayBeSent, error);
}

/** The error for what the nodes refuse for its size, gas or fee. */
export function oversizeError(condition: Oversize, mayBeSent: boolean, cause: unknown): AppError {
  const message = `The nodes refuse a transaction (${condition}): ${describeRpcError(cause)}`;
  return new AppError("chain-unavailable", message, { cause, details: { nodeCondition: condition, mayBeSent } });
}

/**
 * For what the nodes refused a transaction, by the error of `throwIfOversize`, and whether an earlier try may be on its way all the same;
 * `undefined` for any other error.
 */
export function oversizeOf(error: unknown): { condition: Oversize; refusal: StartRefusal; mayBeSent: boolean } | undefined {
  if (!(error instanceof AppError)) return undefined;
  const { nodeCondition: condition, mayBeSent } = error.details;
  if (typeof condition !== "string" || !(condition in OVERSIZES)) return undefined;
  return { condition: condition as Oversize, refusal: OVERSIZES[condition as Oversize], mayBeSent: mayBeSent === true };
}

/** Whether a node takes a transaction only at a higher fee. */
export function wantsHigherFee(error: unknown): boolean {
  const condition = nodeCondition(error);
  return condition === "replacement-refused" || condition === "underpriced";
}
