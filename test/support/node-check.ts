import type { Chain } from "../../src/chain/connect-chain.js";
import type { ChainNode } from "../../src/chain/rpc/chain-nodes.js";
import type { LogCheck, NodeCheck } from "../../src/watcher/follow/check-logs.js";

/** A node that is asked alone, with or without others to compare it with. */
export function checkOf(chain: Chain, logCheck: LogCheck = "receipts", others: readonly Chain[] = []): NodeCheck {
  const nodeOf = (of: Chain, index: number): ChainNode => ({ name: `node ${index}`, chain: of, leave: () => undefined });
  return {
    node: nodeOf(chain, 0),
    others: others.map((other, index) => nodeOf(other, index + 1)),
    logCheck,
    onUnproven: () => undefined,
  };
}
