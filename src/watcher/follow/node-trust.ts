import type { Logger } from "pino";
import type { Chain } from "../../chain/connect-chain.js";
import { type ChainNode, nodesOf } from "../../chain/rpc/chain-nodes.js";
import { isProvenWrong } from "../../chain/rpc/proven-logs.js";
import { AppError } from "../../domain/app-error.js";
import type { LogCheck, NodeCheck } from "./check-logs.js";
import { isMiscounted } from "./read-block-range.js";

/** Which node the watcher reads from, and whether what was read before is in doubt. */
export interface NodeTrust {
  /** The preferred of the good nodes, which is asked next. */
  choose(): Promise<NodeCheck>;
  /** An answer of the node that was chosen last led to an error, the `failures`th in a row: it may be left for the next. */
  failed(error: unknown, failures: number): void;
  /** Whether the projection is to be compared with the chain before it goes on. */
  isPastInDoubt(): boolean;
  /** The projection was compared. */
  compared(): void;
}

// A failure by chance, or a page that is too large, passes with the next try; a node that fails twice is left while there is another.
const FAILURES_OF_ONE_NODE = 2;

export function createNodeTrust(deps: { chain: Chain; logger: Pick<Logger, "warn"> }, logCheck: LogCheck): NodeTrust {
  let node: ChainNode | undefined;
  let isInDoubt = false;
  const told = new Set<string>();

  /** Once in a process: it is a property of the chain. */
  function onUnproven(message: string): void {
    if (told.has(message)) return;
    told.add(message);
    deps.logger.warn(message);
  }

  return {
    async choose() {
      const [first, ...others] = await nodesOf(deps.chain);
      node = first;
      if (first === undefined) throw new AppError("chain-unavailable", "No node of CHAIN_RPC_URL answers; asking again.");
      return { node: first, others, logCheck, onUnproven };
    },
    failed(error, failures) {
      const code = error instanceof AppError ? error.code : undefined;
      if (code !== "chain-gap" && code !== "chain-unavailable") return;
      const wasWrong = isProvenWrong(error);
      // The node's earlier answers may be as wrong.
      if (wasWrong || (isMiscounted(error) && failures >= FAILURES_OF_ONE_NODE)) isInDoubt = true;
      if (wasWrong) node?.leave(error, "proven wrong");
      else if (failures % FAILURES_OF_ONE_NODE === 0) node?.leave(error, "failed");
    },
    isPastInDoubt: () => isInDoubt,
    compared: () => {
      isInDoubt = false;
    },
  };
}
