import { setTimeout as sleep } from "node:timers/promises";
import type { JsonRpcProvider } from "ethers";
import type { Logger } from "pino";
import { AppError } from "../../domain/app-error.js";
import { describeRpcError, isRevert } from "../rpc/error.js";
import type { TransactionOutcome } from "../rpc/reads.js";
import type { TransactionSigner } from "../signing/transaction-signer.js";
import { DEFAULT_FEE_POLICY, type FeePolicy } from "./fees.js";
import { type BatchEnd, createTransactionLane, type SendingObserver, type Sent } from "./nonce-lane.js";
import { DEFAULT_TRANSACTION_LIMITS, oversizeError, oversizeOf, type TransactionLimits } from "./transaction-limits.js";

/** What is particular to one kind of call. */
export interface BatchCall<Item, Outcome> {
  /** The contract. */
  to: string;
  /** The calldata for many items. */
  encode(items: readonly Item[]): string;
  /** An upper bound of the gas that one item takes, in gas units. */
  gasOf(item: Item): bigint;
  /** The bytes of calldata that one item takes. */
  bytesOf(item: Item): number;
  /** What became of each item, in order, by a mined transaction's logs. */
  settle(receipt: TransactionOutcome, items: readonly Item[]): Outcome[];
}

/**
 * - `maxItems`: items in one transaction; the contract takes 400.
 * - `maxBytes`, `maxFeeWei`: the nodes' limits of one transaction.
 * - `windowMs`: how long the first item of a batch waits for company.
 * - `paceMs`: how long after one batch the next goes out, at the earliest; at once where a full one waits by then.
 * - `maxInFlight`: transactions broadcast and not yet mined.
 * - `receiptPollMs`: how often a receipt is asked for.
 * - `stuckAfterMs`: from when on a transaction that is not mined is replaced with a higher fee.
 * - `fees`: what is offered for gas.
 */
export interface BatchSenderOptions extends TransactionLimits {
  maxItems: number;
  windowMs: number;
  paceMs: number;
  maxInFlight: number;
  receiptPollMs: number;
  stuckAfterMs: number;
  fees: FeePolicy;
}

export const DEFAULT_SENDER_OPTIONS: BatchSenderOptions = {
  ...DEFAULT_TRANSACTION_LIMITS,
  maxItems: 200,
  windowMs: 3,
  paceMs: 0,
  maxInFlight: 4,
  receiptPollMs: 20,
  stuckAfterMs: 60_000,
  fees: DEFAULT_FEE_POLICY,
};

export interface BatchSender<Item, Outcome> {
  /**
   * Resolves once the item's transaction is mined. Rejects with an AppError; `chain-unavailable` means the outcome is not known, unless
   * `oversizeOf` knows the error and no transaction with the item may be on its way.
   */
  send(item: Item): Promise<Outcome>;
  /** Resolves when everything sent so far is settled. */
  drain(): Promise<void>;
}

interface Waiting<Item, Outcome> {
  item: Item;
  sends: number;
  /** Whether a transaction with the item may be on its way. */
  mayBeSent: boolean;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

// A transaction's own fields and signature, and the calldata before the items.
const BATCH_BASE_BYTES = 400;
// After a refusal batches grow by this factor, up to `maxItems`. Each further refusal costs one request.
const GROWTH_AFTER_REFUSAL = 1.25;
// Nodes refuse batch after batch for the same reason: one line a minute says it.
const REFUSAL_LOG_INTERVAL_MS = 60_000;
// A transaction's own 21 000, the access manager's and the operator's look-up, the sequence.
const BATCH_BASE_GAS = 120_000n;
// Callers beyond this wait too long to be of use: they are told to come back.
const MAX_QUEUE_ITEMS = 20_000;
// So often an item may lose its nonce to another holder of the key before its caller is told.
const MAX_SENDS = 10;

/**
 * Coalesces items into batches and sends them by the key's one lane, several at a time. Sending an item twice is harmless, because
 * the contract refuses a write already made.
 */
export function createBatchSender<Item, Outcome>(
  deps: { signer: TransactionSigner; provider: JsonRpcProvider; chainId: bigint; logger: Logger; observer?: SendingObserver },
  call: BatchCall<Item, Outcome>,
  options: BatchSenderOptions = DEFAULT_SENDER_OPTIONS,
): BatchSender<Item, Outcome> {
  const { signer, provider, logger } = deps;
  const lane = createTransactionLane(deps, options);
  const queue: Waiting<Item, Outcome>[] = [];
  const flights = new Set<Promise<void>>();
  let pumping: Promise<void> | undefined;
  let launchedAtMs = Number.NEGATIVE_INFINITY;
  let itemLimit = options.maxItems;
  let limitBeforeRefusals: number | undefined;
  let refusalLoggedAtMs = Number.NEGATIVE_INFINITY;

  function send(item: Item): Promise<Outcome> {
    if (queue.length >= MAX_QUEUE_ITEMS) {
      return Promise.reject(new AppError("chain-unavailable", "Too much waits to be sent to the chain; try again later."));
    }
    return new Promise((resolve, reject) => {
      queue.push({ item, sends: 0, mayBeSent: false, resolve, reject });
      pumping ??= pump();
    });
  }

  // One pump at a time: batches are broadcast one after another, so that no nonce is used twice and none is left out.
  async function pump(): Promise<void> {
    // `pumping` is set before the pump can be over.
    await gather();
    while (queue.length > 0) {
      if (flights.size >= options.maxInFlight) await Promise.race(flights);
      const batch = takeBatch(await lane.readMaxGas());
      launchedAtMs = performance.now();
      const isHalved = await launch(batch).then(grow, (error: unknown) => refuse(batch, error));
      if (!isHalved && queue.length > 0 && queue.length < options.maxItems) await gather();
    }
    // In the same turn as the look at the queue: an item that comes later finds no pump, and starts one.
    pumping = undefined;
  }

  /** The first item of a batch waits for company. */
  async function gather(): Promise<void> {
    const { windowMs, paceMs } = options;
    await sleep(Math.max(windowMs, launchedAtMs + paceMs - performance.now()));
  }

  function takeBatch(maxGas: bigint): Waiting<Item, Outcome>[] {
    let gas = BATCH_BASE_GAS;
    let bytes = BATCH_BASE_BYTES;
    let count = 0;
    for (const { item } of queue) {
      gas += call.gasOf(item);
      bytes += call.bytesOf(item);
      if (count > 0 && (gas > maxGas || bytes > options.maxBytes || count >= itemLimit)) break;
      count += 1;
    }
    return queue.splice(0, count);
  }

  function grow(): boolean {
    if (limitBeforeRefusals === undefined) return false;
    itemLimit = Math.min(Math.ceil(itemLimit * GROWTH_AFTER_REFUSAL), options.maxItems);
    if (itemLimit === options.maxItems) limitBeforeRefusals = undefined;
    return false;
  }

  /**
   * A batch that the nodes refuse for its size, gas or fee goes out again in halves, until only the culprit is left: its caller is told,
   * and batches are as large again as before. Says whether the batch was halved.
   */
  function refuse(batch: readonly Waiting<Item, Outcome>[], error: unknown): boolean {
    const oversize = oversizeOf(error);
    if (oversize === undefined) {
      rejectAll(batch, error);
      return false;
    }
    const { condition } = oversize;
    const [first, ...others] = batch;
    if (others.length === 0) {
      itemLimit = limitBeforeRefusals ?? itemLimit;
      first?.reject(first.mayBeSent ? oversizeError(condition, true, error) : error);
      return false;
    }
    for (const waiting of batch) waiting.mayBeSent ||= oversize.mayBeSent;
    limitBeforeRefusals ??= itemLimit;
    itemLimit = Math.floor(batch.length / 2);
    queue.unshift(...batch);
    if (performance.now() - refusalLoggedAtMs >= REFUSAL_LOG_INTERVAL_MS) {
      refusalLoggedAtMs = performance.now();
      logger.warn({ condition, items: batch.length }, "nodes refuse a batch; sending its halves");
    }
    return true;
  }

  async function launch(taken: readonly Waiting<Item, Outcome>[]): Promise<void> {
    const { batch, data } = encode(taken);
    if (batch.length === 0) return;
    const items = batch.map((waiting) => waiting.item);
    const gasLimit = items.reduce((sum, item) => sum + call.gasOf(item), BATCH_BASE_GAS);
    const end = deps.observer?.batchBegan(items.length) ?? (() => undefined);
    const sent = await lane.broadcast({ to: call.to, data, gasLimit }).catch((error: unknown) => {
      end({ outcome: "refused" });
      throw error;
    });
    const flight = settle(sent, batch, items)
      .then(end)
      .finally(() => flights.delete(flight));
    flights.add(flight);
  }

  /** An item that cannot be encoded must not fail the others of its batch. */
  function encode(taken: readonly Waiting<Item, Outcome>[]): { batch: readonly Waiting<Item, Outcome>[]; data: string } {
    const encodeAll = (batch: readonly Waiting<Item, Outcome>[]) => call.encode(batch.map((waiting) => waiting.item));
    try {
      return { batch: taken, data: encodeAll(taken) };
    } catch {
      const batch = taken.filter((waiting) => {
        try {
          return encodeAll([waiting]) !== "";
        } catch (error) {
          waiting.reject(error);
          return false;
        }
      });
      return { batch, data: encodeAll(batch) };
    }
  }

  async function settle(sent: Sent, batch: readonly Waiting<Item, Outcome>[], items: readonly Item[]): Promise<BatchEnd> {
    let end: BatchEnd = { outcome: "unknown" };
    try {
      const receipt = await lane.waitForReceipt(sent);
      if (receipt === undefined) {
        sendAgain(batch);
        return { outcome: "lost" };
      }
      end = { outcome: receipt.status === 1 ? "mined" : "reverted", gasUsed: receipt.gasUsed };
      if (receipt.status !== 1) throw await explainRevert(sent, receipt);
      const outcomes = call.settle(receipt, items);
      batch.forEach((waiting, index) => {
        waiting.resolve(outcomes[index] as Outcome);
      });
      logger.debug({ items: items.length, gas: receipt.gasUsed, hash: receipt.hash }, "batch mined");
    } catch (error) {
      rejectAll(batch, error);
    }
    return end;
  }

  function sendAgain(batch: readonly Waiting<Item, Outcome>[]): void {
    const lost = batch.map((waiting) => ({ ...waiting, sends: waiting.sends + 1, mayBeSent: true }));
    const tired = lost.filter(({ sends }) => sends >= MAX_SENDS);
    rejectAll(tired, new AppError("chain-unavailable", "Another holder of this key keeps taking its nonces; give each its own."));
    queue.unshift(...lost.filter(({ sends }) => sends < MAX_SENDS));
    if (queue.length > 0) pumping ??= pump();
  }

  function rejectAll(batch: readonly Waiting<Item, Outcome>[], error: unknown): void {
    for (const waiting of batch) waiting.reject(error);
  }

  async function explainRevert({ call: { data } }: Sent, receipt: TransactionOutcome): Promise<AppError> {
    const request = { to: call.to, from: signer.address, data, blockTag: receipt.blockNumber };
    const cause: unknown = await provider.call(request).then(
      () => undefined,
      (error: unknown) => error,
    );
    const why = isRevert(cause) ? describeRpcError(cause) : "reverted for a reason that is gone";
    return new AppError("chain-reverted", `Transaction ${receipt.hash} of ${signer.address}: ${why}.`, { cause });
  }

  async function drain(): Promise<void> {
    while (pumping !== undefined || flights.size > 0) {
      await pumping;
      await Promise.all(flights);
    }
  }

  return { send, drain };
}
