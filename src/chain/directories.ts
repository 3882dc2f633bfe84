import { getBytes, hexlify, isError, type Wallet } from "ethers";
import { AppError } from "../domain/app-error.js";
import { coalesce } from "../domain/coalesce.js";
import { bankIdToBytes } from "../domain/ids.js";
import type { SealingRecipient } from "../domain/sealing.js";
import { type Chain, onChain } from "./connect-chain.js";
import { readPhoneAccounts } from "./read-transfers.js";
import { describeRpcError } from "./rpc-error.js";

// A bank's sealing key changes rarely; what was sealed to the one before can still be opened by its bank.
const SEALING_KEY_CACHE_MS = 60_000;
// Whoever registers the next number of the bank waits for this one.
const REGISTRATION_TIMEOUT_MS = 60_000;

/** Looks banks up on the chain, and knows for which of them we may write accounts. */
export function createBankDirectory(chain: Chain, operators: ReadonlyMap<string, Wallet>, clock: () => number) {
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

/** Looks phone accounts up on the chain, and registers them with the bank's accounts operator. */
export function createAccountDirectory(chain: Chain, operators: ReadonlyMap<string, Wallet>) {
  // Two registrations at once by one key would take the same nonce.
  const lanes = new Map<string, Promise<unknown>>();

  const lookupOne = coalesce(async (aliasIds: readonly string[]) => {
    const entries = await readPhoneAccounts(chain, aliasIds, "latest");
    return entries.map((entry) => entry && { bank: entry.bank, version: entry.version });
  });

  function lookup(aliasIds: readonly string[]): Promise<({ bank: string; version: number } | undefined)[]> {
    return Promise.all(aliasIds.map(lookupOne));
  }

  function register(bank: string, aliasId: string, sealedAccount: Uint8Array) {
    const turn = (lanes.get(bank) ?? Promise.resolve()).then(() => registerNow(bank, aliasId, sealedAccount));
    lanes.set(
      bank,
      turn.catch(() => undefined),
    );
    return turn;
  }

  async function registerNow(bank: string, aliasId: string, sealedAccount: Uint8Array) {
    const operator = operators.get(bank);
    if (operator === undefined) {
      throw new AppError("forbidden", `This service holds no accounts operator's key of ${bank}; register at that bank.`);
    }
    try {
      const contract = chain.phoneAccounts.connect(operator.connect(chain.provider));
      const sent = await contract.register(aliasId, hexlify(sealedAccount));
      const receipt = await sent.wait(1, REGISTRATION_TIMEOUT_MS);
      if (receipt === null) throw new AppError("chain-unavailable", `Transaction ${sent.hash} is not mined yet; try again.`);
      const event = receipt.logs
        .map((log) => contract.interface.parseLog(log))
        .find((parsed) => parsed?.name === "PhoneAccountRegistered");
      return { version: Number(event?.args.version), transactionHash: receipt.hash };
    } catch (error) {
      throw registrationError(chain, error);
    }
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
