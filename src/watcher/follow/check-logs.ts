import { onChain } from "../../chain/connect-chain.js";
import type { RawLog } from "../../chain/contracts/chain-event.js";
import { readHeader } from "../../chain/finality.js";
import type { ChainNode } from "../../chain/rpc/chain-nodes.js";
import { isHashProven, mayHoldLog, mayHoldLogs, provenWrong, readProvenLogs } from "../../chain/rpc/proven-logs.js";
import { type BlockHeader, getLogs } from "../../chain/rpc/reads.js";
import { AppError } from "../../domain/app-error.js";

/**
 * How logs are checked against their blocks.
 * - `receipts`: a block's receipts are hashed, and are those of its header; the logs are the receipts' own. Proves every log.
 * - `bloom`: the header's bloom filter holds each log's address and topics. Proves no log, but costs no request.
 * - `second-node`: another node gives the same logs and the same last block. While there is no other, the receipts prove the logs.
 * - `none`: by their sequence only.
 */
export type LogCheck = "receipts" | "bloom" | "second-node" | "none";

/**
 * Which node is asked, and what checks its answers.
 * - `others`: the good nodes besides it.
 * - `onUnproven`: is told of an answer that is believed although nothing proves it.
 */
export interface NodeCheck {
  node: ChainNode;
  others: readonly ChainNode[];
  logCheck: LogCheck;
  onUnproven: (message: string) => void;
}

/** The contract's logs in blocks `from` to `to`, with the headers that were read of these blocks: of every block with logs at least. */
export interface ReadLogs {
  from: number;
  to: number;
  headers: ReadonlyMap<number, BlockHeader>;
  logs: readonly RawLog[];
}

/**
 * Checks logs against their blocks.
 * @throws AppError `chain-gap` where they do not belong together, or where two nodes differ; `chain-unavailable` where a second node
 * is needed and none answers.
 */
export async function checkLogs(check: NodeCheck, read: ReadLogs): Promise<void> {
  const { logCheck } = check;
  if (logCheck === "none") return;
  if (logCheck === "second-node") {
    if (check.others.length > 0) return await compareWithSecond(check, read);
    // The receipts prove as much; nothing is believed that they do not prove.
    return await checkLogs({ ...check, logCheck: "receipts", onUnproven: refuseUnproven }, read);
  }
  const headers = [...read.headers.values()].filter(({ number }) => number >= read.from && number <= read.to);
  await confirmHeaders(check, headers);
  const byBlock = Map.groupBy(read.logs, ({ blockNumber }) => blockNumber);
  const address = check.node.chain.deployment.contracts.transferStateRepo;
  if (logCheck === "bloom") assertInBloom(read, address);
  const doubtful = headers.filter((header) => {
    if (byBlock.has(header.number)) return logCheck === "receipts";
    return mayHoldLogs(header, address);
  });
  await Promise.all(doubtful.map((header) => checkBlock(check, header, byBlock.get(header.number) ?? [])));
}

/** A block's contract logs, proven as far as the chain allows: by the receipts, else by another node. */
export async function readCheckedLogs(check: NodeCheck, header: BlockHeader): Promise<RawLog[]> {
  await confirmHeaders(check, [header]);
  const proven = await readProvenLogs(check.node.chain, header);
  if (proven !== undefined) return proven;
  const { number } = header;
  const address = check.node.chain.deployment.contracts.transferStateRepo;
  const logs = await onChain(() => getLogs(check.node.chain.provider, { address, fromBlock: number, toBlock: number }));
  await compareWithSecond(check, { from: number, to: number, headers: new Map([[number, header]]), logs });
  return logs;
}

async function checkBlock(check: NodeCheck, header: BlockHeader, logs: readonly RawLog[]): Promise<void> {
  const proven = await readProvenLogs(check.node.chain, header);
  if (proven === undefined) {
    if (check.others.length > 0) {
      const { number } = header;
      return await compareWithSecond(check, { from: number, to: number, headers: new Map([[number, header]]), logs });
    }
    check.onUnproven(
      "blocks have receipts of a type that cannot be hashed here, and there is no second node: logs are not proven",
    );
    return;
  }
  if (!areSame(logs, proven)) {
    throw provenWrong(`The node's logs of block ${header.number} are not those of the block's receipts.`);
  }
}

function assertInBloom({ headers, logs }: ReadLogs, address: string): void {
  for (const { blockNumber, topics } of logs) {
    const header = headers.get(blockNumber);
    if (header !== undefined && !mayHoldLog(header, address, topics)) {
      throw provenWrong(`The node gave a log of block ${blockNumber} that the block's bloom filter rules out.`);
    }
  }
}

/** Headers whose hash cannot be computed again are compared with another node's: the chain may hash in a way of its own. */
async function confirmHeaders({ node, others, onUnproven }: NodeCheck, headers: readonly BlockHeader[]): Promise<void> {
  const unproven = headers.filter((header) => !isHashProven(header));
  if (unproven.length === 0) return;
  const [second] = others;
  if (second === undefined) {
    onUnproven(
      "the hash of block headers cannot be computed again, and there is no second node: the node's headers are believed",
    );
    return;
  }
  await Promise.all(
    unproven.map(async (header) => {
      const other = await readHeader(second.chain.provider, header.number);
      if (other === undefined)
        throw new AppError("chain-gap", `The second node does not have block ${header.number} yet; asking again.`);
      const isSame = ["hash", "logsBloom", "receiptsRoot"].every((field) => other.raw[field] === header.raw[field]);
      if (isSame) return;
      if (isHashProven(other))
        throw provenWrong(`The header of block ${header.number} does not have its hash; that of ${second.name} does.`);
      throw differing(header.number, node, second);
    }),
  );
}

function refuseUnproven(): never {
  throw noSecond();
}

function noSecond(): AppError {
  return new AppError(
    "chain-unavailable",
    "Nothing proves the node's logs, and no second node of CHAIN_RPC_URL answers; asking again.",
  );
}

async function compareWithSecond({ node, others }: NodeCheck, { from, to, headers, logs }: ReadLogs): Promise<void> {
  const [second] = others;
  if (second === undefined) throw noSecond();
  const address = node.chain.deployment.contracts.transferStateRepo;
  const [last, others_] = await Promise.all([
    readHeader(second.chain.provider, to),
    onChain(() => getLogs(second.chain.provider, { address, fromBlock: from, toBlock: to })),
  ]);
  if (last === undefined) throw new AppError("chain-gap", `The second node does not have block ${to} yet; asking again.`);
  const own = headers.get(to);
  if ((own !== undefined && own.hash !== last.hash) || !areSame(logs, others_))
    throw await settle(from, to, node, second, headers);
}

/** Two nodes differ. Where the receipts of a block prove one of them right, the other is wrong; else neither is believed. */
async function settle(
  from: number,
  to: number,
  node: ChainNode,
  second: ChainNode,
  headers: ReadonlyMap<number, BlockHeader>,
): Promise<AppError> {
  const address = node.chain.deployment.contracts.transferStateRepo;
  for (const header of headers.values()) {
    if (header.number < from || header.number > to || !isHashProven(header)) continue;
    const block = { address, fromBlock: header.number, toBlock: header.number };
    const [proven, own] = await Promise.all([
      readProvenLogs(node.chain, header),
      onChain(() => getLogs(node.chain.provider, block)),
    ]);
    if (proven !== undefined && !areSame(own, proven)) {
      return provenWrong(`The node's logs of block ${header.number} are not those of the block's receipts.`);
    }
  }
  return differing(to, node, second);
}

function differing(number: number, node: ChainNode, second: ChainNode): AppError {
  return new AppError(
    "chain-gap",
    `The nodes ${node.name} and ${second.name} differ about block ${number}; neither is believed. Asking again.`,
  );
}

/** Whether two nodes, or a node and the proof, have the same logs, in the order of the chain. */
function areSame(a: readonly RawLog[], b: readonly RawLog[]): boolean {
  const lines = (logs: readonly RawLog[]) =>
    logs
      .toSorted((one, other) => one.blockNumber - other.blockNumber || one.index - other.index)
      .map(({ blockHash, index, transactionHash, topics, data }) =>
        [blockHash, index, transactionHash, data, ...topics].join(" ").toLowerCase(),
      );
  const [one, other] = [lines(a), lines(b)];
  return one.length === other.length && one.every((line, index) => line === other[index]);
}
