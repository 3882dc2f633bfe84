import { setTimeout as sleep } from "node:timers/promises";
import { isError, type JsonRpcProvider, keccak256, type TransactionReceipt, type Wallet } from "ethers";
import type { Logger } from "pino";
import { AppError } from "../domain/app-error.js";
import { describeRpcError } from "./connect-chain.js";

/** What is particular to one kind of call. */
export interface BatchCall<Item, Outcome> {
  /** The contract. */
  to: string;
  /** The calldata for many items. */
  encode(items: readonly Item[]): string;
  /** An upper bound of the gas that one item takes, in gas units. */
  gasOf(item: Item): bigint;
  /** What became of each item, in order, by a mined transaction's logs. */
  settle(receipt: TransactionReceipt, items: readonly Item[]): Outcome[];
}

/**
 * - `maxItems`: items in one transaction; the contract takes 400.
 * - `windowMs`: how long the first item of a batch waits for company.
 * - `maxInFlight`: transactions broadcast and not yet mined.
 * - `receiptPollMs`: how often a receipt is asked for.
 * - `stuckAfterMs`: from when on a transaction that is not mined is replaced with a higher fee.
 */
export interface BatchSenderOptions {
  maxItems: number;
  windowMs: number;
  maxInFlight: number;
  receiptPollMs: number;
  stuckAfterMs: number;
}

export const DEFAULT_SENDER_OPTIONS: BatchSenderOptions = {
  maxItems: 200,
  windowMs: 3,
  maxInFlight: 4,
  receiptPollMs: 20,
  stuckAfterMs: 60_000,
};

export interface BatchSender<Item, Outcome> {
  /** Resolves once the item's transaction is mined. Rejects with an AppError; `chain-unavailable` means the outcome is not known. */
  send(item: Item): Promise<Outcome>;
  /** Resolves when everything sent so far is settled. */
  drain(): Promise<void>;
}

interface Waiting<Item, Outcome> {
  item: Item;
  resolve(outcome: Outcome): void;
  reject(error: unknown): void;
}

// Room under the 16 777 216 gas that one transaction may take (EIP-7825).
const MAX_BATCH_GAS = 15_000_000n;
// A transaction's own 21 000, the access manager's and the operator's look-up, the sequence.
const BATCH_BASE_GAS = 120_000n;
// Callers beyond this wait too long to be of use: they are told to come back.
const MAX_QUEUE_ITEMS = 20_000;
// With the wait doubling from 100 ms to 5 s, about a minute: an outage longer than that is the caller's to decide on.
const MAX_BROADCAST_TRIES = 18;
const MAX_REPLACEMENTS = 10;
const PRIORITY_FEE_WEI = 1_000_000_000n;

/**
 * The one owner of a key's nonce: coalesces items into batches, signs, broadcasts in nonce order, waits for receipts, and
 * replaces what is stuck. Sending an item twice is harmless, because the contract refuses a write already made.
 */
export function createBatchSender<Item, Outcome>(
  deps: { wallet: Wallet; provider: JsonRpcProvider; chainId: bigint; logger: Logger },
  call: BatchCall<Item, Outcome>,
  options: BatchSenderOptions = DEFAULT_SENDER_OPTIONS,
): BatchSender<Item, Outcome> {
  const { wallet, provider, logger } = deps;
  const queue: Waiting<Item, Outcome>[] = [];
  const flights = new Set<Promise<void>>();
  let nextNonce: number | undefined;
  let pumping: Promise<void> | undefined;

  function send(item: Item): Promise<Outcome> {
    if (queue.length >= MAX_QUEUE_ITEMS) {
      return Promise.reject(new AppError("chain-unavailable", "Too much waits to be sent to the chain; try again later."));
    }
    return new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject });
      pumping ??= pump().finally(() => {
        pumping = undefined;
      });
    });
  }

  // One pump at a time: batches are broadcast one after another, so that no nonce is used twice and none is left out.
  async function pump(): Promise<void> {
    while (queue.length > 0) {
      if (flights.size >= options.maxInFlight) await Promise.race(flights);
      if (queue.length < options.maxItems) await sleep(options.windowMs);
      const batch = takeBatch();
      const items = batch.map((waiting) => waiting.item);
      try {
        const sent = await broadcast(items);
        const flight = settle(sent, batch, items).finally(() => flights.delete(flight));
        flights.add(flight);
      } catch (error) {
        for (const waiting of batch) waiting.reject(error);
      }
    }
  }

  function takeBatch(): Waiting<Item, Outcome>[] {
    let gas = BATCH_BASE_GAS;
    let count = 0;
    for (const waiting of queue) {
      gas += call.gasOf(waiting.item);
      if (count > 0 && (gas > MAX_BATCH_GAS || count >= options.maxItems)) break;
      count += 1;
    }
    return queue.splice(0, count);
  }

  async function broadcast(items: readonly Item[]): Promise<Sent> {
    const data = call.encode(items);
    const gasLimit = items.reduce((sum, item) => sum + call.gasOf(item), BATCH_BASE_GAS);
    let lastError: unknown;
    for (let attempt = 0; attempt < MAX_BROADCAST_TRIES; attempt += 1) {
      try {
        const nonce = nextNonce ?? (await provider.getTransactionCount(wallet.address, "pending"));
        const sent: Sent = { data, gasLimit, nonce, maxFeePerGas: await readMaxFee(), hashes: [] };
        await broadcastOnce(sent);
        nextNonce = nonce + 1;
        return sent;
      } catch (error) {
        lastError = error;
        // Whatever went wrong, the chain knows the next nonce; ask again rather than guess.
        nextNonce = undefined;
        logger.warn({ error: describeRpcError(error), attempt }, "broadcast failed; trying again");
        await sleep(Math.min(100 * 2 ** attempt, 5_000));
      }
    }
    throw new AppError("chain-unavailable", `The chain takes no transaction: ${describeRpcError(lastError)}`, {
      cause: lastError,
    });
  }

  async function broadcastOnce(sent: Sent): Promise<void> {
    const signed = await wallet.signTransaction({
      type: 2,
      chainId: deps.chainId,
      to: call.to,
      data: sent.data,
      gasLimit: sent.gasLimit,
      nonce: sent.nonce,
      maxFeePerGas: sent.maxFeePerGas,
      maxPriorityFeePerGas: sent.maxFeePerGas < PRIORITY_FEE_WEI ? sent.maxFeePerGas : PRIORITY_FEE_WEI,
    });
    try {
      const hash = await (provider.send("eth_sendRawTransaction", [signed]) as Promise<string>);
      sent.hashes.push(hash);
    } catch (error) {
      // Accepted though the answer says otherwise: a time-out, "already known", or a revert that an automining node reports here.
      const hash = keccak256(signed);
      if ((await provider.getTransaction(hash)) === null) throw error;
      sent.hashes.push(hash);
    }
  }

  async function readMaxFee(): Promise<bigint> {
    const block = await provider.getBlock("latest");
    return (block?.baseFeePerGas ?? 0n) * 2n + PRIORITY_FEE_WEI;
  }

  async function settle(sent: Sent, batch: readonly Waiting<Item, Outcome>[], items: readonly Item[]): Promise<void> {
    try {
      const receipt = await waitForReceipt(sent);
      if (receipt.status !== 1) throw await explainRevert(sent, receipt);
      const outcomes = call.settle(receipt, items);
      batch.forEach((waiting, index) => {
        waiting.resolve(outcomes[index] as Outcome);
      });
      logger.debug({ items: items.length, gas: receipt.gasUsed, hash: receipt.hash }, "batch mined");
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    }
  }

  async function waitForReceipt(sent: Sent): Promise<TransactionReceipt> {
    for (let replacement = 0; replacement <= MAX_REPLACEMENTS; replacement += 1) {
      const until = Date.now() + options.stuckAfterMs;
      while (Date.now() < until) {
        const receipt = await findReceipt(sent.hashes);
        if (receipt !== undefined) return receipt;
        await sleep(options.receiptPollMs);
      }
      await replace(sent);
    }
    throw new AppError("chain-unavailable", `Transaction ${sent.hashes.at(-1)} is not mined; its outcome is not known yet.`);
  }

  async function findReceipt(hashes: readonly string[]): Promise<TransactionReceipt | undefined> {
    for (const hash of hashes) {
      const receipt = await provider.getTransactionReceipt(hash).catch((error: unknown) => {
        logger.warn({ error: describeRpcError(error) }, "no answer about a receipt; asking again");
        return null;
      });
      if (receipt !== null) return receipt;
    }
    return undefined;
  }

  async function replace(sent: Sent): Promise<void> {
    // Nodes take a replacement only from a tenth more on; an eighth is on the safe side.
    sent.maxFeePerGas += sent.maxFeePerGas / 8n + 1n;
    logger.warn(
      { nonce: sent.nonce, maxFeePerGas: sent.maxFeePerGas },
      "transaction is stuck; sending it again with a higher fee",
    );
    await broadcastOnce(sent).catch((error: unknown) => {
      logger.warn({ error: describeRpcError(error), nonce: sent.nonce }, "replacement was not taken");
    });
  }

  async function explainRevert(sent: Sent, receipt: TransactionReceipt): Promise<AppError> {
    const request = { to: call.to, from: wallet.address, data: sent.data, blockTag: receipt.blockNumber };
    const cause: unknown = await provider.call(request).then(
      () => undefined,
      (error: unknown) => error,
    );
    const why = isError(cause, "CALL_EXCEPTION") ? describeRpcError(cause) : "for a reason that is gone";
    return new AppError("chain-reverted", `Transaction ${receipt.hash} of ${wallet.address} was ${why}.`, { cause });
  }

  async function drain(): Promise<void> {
    await pumping;
    await Promise.all(flights);
  }

  return { send, drain };
}

interface Sent {
  data: string;
  gasLimit: bigint;
  nonce: number;
  maxFeePerGas: bigint;
  /** The first broadcast's, then the replacements'. Any of them may be mined. */
  hashes: string[];
}
