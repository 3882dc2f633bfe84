import { AppError } from "../domain/app-error.js";
import type { Fees } from "./fees.js";
import type { NodeCondition } from "./node-dialects.js";
import { describeRpcError, nodeCondition } from "./rpc-error.js";

// EIP-7825.
const MAX_TRANSACTION_GAS = 16_777_216n;
// A block's limit may be a 1024th lower than that of the block before it; this much room lasts for 16 blocks.
const BLOCK_GAS_MARGIN = 64n;
// Geth, Besu, Erigon and Reth take no transaction that may cost more than 1 ether, unless they are told otherwise.
const NODE_FEE_CAP_WEI = 10n ** 18n;
// Refusals that a smaller transaction avoids.
const OVERSIZES: readonly NodeCondition[] = ["transaction-too-large", "gas-over-cap", "fee-over-cap"];

/** The most gas that a transaction may declare: by EIP-7825, the newest block's limit, and the fee that nodes take. */
export function maxGasFor(known: { blockGas: bigint | undefined; fees: Fees } | undefined): bigint {
  const bounds = [MAX_TRANSACTION_GAS];
  const { blockGas, fees } = known ?? {};
  if (blockGas !== undefined) bounds.push(blockGas - blockGas / BLOCK_GAS_MARGIN);
  if (fees !== undefined && fees.maxFeePerGas > 0n) bounds.push(NODE_FEE_CAP_WEI / fees.maxFeePerGas);
  return bounds.reduce((least, bound) => (bound < least ? bound : least));
}

/** Throws an error that `oversizeOf` knows where the nodes refuse a transaction for its size, gas or fee. */
export function throwIfOversize(error: unknown): void {
  const condition = nodeCondition(error);
  if (condition === undefined || !OVERSIZES.includes(condition)) return;
  const message = `The nodes refuse a transaction (${condition}): ${describeRpcError(error)}`;
  throw new AppError("chain-unavailable", message, { cause: error, details: { nodeCondition: condition } });
}

/** For what the nodes refused a transaction, by the error of `throwIfOversize`; `undefined` for any other error. */
export function oversizeOf(error: unknown): NodeCondition | undefined {
  if (!(error instanceof AppError)) return undefined;
  return OVERSIZES.find((condition) => condition === error.details.nodeCondition);
}

/** Whether a node takes a transaction only at a higher fee. */
export function wantsHigherFee(error: unknown): boolean {
  const condition = nodeCondition(error);
  return condition === "replacement-refused" || condition === "underpriced";
}
