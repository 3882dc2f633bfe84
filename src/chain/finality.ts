import type { JsonRpcProvider } from "ethers";
import { onChain } from "./connect-chain.js";

/** From when on a block is acted upon: so many blocks behind the newest, or the node's own tag (EIP-3675). */
export type Finality = { confirmations: number } | { tag: "safe" | "finalized" };

/** The header fields that are read. */
export interface BlockHeader {
  number: number;
  hash: string;
  parentHash: string;
  timestamp: number;
}

/** The newest block, or the block with a number; `undefined` where the node has none such. */
export async function readHeader(
  provider: JsonRpcProvider,
  block: number | "latest" | "safe" | "finalized",
): Promise<BlockHeader | undefined> {
  const found = await onChain(() => provider.getBlock(block));
  if (found === null || found.hash === null) return undefined;
  return { number: found.number, hash: found.hash, parentHash: found.parentHash, timestamp: found.timestamp };
}

/** The number of the newest block that may be acted upon; -1 while there is none. */
export async function readFinalBlock(provider: JsonRpcProvider, finality: Finality, headNumber?: number): Promise<number> {
  if ("tag" in finality) return (await readHeader(provider, finality.tag))?.number ?? -1;
  const head = headNumber ?? (await readHeader(provider, "latest"))?.number ?? -1;
  return Math.max(head - finality.confirmations, -1);
}
