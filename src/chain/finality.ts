import type { JsonRpcProvider } from "ethers";
import { onChain } from "./connect-chain.js";
import { type BlockHeader, type BlockTag, getHeader } from "./rpc-reads.js";

/** From when on a block is acted upon: so many blocks behind the newest, or the node's own tag (EIP-3675). */
export type Finality = { confirmations: number } | { tag: "safe" | "finalized" };

/** The tag of the newest block that may be acted upon, where the node has one. */
export function tagOf(finality: Finality): "latest" | "safe" | "finalized" | undefined {
  if ("tag" in finality) return finality.tag;
  return finality.confirmations === 0 ? "latest" : undefined;
}

/** The newest block, or the block with a number; `undefined` where the node has none such. */
export async function readHeader(provider: JsonRpcProvider, block: BlockTag): Promise<BlockHeader | undefined> {
  return await onChain(() => getHeader(provider, block));
}

/** The number of the newest block that may be acted upon; -1 while there is none. */
export async function readFinalBlock(provider: JsonRpcProvider, finality: Finality, headNumber?: number): Promise<number> {
  if ("tag" in finality) return (await readHeader(provider, finality.tag))?.number ?? -1;
  const head = headNumber ?? (await readHeader(provider, "latest"))?.number ?? -1;
  return Math.max(head - finality.confirmations, -1);
}

/** The newest block that may be acted upon; `undefined` while there is none. One request where the newest of all is. */
export async function readFinalHeader(provider: JsonRpcProvider, finality: Finality): Promise<BlockHeader | undefined> {
  if ("tag" in finality) return await readHeader(provider, finality.tag);
  const head = await readHeader(provider, "latest");
  const number = (head?.number ?? -1) - finality.confirmations;
  if (number < 0) return undefined;
  return number === head?.number ? head : await readHeader(provider, number);
}
