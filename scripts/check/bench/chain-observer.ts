import { type JsonRpcProvider, id as keccakOfText } from "ethers";
import { type TransferStateRepo, TransferStateRepo__factory } from "../../../types/ethers-contracts/index.js";

/** Looks at a chain from outside: what is counted here is what its blocks say. */
export interface ChainObserver {
  /** The newest block's number. */
  blockNumber(): Promise<number>;
  /** The contract's counter of events: three for a transfer that goes through. */
  sequence(): Promise<number>;
  /** How many transfers were completed in blocks after `after`, to `to`. */
  completedBetween(after: number, to: number): Promise<number>;
  /** Of the transfers started after a block: how many blocks later than in the next one they became PENDING and COMPLETED, at most. */
  blocksLate(after: number): Promise<{ pending: number; completed: number }>;
}

const COMPLETED_TOPIC = keccakOfText(
  TransferStateRepo__factory.createInterface().getEvent("TransferCompleted").format("sighash"),
);
const PAGE_BLOCKS = 200;
const STEPS = ["TransferStarted", "TransferPending", "TransferCompleted"] as const;

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

  async function blocksLate(after: number): Promise<{ pending: number; completed: number }> {
    const [started, pending, completed] = (await Promise.all(
      STEPS.map(async (name) => {
        const logs = await contract.queryFilter(contract.filters[name](), after + 1);
        return new Map(logs.map((log) => [log.topics[1] as string, log.blockNumber]));
      }),
    )) as [Map<string, number>, Map<string, number>, Map<string, number>];
    const late = (before: Map<string, number>, then: Map<string, number>) =>
      Math.max(...[...before].map(([id, block]) => (then.get(id) ?? Number.POSITIVE_INFINITY) - block - 1));
    return { pending: late(started, pending), completed: late(pending, completed) };
  }

  return {
    blocksLate,
    blockNumber: () => provider.send("eth_blockNumber", []).then(Number),
    sequence: async () => Number(await contract.sequence()),
    completedBetween,
  };
}
