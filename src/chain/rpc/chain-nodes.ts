import { type Chain, chainOver } from "../connect-chain.js";
import type { PoolNode } from "./endpoint-pool.js";

/** One of the chain's nodes. `chain`: what this node alone answers. */
export interface ChainNode {
  readonly name: string;
  readonly chain: Chain;
  /** Leaves the node for the next one, where there is another; for longer where it was proven wrong. */
  leave(error: unknown, why: "failed" | "proven wrong"): void;
}

// One for each node of a pool, so that a caller recognises it.
const known = new WeakMap<PoolNode, ChainNode>();

/**
 * The chain's good nodes one by one, the preferred first, for readers that compare what they say. Where there is one node, it stays.
 * @throws AppError as the pool does where none is good.
 */
export async function nodesOf(chain: Chain): Promise<readonly ChainNode[]> {
  if (chain.pool === undefined) return [{ name: "the node", chain, leave: () => undefined }];
  return (await chain.pool.nodes()).map((node) => {
    const found = known.get(node) ?? { name: node.name, chain: chainOver(node.ask, chain.deployment), leave: node.leave };
    known.set(node, found);
    return found;
  });
}
