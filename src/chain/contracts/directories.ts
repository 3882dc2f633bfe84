import type { Logger } from "pino";
import { coalesce } from "../../domain/coalesce.js";
import { bankIdFromBytes, bankIdToBytes } from "../../domain/ids.js";
import type { SealingRecipient } from "../../domain/sealing.js";
import { type Chain, onChain } from "../connect-chain.js";
import type { FeePolicy } from "../sending/fees.js";
import type { TransactionSigner } from "../signing/transaction-signer.js";
import { createAccountWriter } from "./account-writer.js";
import { readHolders } from "./read-transfers.js";
import type { PhoneAccountHolder } from "./types.js";

// A bank's sealing key changes rarely; what was sealed to the one before can still be opened by its bank.
const SEALING_KEY_CACHE_MS = 60_000;

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

/** Looks phone accounts and claims up on the chain, and writes them with the bank's accounts operator. `fees`: what is offered for gas. */
export function createAccountDirectory(
  { chain, logger }: { chain: Chain; logger: Logger },
  operators: ReadonlyMap<string, TransactionSigner>,
  fees: FeePolicy,
) {
  const { write } = createAccountWriter({ chain, logger }, operators, fees);

  const lookupOne = coalesce((aliasIds: readonly string[]) => readHolders(chain, aliasIds, "latest"));

  function lookup(aliasIds: readonly string[]): Promise<(PhoneAccountHolder | undefined)[]> {
    return Promise.all(aliasIds.map(lookupOne));
  }

  async function register(bank: string, aliasId: string, sealedAccount: Uint8Array) {
    const { version, transactionHash } = await write(bank, { method: "register", aliasId, sealedAccount });
    return { version: version ?? 0, transactionHash };
  }

  /** The open claim for a number; `undefined` where there is none. */
  async function findClaim(aliasId: string): Promise<{ bank: string; lapsesAt: Date } | undefined> {
    const claim = await onChain(() => chain.phoneAccounts.claimOf(aliasId));
    if (BigInt(claim.bank) === 0n) return undefined;
    return { bank: bankIdFromBytes(claim.bank), lapsesAt: new Date(Number(claim.lapsesAt) * 1000) };
  }

  return { lookup, register, write, findClaim };
}
