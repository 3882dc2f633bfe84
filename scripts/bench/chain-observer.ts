import { type JsonRpcProvider, id as keccakOfText } from "ethers";
import { type TransferStateRepo, TransferStateRepo__factory } from "../../types/ethers-contracts/index.js";

/** Looks at a chain from outside: what is counted here is what its blocks say. */
export interface ChainObserver {
  /** The newest block's number. */
  blockNumber(): Promise<number>;
  /** The contract's counter of events: three for a transfer that goes through. */
  sequence(): Promise<number>;
  /** How many transfers were completed in blocks after `after`, to `to`. */
  completedBetween(after: number, to: number): Promise<number>;
}

const COMPLETED_TOPIC = keccakOfText(
  TransferStateRepo__factory.createInterface().getEvent("TransferCompleted").format("sighash"),
);
const PAGE_BLOCKS = 200;

export function createChainObserver(provider: JsonRpcProvider, address: string): ChainObserver {
  const contract: TransferStateRepo = TransferStateRepo__factory.connect(address, provider);

  async function completedBetween(after: number, to: number): Promise<number> {
    let count = 0;
    for (let from = after + 1; from <= to; from += PAGE_BLOCKS) {
      const filter = { address, topics: [COMPLETED_TOPIC], fromBlock: from, toBlock: Math.min(from + PAGE_BLOCKS - 1, to) };
      count += (await provider.getLogs(filter)).length;
    }
    return count;
  }

  return {
    blockNumber: () => provider.send("eth_blockNumber", []).then(Number),
    sequence: async () => Number(await contract.sequence()),
    completedBetween,
  };
}
