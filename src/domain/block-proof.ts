import { createMPT } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { getBytes, hexlify } from "ethers";
import { keccak256 } from "./keccak.js";

/** A header as JSON-RPC has it (execution-apis), with every field that the node gives. */
export type RpcHeader = Readonly<Record<string, unknown>>;

/** A receipt as JSON-RPC has it, in the parts that its trie holds. */
export interface RpcReceipt {
  type?: string;
  status: string;
  cumulativeGasUsed: string;
  logsBloom: string;
  transactionHash: string;
  logs: readonly RpcReceiptLog[];
}

export interface RpcReceiptLog {
  address: string;
  topics: readonly string[];
  data: string;
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
// Legacy, EIP-2930, EIP-1559, EIP-4844, EIP-7702. Chains with further types put further fields into their receipts.
const RECEIPT_TYPES: ReadonlySet<number> = new Set([0, 1, 2, 3, 4]);
const BLOOM_BITS = 2_048;
const BLOOM_BYTES = BLOOM_BITS / 8;

/**
 * The hash that a header's fields have.
 * @throws Error where a field is no hex: the node's answer is no header.
 */
export function hashOfHeader(header: RpcHeader): string {
  const fields = HEADER.filter(([name]) => header[name] !== undefined && header[name] !== null).map(([name, kind]) =>
    kind === "number" ? minimalBytes(header[name] as string) : getBytes(header[name] as string),
  );
  return keccak256(RLP.encode(fields));
}

/** Whether a bloom filter (Yellow Paper 4.3.1) has an address or a topic in it, or seems to. */
export function mayHold(logsBloom: string, addressOrTopic: string): boolean {
  const bloom = getBytes(logsBloom);
  if (bloom.length !== BLOOM_BYTES) return true;
  const hash = getBytes(keccak256(addressOrTopic));
  return [0, 2, 4].every((at) => {
    const bit = (((hash[at] as number) << 8) | (hash[at + 1] as number)) & (BLOOM_BITS - 1);
    return ((bloom[BLOOM_BYTES - 1 - (bit >> 3)] as number) & (1 << (bit & 7))) !== 0;
  });
}

/** Whether the trie of these receipts can be hashed again: the encoding of each type is known. */
export function hasKnownTypes(receipts: readonly RpcReceipt[]): boolean {
  return receipts.every(({ type = "0x0" }) => RECEIPT_TYPES.has(Number(type)));
}

/** The root of the trie of a block's receipts, in the order of its transactions (Yellow Paper 4.3.1, EIP-2718). */
export async function rootOfReceipts(receipts: readonly RpcReceipt[]): Promise<string> {
  const trie = await createMPT();
  for (const [index, { type = "0x0", status, cumulativeGasUsed, logsBloom, logs }] of receipts.entries()) {
    const body = RLP.encode([
      minimalBytes(status),
      minimalBytes(cumulativeGasUsed),
      getBytes(logsBloom),
      logs.map(({ address, topics, data }) => [getBytes(address), topics.map((topic) => getBytes(topic)), getBytes(data)]),
    ]);
    const typed = Number(type) === 0 ? body : new Uint8Array([Number(type), ...body]);
    await trie.put(RLP.encode(minimalBytes(`0x${index.toString(16)}`)), typed);
  }
  return hexlify(trie.root());
}

/** A quantity in as few bytes as it needs; none for zero. */
function minimalBytes(value: string): Uint8Array {
  const digits = value.slice(2).replace(/^0+/, "");
  return getBytes(`0x${digits.length % 2 === 0 ? digits : `0${digits}`}`);
}
