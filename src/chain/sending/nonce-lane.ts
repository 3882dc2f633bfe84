import { setTimeout as sleep } from "node:timers/promises";
import type { JsonRpcProvider } from "ethers";
import type { Logger } from "pino";
import { AppError } from "../../domain/app-error.js";
import { keccak256 } from "../../domain/keccak.js";
import { describeRpcError, nodeCondition } from "../rpc/error.js";
import { getReceipt, type TransactionOutcome } from "../rpc/reads.js";
import type { TransactionSigner } from "../signing/transaction-signer.js";
import { type FeePolicy, type Fees, feesFor, higherFees, raisedFees } from "./fees.js";
import { DEFAULT_TRANSACTION_LIMITS, maxGasFor, throwIfOversize, wantsHigherFee } from "./transaction-limits.js";

/** What a transaction does; its nonce and fees are the lane's. */
export interface Call {
  to: string;
  data: string;
  gasLimit: bigint;
}

/**
 * A transaction on its way.
 *
 * - `hashes`: the first broadcast's, then the replacements'; any of them may be mined.
 * - `mined`: what the node said of it together with its answer to the broadcast, where it mines at once.
 */
export interface Sent {
  readonly call: Call;
  readonly nonce: number;
  fees: Fees;
  readonly hashes: Set<string>;
  mined?: TransactionOutcome | undefined;
}

/** Is told what a key's transactions do, for metrics; must neither throw nor wait. */
export interface SendingObserver {
  /** A batch of so many items is about to be broadcast; what this returns is called once, with its end. */
  batchBegan(items: number): (end: BatchEnd) => void;
  /** The highest fee per gas that is offered from now on, in wei. */
  feesRead(maxFeePerGas: bigint): void;
  /** A transaction was not mined in time and goes out again with a higher fee. */
  replaced(): void;
}

/** `lost`: another holder of the key took the nonce. `refused`: the node took none. `unknown`: it may be mined yet. */
export interface BatchEnd {
  outcome: "mined" | "reverted" | "lost" | "refused" | "unknown";
  gasUsed?: bigint;
}

/** Puts the transactions of one key on the chain, one nonce after another. */
export interface TransactionLane {
  /**
   * One call at a time.
   * @throws AppError `chain-unavailable`: the transaction may be on its way all the same, unless `oversizeOf` knows the error. What the
   * signer throws: it is not.
   */
  broadcast(call: Call): Promise<Sent>;
  /** The most gas that a transaction may declare now: by the block's limit, EIP-7825, and the fee that nodes take. */
  readMaxGas(): Promise<bigint>;
  /**
   * Resolves once it is mined; `undefined` if another transaction took its nonce, so that this one will never be.
   * @throws AppError `chain-unavailable` after many replacements: its outcome is not known.
   */
  waitForReceipt(sent: Sent): Promise<TransactionOutcome | undefined>;
}

/** What the node says of a nonce: some transaction that is mined has it, one in its pool has it, or none that it knows. */
type NonceStanding = "used" | "waiting" | "unknown";

// With the wait doubling from 100 ms to 5 s, about a minute: an outage longer than that is the caller's to decide on.
const MAX_BROADCAST_TRIES = 18;
const MAX_REPLACEMENTS = 10;
const TRANSFER_GAS = 21_000n;
// How often the node is asked what has become of a nonce. It is believed when it says the same twice: it may show a receipt a moment
// after it counts the nonce, and a node that lags has not seen yet what another was given.
const NONCE_CHECK_MS = 1_000;
const NONCE_CHECKS_UNTIL_BELIEVED = 2;
// What is offered lasts while the base fee doubles, which takes six full blocks at least.
const FEES_FRESH_MS = 1_000;
// What a crash leaves behind is what was in flight: a handful. The rest of a wider gap is filled in the next round.
const MAX_GAP_FILLED = 16;

/**
 * The one owner of a key's nonce in this process. Another process with the same key is not fenced off, but does no harm: whose
 * nonce was taken is told so, and sends again.
 *
 * @param options.stuckAfterMs From when on a transaction that is not mined is replaced with a higher fee.
 * @param options.maxFeeWei What one transaction may cost, as `TransactionLimits` has it.
 */
export function createTransactionLane(
  deps: { signer: TransactionSigner; provider: JsonRpcProvider; chainId: bigint; logger: Logger; observer?: SendingObserver },
  options: { receiptPollMs: number; stuckAfterMs: number; maxFeeWei?: bigint; fees: FeePolicy },
): TransactionLane {
  const { signer, provider, logger } = deps;
  const held = new Set<number>();
  let nextNonce: number | undefined;
  let lately: { fees: Fees; blockGas: bigint | undefined; readAtMs: number } | undefined;

  async function broadcast(call: Call): Promise<Sent> {
    let lastError: unknown;
    let sent: Sent | undefined;
    let mayBeSent = false;
    for (let attempt = 0; attempt < MAX_BROADCAST_TRIES; attempt += 1) {
      try {
        const nonce = nextNonce ?? (await askNextNonce());
        if (sent?.nonce !== nonce) sent = { call, nonce, fees: await freshFees(), hashes: new Set() };
        // The nonce is still the next one, so a stuck transaction of an earlier life holds it; or the node asks for a higher fee.
        else if (wantsHigherFee(lastError)) await raiseFees(sent);
        // Gas may have become dearer since they were read.
        else sent.fees = higherFees(sent.fees, await readFees());
        await broadcastOnce(sent);
        nextNonce = nonce + 1;
        held.add(nonce);
        return sent;
      } catch (error) {
        lastError = error;
        if (error instanceof AppError && error.code === "signer-refused") throw error;
        // Whatever went wrong, the chain knows the next nonce; ask again rather than guess.
        nextNonce = undefined;
        throwIfOversize(error, mayBeSent);
        mayBeSent ||= (sent?.hashes.size ?? 0) > 0;
        report(error, attempt);
        await sleep(Math.min(100 * 2 ** attempt, 5_000));
      }
    }
    if (lastError instanceof AppError) throw lastError;
    throw new AppError("chain-unavailable", `The chain takes no transaction: ${describeRpcError(lastError)}`, {
      cause: lastError,
    });
  }

  function report(error: unknown, attempt: number): void {
    const fields = { error: describeRpcError(error), attempt, address: signer.address };
    if (nodeCondition(error) === "insufficient-funds") logger.error(fields, "this key cannot pay for gas; fund it");
    else logger.warn(fields, "broadcast failed; trying again");
  }

  /** Never one that is in flight: a node that has forgotten a transaction of ours must not make us replace it by another. */
  async function askNextNonce(): Promise<number> {
    return Math.max(await provider.getTransactionCount(signer.address, "pending"), ...[...held].map((nonce) => nonce + 1));
  }

  async function broadcastOnce(sent: Sent): Promise<void> {
    const signed = await signer.signTransaction({
      type: 2,
      chainId: deps.chainId,
      ...sent.call,
      nonce: sent.nonce,
      maxFeePerGas: sent.fees.maxFeePerGas,
      maxPriorityFeePerGas: sent.fees.priorityFeePerGas,
    });
    // As bytes: ethers takes long over a long text.
    const hash = keccak256(Buffer.from(signed.slice(2), "hex"));
    // Before it is sent: it may be accepted though nothing says so, and another with a higher fee may follow.
    sent.hashes.add(hash);
    try {
      // Asked in one go; what a node says that answers them in another order, or mines later, is asked again.
      const answers = [
        provider.send("eth_sendRawTransaction", [signed]),
        getReceipt(provider, hash, sent.call.to).catch(() => undefined),
      ] as const;
      [, sent.mined] = await Promise.all(answers);
    } catch (error) {
      if (nodeCondition(error) === "already-known") return;
      // Accepted though the answer says otherwise: a time-out, or a revert that an automining node reports here.
      if ((await provider.getTransaction(hash)) === null) throw error;
    }
  }

  /** Once a second is enough for what goes well. */
  async function freshFees(): Promise<Fees> {
    const ageMs = performance.now() - (lately?.readAtMs ?? Number.NEGATIVE_INFINITY);
    return lately !== undefined && ageMs >= 0 && ageMs < FEES_FRESH_MS ? lately.fees : await readFees();
  }

  async function readFees(): Promise<Fees> {
    const block = await provider.getBlock("latest");
    const baseFeePerGas = block?.baseFeePerGas ?? 0n;
    const { capWei } = options.fees;
    if (capWei !== undefined && baseFeePerGas > capWei) {
      logger.warn({ baseFeePerGas, capWei }, "the chain asks more per gas than MAX_FEE_PER_GAS_WEI allows; transactions wait");
    }
    const fees = feesFor(baseFeePerGas, options.fees);
    deps.observer?.feesRead(fees.maxFeePerGas);
    lately = { fees, blockGas: block?.gasLimit, readAtMs: performance.now() };
    return fees;
  }

  async function waitForReceipt(sent: Sent): Promise<TransactionOutcome | undefined> {
    try {
      for (let replacement = 0; replacement <= MAX_REPLACEMENTS; replacement += 1) {
        const found = await watchFor(sent, performance.now() + options.stuckAfterMs);
        if (found === "lost") return undefined;
        if (found !== "waiting") return found;
        await unstick(sent).catch((error: unknown) => {
          logger.warn({ error: describeRpcError(error), nonce: sent.nonce }, "a stuck transaction could not be replaced");
        });
      }
    } finally {
      held.delete(sent.nonce);
    }
    const hash = [...sent.hashes].at(-1);
    throw new AppError("chain-unavailable", `Transaction ${hash} is not mined; its outcome is not known yet.`);
  }

  async function watchFor(sent: Sent, until: number): Promise<TransactionOutcome | "lost" | "waiting"> {
    let nextCheck = performance.now() + NONCE_CHECK_MS;
    let standing: NonceStanding = "waiting";
    let alike = 0;
    while (performance.now() < until) {
      const receipt = sent.mined ?? (await findReceipt(sent));
      if (receipt !== undefined) return receipt;
      if (performance.now() >= nextCheck) {
        const now = await standingOf(sent.nonce);
        alike = now === standing ? alike + 1 : 1;
        standing = now;
        if (alike >= NONCE_CHECKS_UNTIL_BELIEVED && standing === "used") {
          logger.warn({ nonce: sent.nonce, address: signer.address }, "another transaction has taken the nonce; sending again");
          return "lost";
        }
        if (alike >= NONCE_CHECKS_UNTIL_BELIEVED && standing === "unknown") await restore(sent);
        nextCheck = performance.now() + NONCE_CHECK_MS;
      }
      await sleep(options.receiptPollMs);
    }
    return "waiting";
  }

  async function findReceipt({ hashes, call }: Sent): Promise<TransactionOutcome | undefined> {
    for (const hash of hashes) {
      const receipt = await getReceipt(provider, hash, call.to).catch((error: unknown) => {
        logger.warn({ error: describeRpcError(error) }, "no answer about a receipt; asking again");
        return undefined;
      });
      if (receipt !== undefined) return receipt;
    }
    return undefined;
  }

  async function standingOf(nonce: number): Promise<NonceStanding> {
    try {
      if ((await provider.getTransactionCount(signer.address, "latest")) > nonce) return "used";
      return (await provider.getTransactionCount(signer.address, "pending")) > nonce ? "waiting" : "unknown";
    } catch {
      return "waiting";
    }
  }

  /** What the chain took back with its blocks is put there again, at the fees that were offered: at once, since it is not stuck but gone. */
  async function restore(sent: Sent): Promise<void> {
    try {
      // One transaction of the key is enough to see to what is missing before all of them.
      if (sent.nonce === Math.min(...held)) await fillGaps(sent, "pending");
      if ((await provider.getTransaction([...sent.hashes].at(-1) as string)) !== null) return;
      logger.warn({ nonce: sent.nonce, address: signer.address }, "the node knows a transaction no more; sending it again");
      await broadcastOnce(sent);
    } catch (error) {
      logger.warn({ error: describeRpcError(error), nonce: sent.nonce }, "dropped transaction not sent again yet");
    }
  }

  async function unstick(sent: Sent): Promise<void> {
    await fillGaps(sent, "latest");
    await raiseFees(sent);
    const { maxFeePerGas } = sent.fees;
    logger.warn(
      { nonce: sent.nonce, maxFeePerGas },
      "transaction is stuck; sending it again, with a higher fee unless at the cap",
    );
    deps.observer?.replaced();
    await broadcastOnce(sent);
  }

  async function raiseFees(sent: Sent): Promise<void> {
    sent.fees = raisedFees(sent.fees, await readFees(), options.fees);
  }

  /**
   * A payment to ourselves takes each nonce before ours that is nobody's in this process: an earlier life left it, or the chain took
   * back what was there. From `pending` on nothing stands there; from `latest` on, what does is stuck and is outbid.
   */
  async function fillGaps(behind: Sent, from: "latest" | "pending"): Promise<void> {
    const first = await provider.getTransactionCount(signer.address, from);
    for (let nonce = first; nonce < Math.min(behind.nonce, first + MAX_GAP_FILLED); nonce += 1) {
      if (held.has(nonce)) continue;
      const call = { to: signer.address, data: "0x", gasLimit: TRANSFER_GAS };
      const filler: Sent = { ...behind, call, nonce, hashes: new Set() };
      if (from === "latest") await raiseFees(filler);
      logger.warn({ nonce, address: signer.address }, "a nonce before ours is missing or stuck; filling it");
      await broadcastOnce(filler).catch((error: unknown) => {
        logger.warn({ error: describeRpcError(error), nonce }, "the nonce could not be filled yet");
      });
    }
  }

  // Without an answer of the node, its last answer counts.
  const readMaxGas = () =>
    Promise.allSettled([freshFees()]).then(() => maxGasFor(lately, options.maxFeeWei ?? DEFAULT_TRANSACTION_LIMITS.maxFeeWei));

  return { broadcast, readMaxGas, waitForReceipt };
}
