import type { JsonRpcProvider } from "ethers";
import type { Logger } from "pino";
import { AppError } from "../../domain/app-error.js";
import { hexFromBytes } from "../../domain/hex.js";
import { haveSameTerms } from "../../domain/start-terms.js";
import type { Refusal, State } from "../../domain/transfer-state.js";
import {
  encodeAdvance,
  encodeStartBatch,
  type Start,
  startBytes,
  TRANSITION_BYTES,
  type Transition,
} from "../contracts/call-codec.js";
import { type ChainEvent, decodeEvent } from "../contracts/chain-event.js";
import type { Deployment } from "../deployment.js";
import type { TransactionOutcome } from "../rpc/reads.js";
import type { TransactionSigner } from "../signing/transaction-signer.js";
import { type BatchSender, type BatchSenderOptions, createBatchSender } from "./batch-sender.js";
import type { SendingObserver } from "./nonce-lane.js";

/** What the contract did with an item, and where that stands. */
export type TransitionOutcome = { blockNumber: number; transactionHash: string } & (
  | { applied: true }
  | { applied: false; cause: Refusal; current: State }
);

interface SenderDeps {
  signer: TransactionSigner;
  provider: JsonRpcProvider;
  deployment: Deployment;
  logger: Logger;
  observer?: SendingObserver;
}

// Measured at about 36 000 and 11 000 per item; a bound well above costs nothing, since unused gas is not paid.
const START_GAS = 70_000n;
const START_GAS_PER_DETAILS_BYTE = 40n;
const TRANSITION_GAS = 40_000n;

/** Puts transfers on the chain by `startBatch`, with an initiator's key. */
export function createStartSender(deps: SenderDeps, options?: BatchSenderOptions): BatchSender<Start, TransitionOutcome> {
  return createBatchSender<Start, TransitionOutcome>(
    { ...deps, chainId: BigInt(deps.deployment.chainId) },
    {
      to: deps.deployment.contracts.transferStateRepo,
      bytesOf: startBytes,
      gasOf: (item) => START_GAS + BigInt(item.details.length) * START_GAS_PER_DETAILS_BYTE,
      encode: encodeStartBatch,
      settle: (receipt, items) => settleItems(receipt, items, () => "STARTED", isOurs),
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
      bytesOf: () => TRANSITION_BYTES,
      gasOf: () => TRANSITION_GAS,
      encode: encodeAdvance,
      settle: (receipt, items) => settleItems(receipt, items, (item) => item.to),
    },
    options,
  );
}

/** Whether the start that a node reports of our own transaction is the one that we sent. */
function isOurs({ started }: ChainEvent, start: Start): boolean {
  return started === undefined || (started.details === hexFromBytes(start.details) && haveSameTerms(started, start));
}

/**
 * Reads from the logs what became of each item. An item that stands twice in a batch is applied once, and both are told so.
 * @param fits Whether an event is of the item, for what the transfer's id alone does not tell.
 */
function settleItems<Item extends { transferId: string }>(
  receipt: TransactionOutcome,
  items: readonly Item[],
  stateOf: (item: Item) => State,
  fits: (event: ChainEvent, item: Item) => boolean = () => true,
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
    if (event === undefined || !fits(event, item)) {
      throw new AppError(
        "chain-unavailable",
        `The receipt of ${receipt.hash} leaves out ${item.transferId}, or has another start; ask the node again.`,
      );
    }
    const { refusal } = event;
    if (refusal === undefined) return { ...where, applied: true };
    return { ...where, applied: false, cause: refusal.cause, current: refusal.current };
  });
}
