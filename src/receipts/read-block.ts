import { createMPT } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { getBytes, hexlify, type JsonRpcProvider, keccak256 } from "ethers";

/** A block's part that concerns one contract, proven by the block's hash. `timestamp` in seconds. */
export interface AuditedBlock {
  number: number;
  hash: string;
  parentHash: string;
  timestamp: number;
  logs: AuditedLog[];
}

export interface AuditedLog {
  topics: string[];
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

interface RpcReceipt {
  type?: string;
  status: string;
  cumulativeGasUsed: string;
  logsBloom: string;
  transactionHash: string;
  logs: { address: string; topics: string[]; data: string }[];
}

// A header's fields in the order in which they are hashed, and which of them are numbers (Yellow Paper 4.4; EIP-1559, EIP-4895,
// EIP-4844, EIP-4788, EIP-7685). Later fields are there from their fork on.
const HEADER = [
  ["parentHash"],
  ["sha3Uncles"],
  ["miner"],
  ["stateRoot"],
  ["transactionsRoot"],
  ["receiptsRoot"],
  ["logsBloom"],
  ["difficulty", "number"],
  ["number", "number"],
  ["gasLimit", "number"],
  ["gasUsed", "number"],
  ["timestamp", "number"],
  ["extraData"],
  ["mixHash"],
  ["nonce"],
  ["baseFeePerGas", "number"],
  ["withdrawalsRoot"],
  ["blobGasUsed", "number"],
  ["excessBlobGas", "number"],
  ["parentBeaconBlockRoot"],
  ["requestsHash"],
] as const;

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
  if (!options.trustHeaders && hashOf(block) !== block.hash) {
    throw new Error(
      `Block ${number} is not what its hash ${block.hash} says. On Besu's QBFT or IBFT, which hash headers in their own way, add --trust-headers.`,
    );
  }
  const { hash, parentHash } = block;
  const audited = { number, hash, parentHash, timestamp: Number(block.timestamp) };
  if (!mayHold(block.logsBloom, options.contract)) return { ...audited, logs: [] };
  const receipts = await readReceipts(provider, block);
  if ((await rootOf(receipts)) !== block.receiptsRoot) {
    throw new Error(`The receipts of block ${number} are not those of its header.`);
  }
  const logs = receipts
    .flatMap(({ logs, transactionHash }) => logs.map((log) => ({ ...log, transactionHash })))
    .map((log, index) => ({ ...log, index }));
  return { ...audited, logs: logs.filter(({ address }) => address.toLowerCase() === options.contract.toLowerCase()) };
}

function hashOf(block: RpcBlock): string {
  const fields = HEADER.filter(([name]) => block[name] !== undefined).map(([name, kind]) =>
    kind === "number" ? minimal(block[name] as string) : getBytes(block[name] as string),
  );
  return keccak256(RLP.encode(fields));
}

/** Whether a bloom filter of 2 048 bits has the address in it, or seems to (Yellow Paper 4.3.1). */
function mayHold(logsBloom: string, address: string): boolean {
  const bloom = getBytes(logsBloom);
  const hash = getBytes(keccak256(address));
  return [0, 2, 4].every((at) => {
    const bit = (((hash[at] as number) << 8) | (hash[at + 1] as number)) & 2_047;
    return ((bloom[bloom.length - 1 - (bit >> 3)] as number) & (1 << (bit & 7))) !== 0;
  });
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

async function rootOf(receipts: readonly RpcReceipt[]): Promise<string> {
  const trie = await createMPT();
  for (const [index, { type = "0x0", status, cumulativeGasUsed, logsBloom, logs }] of receipts.entries()) {
    const body = RLP.encode([
      minimal(status),
      minimal(cumulativeGasUsed),
      getBytes(logsBloom),
      logs.map(({ address, topics, data }) => [getBytes(address), topics.map((topic) => getBytes(topic)), getBytes(data)]),
    ]);
    const typed = Number(type) === 0 ? body : new Uint8Array([Number(type), ...body]);
    await trie.put(RLP.encode(minimal(quantity(index))), typed);
  }
  return hexlify(trie.root());
}

function quantity(value: number): string {
  return `0x${value.toString(16)}`;
}

/** A quantity in as few bytes as it needs; none for zero. */
function minimal(value: string): Uint8Array {
  const digits = value.slice(2).replace(/^0+/, "");
  return getBytes(`0x${digits.length % 2 === 0 ? digits : `0${digits}`}`);
}
