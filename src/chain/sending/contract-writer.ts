import { setTimeout as sleep } from "node:timers/promises";
import { getBytes, type Interface, isError } from "ethers";
import type { Logger } from "pino";
import { AppError, type ErrorCode } from "../../domain/app-error.js";
import type { Chain } from "../connect-chain.js";
import { describeRpcError, isRevert } from "../rpc/error.js";
import type { TransactionOutcome } from "../rpc/reads.js";
import type { TransactionSigner } from "../signing/transaction-signer.js";
import type { FeePolicy } from "./fees.js";
import { createTransactionLane, type TransactionLane } from "./nonce-lane.js";

// Whoever writes next with the same key waits for this one.
const WRITE_TIMEOUT_MS = 60_000;
const RECEIPT_POLL_MS = 20;
// What the call takes can change between the estimate and the block.
const GAS_MARGIN_PERCENT = 120n;
// Another's write can come in between estimate and block. The next estimate then tells what it has changed.
const ATTEMPTS_MAX = 3;

/** Writes to a contract one call at a time, and tells whoever asked why the contract refused. */
export interface ContractWriter {
  /** @throws AppError `forbidden` without the key here; as `refusals` says; `chain-unavailable`, `chain-reverted` */
  write(signer: string, data: string): Promise<TransactionOutcome>;
}

/**
 * - `address`, `contract`: what is written to.
 * - `refusals`: what the contract's errors mean to whoever asked; those that are not there point to a defect, or to the key's rights.
 * - `noKey`: what to say where there is no key of that name here.
 * - `fees`: what is offered for gas.
 */
export interface ContractWriterOptions {
  address: string;
  contract: Interface;
  refusals: Readonly<Record<string, [ErrorCode, string]>>;
  noKey: (signer: string) => string;
  fees: FeePolicy;
}

/** @param signers By whatever they are asked for by: a bank, a person. */
export function createContractWriter(
  { chain, logger }: { chain: Chain; logger: Logger },
  signers: ReadonlyMap<string, TransactionSigner>,
  { address, contract, refusals, noKey, fees }: ContractWriterOptions,
): ContractWriter {
  const chainId = BigInt(chain.deployment.chainId);
  const writers = new Map(
    [...signers].map(([name, signer]): [string, { from: string; lane: TransactionLane }] => {
      const deps = { signer, provider: chain.provider, chainId, logger };
      const options = { receiptPollMs: RECEIPT_POLL_MS, stuckAfterMs: WRITE_TIMEOUT_MS, fees };
      return [name, { from: signer.address, lane: createTransactionLane(deps, options) }];
    }),
  );
  // One after another, so that the second is told what the first has done.
  const turns = new Map<string, Promise<unknown>>();

  async function writeNow(signer: string, data: string): Promise<TransactionOutcome> {
    const writer = writers.get(signer);
    if (writer === undefined) throw new AppError("forbidden", noKey(signer));
    try {
      for (let attempt = 1; ; attempt += 1) {
        const receipt = await send(writer, data);
        if (receipt.status === 1) return receipt;
        if (attempt < ATTEMPTS_MAX) continue;
        throw new AppError("chain-reverted", `The chain refused the write in ${receipt.hash}; try again.`);
      }
    } catch (error) {
      throw writeError(error);
    }
  }

  async function send({ from, lane }: { from: string; lane: TransactionLane }, data: string): Promise<TransactionOutcome> {
    const call = { to: address, data };
    // Here a refusal comes with its reason.
    const gas = await chain.provider.estimateGas({ ...call, from });
    const sent = await lane.broadcast({ ...call, gasLimit: (gas * GAS_MARGIN_PERCENT) / 100n });
    const timeout = new AbortController();
    // What comes too late for this caller is still seen to in the background, and is there when it is asked for again.
    const receipt = await Promise.race([
      lane.waitForReceipt(sent),
      sleep(WRITE_TIMEOUT_MS, undefined, { signal: timeout.signal }).catch(() => undefined),
    ]).finally(() => timeout.abort());
    if (receipt === undefined) throw new AppError("chain-unavailable", "The write is not mined yet; try again.");
    return receipt;
  }

  function writeError(error: unknown): unknown {
    if (error instanceof AppError) return error;
    if (!isError(error, "CALL_EXCEPTION") || !isRevert(error)) {
      return new AppError("chain-unavailable", `The chain gave no usable answer: ${describeRpcError(error)}`, { cause: error });
    }
    const reverted = error.data ? contract.parseError(getBytes(error.data)) : null;
    const [code, message] = refusals[reverted?.name ?? ""] ?? [
      "chain-reverted",
      `The chain refused the write: ${reverted?.name ?? error.shortMessage}.`,
    ];
    return new AppError(code, message, { cause: error });
  }

  return {
    write(signer, data) {
      const turn = (turns.get(signer) ?? Promise.resolve()).then(() => writeNow(signer, data));
      turns.set(
        signer,
        turn.catch(() => undefined),
      );
      return turn;
    },
  };
}
