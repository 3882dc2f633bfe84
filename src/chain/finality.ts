import type { JsonRpcProvider } from "ethers";
import { AppError } from "../domain/app-error.js";
import { type Chain, onChain } from "./connect-chain.js";
import { nodeCondition, nodeErrorOf } from "./rpc/error.js";
import { type BlockHeader, type BlockTag, getHeader } from "./rpc/reads.js";

/** From when on a block is acted upon: so many blocks behind the newest, or the node's own tag (EIP-3675). */
export type Finality = { confirmations: number } | { tag: "safe" | "finalized" };

/** The tag of the newest block that may be acted upon, where the node has one. */
export function tagOf(finality: Finality): "latest" | "safe" | "finalized" | undefined {
  if ("tag" in finality) return finality.tag;
  return finality.confirmations === 0 ? "latest" : undefined;
}

/** The newest block, or the block with a number; `undefined` where the node has none such, of a tag none yet. */
export async function readHeader(provider: JsonRpcProvider, block: BlockTag): Promise<BlockHeader | undefined> {
  try {
    return await onChain(() => getHeader(provider, block));
  } catch (error) {
    if ((block === "safe" || block === "finalized") && nodeCondition(error) === "block-unknown") return undefined;
    throw error;
  }
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

/**
 * Makes sure, at a service's start, that the node knows the tag that finality goes by. A node that has no such block yet knows it.
 * @throws AppError `config-invalid` where the node does not know the tag, `chain-unavailable` where it gives no answer.
 */
export async function assertFinality(chain: Chain, finality: Finality): Promise<void> {
  if (!("tag" in finality)) return;
  try {
    await readHeader(chain.provider, finality.tag);
  } catch (cause) {
    if (!saysUnknownTag(cause)) throw cause;
    throw new AppError(
      "config-invalid",
      `The node does not know the tag "${finality.tag}" of CONFIRMATIONS (${nodeErrorOf(cause)?.message.slice(0, 300)}). ` +
        "Set CONFIRMATIONS to a number of blocks, or use a node that knows the tag.",
      { cause },
    );
  }
}

/** Invalid parameters, an invalid request, or one that cannot be parsed: a node that knows the tag says none of them. */
function saysUnknownTag(error: unknown): boolean {
  const code = nodeErrorOf(error)?.code;
  return code === -32_602 || code === -32_600 || code === -32_700;
}
