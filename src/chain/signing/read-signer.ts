import { type Chain, onChain } from "../connect-chain.js";

/**
 * What the chain says of an address that signs.
 *
 * - `nonces`: of the next transaction, by mined blocks, and with what the node has waiting.
 */
export interface SignerAccount {
  balanceWei: bigint;
  nonces: { latest: number; pending: number };
}

/** Reads it at the newest block. @throws AppError `chain-unavailable` */
export async function readSigner({ provider }: Chain, address: string): Promise<SignerAccount> {
  const [balanceWei, latest, pending] = await onChain(() =>
    Promise.all([
      provider.getBalance(address),
      provider.getTransactionCount(address, "latest"),
      provider.getTransactionCount(address, "pending"),
    ]),
  );
  return { balanceWei, nonces: { latest, pending } };
}
