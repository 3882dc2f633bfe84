import type { JsonRpcProvider } from "ethers";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { AppError } from "../../domain/app-error.js";
import { hashOfHeader, hasKnownTypes, mayHold, type RpcReceipt, rootOfReceipts } from "../../domain/block-proof.js";
import { type Chain, onChain } from "../connect-chain.js";
import type { RawLog } from "../contracts/chain-event.js";
import { nodeErrorOf } from "./error.js";
import type { BlockHeader } from "./reads.js";

const Quantity = Type.String({ pattern: "^0x[0-9a-fA-F]{1,64}$" });
const Data = Type.String({ pattern: "^0x([0-9a-fA-F]{2})*$" });
const Receipt = Type.Object({
  type: Type.Optional(Quantity),
  status: Quantity,
  cumulativeGasUsed: Quantity,
  logsBloom: Data,
  transactionHash: Data,
  logs: Type.Array(Type.Object({ address: Data, topics: Type.Array(Data, { maxItems: 4 }), data: Data })),
});
const receiptsCheck = Compile(Type.Array(Receipt));
const hashesCheck = Compile(Type.Array(Data));

/** The error of a node whose own answers contradict each other or another node's proof: it is not to be believed for a while. */
export function provenWrong(message: string): AppError {
  return new AppError("chain-gap", message, { details: { provenWrong: true } });
}

/** Whether an error says that a node was proven wrong. */
export function isProvenWrong(error: unknown): boolean {
  return error instanceof AppError && error.details.provenWrong === true;
}

/** Whether a header's fields have its hash. False also for chains that hash headers in a way of their own, as Besu's QBFT does. */
export function isHashProven({ hash, raw }: BlockHeader): boolean {
  try {
    return hashOfHeader(raw) === hash;
  } catch {
    // A field is no hex.
    return false;
  }
}

/** Whether the header's bloom filter lets the block hold logs of the contract. */
export function mayHoldLogs(header: BlockHeader, address: string): boolean {
  return mayHold(String(header.raw.logsBloom), address);
}

/** Whether the header's bloom filter lets the block hold a log of the contract with these topics. */
export function mayHoldLog(header: BlockHeader, address: string, topics: readonly string[]): boolean {
  return [address, ...topics].every((value) => mayHold(String(header.raw.logsBloom), value));
}

/**
 * The contract's logs of a block, all of them, as its receipts prove by the header's `receiptsRoot`; `undefined` where the chain has types
 * of receipts that are not known here. The hashes of the transactions are the node's word.
 * @throws AppError `chain-gap`, as {@link isProvenWrong} says, where the receipts are not the header's.
 */
export async function readProvenLogs(chain: Chain, header: BlockHeader): Promise<RawLog[] | undefined> {
  const receipts = await onChain(() => readReceipts(chain.provider, header));
  if (!hasKnownTypes(receipts)) return undefined;
  if ((await rootOfReceipts(receipts)) !== header.raw.receiptsRoot) {
    throw provenWrong(`The node's receipts of block ${header.number} are not those of the block's header.`);
  }
  const address = chain.deployment.contracts.transferStateRepo.toLowerCase();
  return receipts
    .flatMap(({ logs, transactionHash }) => logs.map((log) => ({ ...log, transactionHash })))
    .map(({ address: emitter, topics, data, transactionHash }, index) => ({
      emitter,
      log: { topics, data, transactionHash, index, blockNumber: header.number, blockHash: header.hash },
    }))
    .flatMap(({ emitter, log }) => (emitter.toLowerCase() === address ? [log] : []));
}

// Nodes that were found to lack eth_getBlockReceipts, as Hardhat's does.
const withoutBlockReceipts = new WeakSet<JsonRpcProvider>();

async function readReceipts(provider: JsonRpcProvider, { number, raw }: BlockHeader): Promise<RpcReceipt[]> {
  if (!withoutBlockReceipts.has(provider)) {
    try {
      const all: unknown = await provider.send("eth_getBlockReceipts", [`0x${number.toString(16)}`]);
      if (all !== null) return asReceipts(all);
    } catch (error) {
      const found = nodeErrorOf(error);
      if (
        found === undefined ||
        (found.code !== -32_601 &&
          found.code !== -32_004 &&
          !/not (supported|available|found)|does not exist/i.test(found.message))
      )
        throw error;
      withoutBlockReceipts.add(provider);
    }
  }
  if (!hashesCheck.Check(raw.transactions))
    throw new AppError("chain-unavailable", "The node's block lacks its transactions; asking again.");
  return asReceipts(await Promise.all(raw.transactions.map((hash) => provider.send("eth_getTransactionReceipt", [hash]))));
}

function asReceipts(value: unknown): Static<typeof Receipt>[] {
  if (receiptsCheck.Check(value)) return value;
  throw new AppError("chain-unavailable", "The node lacks a block's receipts, or they are not what JSON-RPC says; asking again.");
}
