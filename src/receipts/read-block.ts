import type { JsonRpcProvider } from "ethers";
import { hashOfHeader, mayHold, type RpcReceipt, rootOfReceipts } from "../domain/block-proof.js";

/** A block's part that concerns one contract, proven by the block's hash. `timestamp` in seconds. */
export interface AuditedBlock {
  number: number;
  hash: string;
  parentHash: string;
  timestamp: number;
  logs: AuditedLog[];
}

export interface AuditedLog {
  topics: readonly string[];
  data: string;
  transactionHash: string;
  /** Its place among all logs of the block. */
  index: number;
}

interface RpcBlock extends Record<string, unknown> {
  hash: string;
  parentHash: string;
  number: string;
  timestamp: string;
  receiptsRoot: string;
  logsBloom: string;
  transactions: string[];
}

/**
 * Reads one block and believes nothing of it that its hash does not prove: the header is hashed again, and where its bloom filter does
 * not rule the contract out, so is the trie of its receipts (Yellow Paper 4.3.1, EIP-2718).
 *
 * @param options.trustHeaders The header's hash is taken from the node, for chains that hash it in another way (Besu's QBFT and IBFT).
 * @throws Error that says what does not add up.
 */
export async function readBlock(
  provider: JsonRpcProvider,
  number: number,
  options: { contract: string; trustHeaders: boolean },
): Promise<AuditedBlock> {
  const block = (await provider.send("eth_getBlockByNumber", [quantity(number), false])) as RpcBlock | null;
  if (block === null || Number(block.number) !== number) throw new Error(`The node does not have block ${number}.`);
  if (!options.trustHeaders && hashOfHeader(block) !== block.hash) {
    throw new Error(
      `Block ${number} is not what its hash ${block.hash} says. On Besu's QBFT or IBFT, which hash headers in their own way, add --trust-headers.`,
    );
  }
  const { hash, parentHash } = block;
  const audited = { number, hash, parentHash, timestamp: Number(block.timestamp) };
  if (!mayHold(block.logsBloom, options.contract)) return { ...audited, logs: [] };
  const receipts = await readReceipts(provider, block);
  if ((await rootOfReceipts(receipts)) !== block.receiptsRoot) {
    throw new Error(`The receipts of block ${number} are not those of its header.`);
  }
  const logs = receipts
    .flatMap(({ logs, transactionHash }) => logs.map((log) => ({ ...log, transactionHash })))
    .map((log, index) => ({ ...log, index }));
  return { ...audited, logs: logs.filter(({ address }) => address.toLowerCase() === options.contract.toLowerCase()) };
}

async function readReceipts(provider: JsonRpcProvider, block: RpcBlock): Promise<RpcReceipt[]> {
  // One request: ethers puts what is asked for at once into one JSON-RPC batch.
  return await Promise.all(
    block.transactions.map(async (hash) => {
      const receipt = (await provider.send("eth_getTransactionReceipt", [hash])) as RpcReceipt | null;
      if (receipt === null) throw new Error(`The node has no receipt of ${hash}, in block ${Number(block.number)}.`);
      return receipt;
    }),
  );
}

function quantity(value: number): string {
  return `0x${value.toString(16)}`;
}
