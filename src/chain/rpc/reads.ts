import type { JsonRpcProvider } from "ethers";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { AppError } from "../../domain/app-error.js";
import type { RpcHeader } from "../../domain/block-proof.js";
import type { RawLog } from "../contracts/chain-event.js";

// Logs, receipts, headers and calls as JSON-RPC has them (execution-apis), checked and no more: ethers makes an object with accessors
// of every log, which costs more than all that is done with it afterwards.

const Quantity = Type.String({ pattern: "^0x[0-9a-fA-F]{1,64}$" });
const Hash = Type.String({ pattern: "^0x[0-9a-fA-F]{64}$" });
const Data = Type.String({ pattern: "^0x[0-9a-fA-F]*$" });

const Log = Type.Object({
  address: Type.String(),
  topics: Type.Array(Hash, { maxItems: 4 }),
  data: Data,
  blockNumber: Quantity,
  blockHash: Hash,
  logIndex: Quantity,
  transactionHash: Hash,
  removed: Type.Optional(Type.Boolean()),
});
const Receipt = Type.Object({
  transactionHash: Hash,
  blockNumber: Quantity,
  status: Quantity,
  gasUsed: Quantity,
  logs: Type.Array(Log),
});
const Header = Type.Object({ number: Quantity, hash: Hash, parentHash: Hash, timestamp: Quantity });

const logsCheck = Compile(Type.Array(Log));
const receiptCheck = Compile(Type.Union([Receipt, Type.Null()]));
const headerCheck = Compile(Type.Union([Header, Type.Null()]));
const dataCheck = Compile(Data);

/** The outcome of a transaction that is mined. `status` is 1 for one that was not reverted; `gasUsed` in gas units. */
export interface TransactionOutcome {
  hash: string;
  blockNumber: number;
  status: number;
  gasUsed: bigint;
  logs: RawLog[];
}

/** The header fields that are read. `timestamp` in seconds. `raw`: all that the node says of the block, to be checked by its hash. */
export interface BlockHeader {
  number: number;
  hash: string;
  parentHash: string;
  timestamp: number;
  raw: RpcHeader;
}

/** A block by its number, or the node's own tag (EIP-3675). */
export type BlockTag = number | "latest" | "safe" | "finalized";

/** Topics as in `eth_getLogs`: a value, a list of alternatives, or null for any. Blocks inclusive. */
export interface LogFilter {
  address: string;
  fromBlock: number;
  toBlock: BlockTag;
  topics?: readonly (string | readonly string[] | null)[];
}

/** Logs in the order of the node's answer; those of another contract are left out. */
export async function getLogs(provider: JsonRpcProvider, filter: LogFilter): Promise<RawLog[]> {
  const request = { ...filter, fromBlock: parameterOf(filter.fromBlock), toBlock: parameterOf(filter.toBlock) };
  const logs = checked(logsCheck, await provider.send("eth_getLogs", [request]));
  return logs.filter((log) => isFrom(log, filter.address)).map(toLog);
}

/** The receipt of a transaction; `undefined` while it is not mined. Its logs are those of the contract at `address`. */
export async function getReceipt(
  provider: JsonRpcProvider,
  hash: string,
  address: string,
): Promise<TransactionOutcome | undefined> {
  const found = checked(receiptCheck, await provider.send("eth_getTransactionReceipt", [hash]));
  if (found === null) return undefined;
  return {
    hash: found.transactionHash,
    blockNumber: Number(found.blockNumber),
    status: Number(found.status),
    gasUsed: BigInt(found.gasUsed),
    logs: found.logs.filter((log) => isFrom(log, address)).map(toLog),
  };
}

/** A block's header; `undefined` where the node has no such block. */
export async function getHeader(provider: JsonRpcProvider, block: BlockTag): Promise<BlockHeader | undefined> {
  const found = checked(headerCheck, await provider.send("eth_getBlockByNumber", [parameterOf(block), false]));
  if (found === null) return undefined;
  const { hash, parentHash } = found;
  return { number: Number(found.number), hash, parentHash, timestamp: Number(found.timestamp), raw: found };
}

/** What a contract answers to a call, as of a block: 0x and hex digits; 0x where there is no contract. */
export async function callContract(
  provider: JsonRpcProvider,
  call: { to: string; data: string },
  block: BlockTag,
): Promise<string> {
  return checked(dataCheck, await provider.send("eth_call", [call, parameterOf(block)]));
}

function toLog(log: Static<typeof Log>): RawLog {
  const { topics, data, blockHash, transactionHash } = log;
  return { topics, data, blockHash, transactionHash, blockNumber: Number(log.blockNumber), index: Number(log.logIndex) };
}

function isFrom(log: Static<typeof Log>, address: string): boolean {
  return log.removed !== true && log.address.toLowerCase() === address.toLowerCase();
}

function parameterOf(block: BlockTag): string {
  return typeof block === "number" ? `0x${block.toString(16)}` : block;
}

function checked<Value>(check: { Check(value: unknown): value is Value }, value: unknown): Value {
  if (check.Check(value)) return value;
  throw new AppError("chain-unavailable", "The node's answer is not what JSON-RPC says; ask another node.");
}
