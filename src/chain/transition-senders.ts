import type { JsonRpcProvider, TransactionReceipt, Wallet } from "ethers";
import type { Logger } from "pino";
import { TransferStateRepo__factory } from "../../types/ethers-contracts/index.js";
import { AppError } from "../domain/app-error.js";
import { bankIdToBytes } from "../domain/ids.js";
import { reasonToBytes4 } from "../domain/reason.js";
import { type Refusal, type State, stateNumber } from "../domain/transfer-state.js";
import { type BatchSender, type BatchSenderOptions, createBatchSender } from "./batch-sender.js";
import { type ChainEvent, decodeEvent } from "./chain-event.js";
import type { Deployment } from "./deployment.js";

/** A transfer to put on the chain. `details` in bytes, at most 1 024. */
export interface Start {
  transferId: string;
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
}

/** What the contract did with an item, and where that stands. */
export type TransitionOutcome = { blockNumber: number; transactionHash: string } & (
  | { applied: true }
  | { applied: false; cause: Refusal; current: State }
);

interface SenderDeps {
  wallet: Wallet;
  provider: JsonRpcProvider;
  deployment: Deployment;
  logger: Logger;
}

// Measured at about 36 000 and 11 000 per item; a bound well above costs nothing, since unused gas is not paid.
const START_GAS = 70_000n;
const START_GAS_PER_DETAILS_BYTE = 40n;
const TRANSITION_GAS = 40_000n;
const ZERO_EVIDENCE = `0x${"0".repeat(64)}`;

const contract = TransferStateRepo__factory.createInterface();

/** Puts transfers on the chain by `startBatch`, with an initiator's key. */
export function createStartSender(deps: SenderDeps, options?: BatchSenderOptions): BatchSender<Start, TransitionOutcome> {
  return createBatchSender<Start, TransitionOutcome>(
    { ...deps, chainId: BigInt(deps.deployment.chainId) },
    {
      to: deps.deployment.contracts.transferStateRepo,
      gasOf: (item) => START_GAS + BigInt(item.details.length) * START_GAS_PER_DETAILS_BYTE,
      encode: (items) =>
        contract.encodeFunctionData("startBatch", [
          items.map((item) => ({
            id: item.transferId,
            payerBank: bankIdToBytes(item.payerBank),
            payeeBank: bankIdToBytes(item.payeeBank),
            currency: item.currencyNumeric,
            amount: item.amountMinor,
            deadline: item.deadlineSeconds,
            details: item.details,
          })),
        ]),
      settle: (receipt, items) => settleItems(receipt, items, () => "STARTED"),
    },
    options,
  );
}

/** Reports outcomes by `advance`, with a legs operator's key. */
export function createTransitionSender(
  deps: SenderDeps,
  options?: BatchSenderOptions,
): BatchSender<Transition, TransitionOutcome> {
  return createBatchSender<Transition, TransitionOutcome>(
    { ...deps, chainId: BigInt(deps.deployment.chainId) },
    {
      to: deps.deployment.contracts.transferStateRepo,
      gasOf: () => TRANSITION_GAS,
      encode: (items) =>
        contract.encodeFunctionData("advance", [
          items.map((item) => ({
            id: item.transferId,
            to: stateNumber(item.to),
            reason: item.reason === undefined ? "0x00000000" : reasonToBytes4(item.reason),
            evidence: item.evidence ?? ZERO_EVIDENCE,
          })),
        ]),
      settle: (receipt, items) => settleItems(receipt, items, (item) => item.to),
    },
    options,
  );
}

/** Reads from the logs what became of each item. An item that stands twice in a batch is applied once, and both are told so. */
function settleItems<Item extends { transferId: string }>(
  receipt: TransactionReceipt,
  items: readonly Item[],
  stateOf: (item: Item) => State,
): TransitionOutcome[] {
  const events = new Map<string, ChainEvent>();
  for (const log of receipt.logs) {
    const event = decodeEvent(log);
    if (event === undefined) continue;
    const key = `${event.transferId} ${event.refusal?.to ?? event.state}`;
    if (!events.has(key)) events.set(key, event);
  }
  const where = { blockNumber: receipt.blockNumber, transactionHash: receipt.hash };
  return items.map((item) => {
    const event = events.get(`${item.transferId} ${stateOf(item)}`);
    if (event === undefined) {
      throw new AppError(
        "chain-unavailable",
        `The receipt of ${receipt.hash} leaves out ${item.transferId}; ask the node again.`,
      );
    }
    const { refusal } = event;
    if (refusal === undefined) return { ...where, applied: true };
    return { ...where, applied: false, cause: refusal.cause, current: refusal.current };
  });
}
