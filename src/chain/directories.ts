import { setTimeout as sleep } from "node:timers/promises";
import { getBytes, hexlify, isError } from "ethers";
import type { Logger } from "pino";
import { AppError } from "../domain/app-error.js";
import { coalesce } from "../domain/coalesce.js";
import { bankIdToBytes } from "../domain/ids.js";
import type { SealingRecipient } from "../domain/sealing.js";
import { type Chain, onChain } from "./connect-chain.js";
import type { FeePolicy } from "./fees.js";
import { readPhoneAccounts } from "./read-transfers.js";
import { describeRpcError } from "./rpc-error.js";
import type { TransactionOutcome } from "./rpc-reads.js";
import { createTransactionLane, type TransactionLane } from "./transaction-lane.js";
import type { TransactionSigner } from "./transaction-signer.js";

// A bank's sealing key changes rarely; what was sealed to the one before can still be opened by its bank.
const SEALING_KEY_CACHE_MS = 60_000;
// Whoever registers the next number of the bank waits for this one.
const REGISTRATION_TIMEOUT_MS = 60_000;
const RECEIPT_POLL_MS = 20;
// What the call takes can change between the estimate and the block.
const GAS_MARGIN_PERCENT = 120n;

/** A bank's accounts operator. */
interface Writer {
  from: string;
  lane: TransactionLane;
}

/** Looks banks up on the chain, and knows for which of them we may write accounts. */
export function createBankDirectory(chain: Chain, operators: ReadonlyMap<string, TransactionSigner>, clock: () => number) {
  const cache = new Map<string, { recipient: SealingRecipient; readAt: number }>();

  /** The key to seal to a bank with; `undefined` for a bank that is unknown or deactivated. */
  async function sealingRecipient(bank: string): Promise<SealingRecipient | undefined> {
    const cached = cache.get(bank);
    if (cached !== undefined && clock() - cached.readAt < SEALING_KEY_CACHE_MS) return cached.recipient;
    const id = bankIdToBytes(bank);
    const found = await onChain(() => chain.banks.get(id));
    if (!found.active) return undefined;
    const publicKey = await onChain(() => chain.banks.sealingKey(id, found.sealingKeyVersion));
    const recipient = { bank, keyVersion: Number(found.sealingKeyVersion), publicKey };
    cache.set(bank, { recipient, readAt: clock() });
    return recipient;
  }

  return { sealingRecipient, operates: (bank: string) => operators.has(bank) };
}

/** Looks phone accounts up on the chain, and registers them with the bank's accounts operator. `fees`: what is offered for gas. */
export function createAccountDirectory(
  { chain, logger }: { chain: Chain; logger: Logger },
  operators: ReadonlyMap<string, TransactionSigner>,
  fees: FeePolicy,
) {
  const chainId = BigInt(chain.deployment.chainId);
  const writers = new Map(
    [...operators].map(([bank, signer]): [string, Writer] => {
      const deps = { signer, provider: chain.provider, chainId, logger };
      const options = { receiptPollMs: RECEIPT_POLL_MS, stuckAfterMs: REGISTRATION_TIMEOUT_MS, fees };
      return [bank, { from: signer.address, lane: createTransactionLane(deps, options) }];
    }),
  );
  // One after another, so that the second of the same number is told what the first has done.
  const turns = new Map<string, Promise<unknown>>();

  const lookupOne = coalesce(async (aliasIds: readonly string[]) => {
    const entries = await readPhoneAccounts(chain, aliasIds, "latest");
    return entries.map((entry) => entry && { bank: entry.bank, version: entry.version });
  });

  function lookup(aliasIds: readonly string[]): Promise<({ bank: string; version: number } | undefined)[]> {
    return Promise.all(aliasIds.map(lookupOne));
  }

  function register(bank: string, aliasId: string, sealedAccount: Uint8Array) {
    const turn = (turns.get(bank) ?? Promise.resolve()).then(() => registerNow(bank, aliasId, sealedAccount));
    turns.set(
      bank,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async function registerNow(bank: string, aliasId: string, sealedAccount: Uint8Array) {
    const writer = writers.get(bank);
    if (writer === undefined) {
      throw new AppError("forbidden", `This service holds no accounts operator's key of ${bank}; register at that bank.`);
    }
    try {
      const receipt = await write(writer, [aliasId, hexlify(sealedAccount)]);
      const event = receipt.logs
        .map((log) => chain.phoneAccounts.interface.parseLog(log))
        .find((parsed) => parsed?.name === "PhoneAccountRegistered");
      return { version: Number(event?.args.version), transactionHash: receipt.hash };
    } catch (error) {
      throw registrationError(chain, error);
    }
  }

  async function write({ from, lane }: Writer, args: [string, string]): Promise<TransactionOutcome> {
    const call = {
      to: chain.deployment.contracts.phoneAccountRepo,
      data: chain.phoneAccounts.interface.encodeFunctionData("register", args),
    };
    // Here a refusal comes with its reason.
    const gas = await chain.provider.estimateGas({ ...call, from });
    const sent = await lane.broadcast({ ...call, gasLimit: (gas * GAS_MARGIN_PERCENT) / 100n });
    const timeout = new AbortController();
    // What comes too late for this caller is still seen to in the background, and is there when the number is registered again.
    const receipt = await Promise.race([
      lane.waitForReceipt(sent),
      sleep(REGISTRATION_TIMEOUT_MS, undefined, { signal: timeout.signal }).catch(() => undefined),
    ]).finally(() => timeout.abort());
    if (receipt === undefined) throw new AppError("chain-unavailable", "The registration is not mined yet; try again.");
    if (receipt.status !== 1)
      throw new AppError("chain-reverted", `The chain refused the registration in ${receipt.hash}; try again.`);
    return receipt;
  }

  return { lookup, register };
}

function registrationError(chain: Chain, error: unknown): unknown {
  if (error instanceof AppError) return error;
  if (!isError(error, "CALL_EXCEPTION")) {
    return new AppError("chain-unavailable", `The chain gave no usable answer: ${describeRpcError(error)}`, { cause: error });
  }
  const reverted = error.data ? chain.phoneAccounts.interface.parseError(getBytes(error.data)) : null;
  if (reverted?.name === "PhoneAccountHeld") {
    return new AppError("conflict", "The number is registered already; it moves to another bank by a claim.", { cause: error });
  }
  return new AppError("chain-reverted", `The chain refused the registration: ${reverted?.name ?? error.shortMessage}.`, {
    cause: error,
  });
}
