import type { Chain } from "../chain/connect-chain.js";
import type { StartedData } from "../chain/contracts/chain-event.js";
import { findStarts, readTransfers } from "../chain/contracts/read-transfers.js";
import type { ChainTransfer } from "../chain/contracts/types.js";
import { type Finality, readFinalHeader, readHeader, tagOf } from "../chain/finality.js";
import type { BlockHeader } from "../chain/rpc/reads.js";
import { AppError } from "../domain/app-error.js";

/** What the chain shows of some transfers. `starts`: those of them that came along; others are still to be read. */
export interface Look {
  block: BlockHeader;
  transfers: ChainTransfer[];
  starts: Map<string, StartedData>;
}

/**
 * Looks at transfers at the configured finality: in one request where the node has a tag for that.
 *
 * By a tag, header and transfers may be of different blocks, the node's next, say, or an earlier one of another node behind the same
 * address. So they say what there is to do, which the contract judges once more; that there is nothing to do, only a look at the
 * header's own block says.
 * @param startedFrom The earliest block that one of them started in, if somebody says it and starts are wanted.
 * @throws AppError `chain-unavailable` while the node has no such block.
 */
export async function lookAt(
  { chain, finality }: { chain: Chain; finality: Finality },
  ids: readonly string[],
  startedFrom: number | undefined,
): Promise<Look> {
  const tag = tagOf(finality);
  if (tag === undefined) {
    const block = existing(await readFinalHeader(chain.provider, finality));
    return { block, transfers: await readTransfers(chain, ids, block.number), starts: new Map() };
  }
  const [header, transfers, found] = await Promise.all([
    readHeader(chain.provider, tag),
    readTransfers(chain, ids, tag),
    // The range may be too wide for the node, or the ids too many.
    startedFrom === undefined
      ? []
      : findStarts(chain, ids, { fromBlock: Math.max(startedFrom, chain.deployment.fromBlock), toBlock: tag }).catch(() => []),
  ]);
  const block = existing(header);
  const known = found.filter(({ blockNumber }) => blockNumber <= block.number);
  return { block, transfers, starts: new Map(known.map(({ transferId, started }) => [transferId, started])) };
}

function existing(block: BlockHeader | undefined): BlockHeader {
  if (block === undefined) throw new AppError("chain-unavailable", "This function's node has no final block yet.");
  return block;
}
