import { id as keccakOfText, ZeroAddress } from "ethers";
import { TransferStateRepo__factory } from "../../../types/ethers-contracts/index.js";
import { AppError } from "../../domain/app-error.js";
import { type Chain, onChain } from "../connect-chain.js";
import { nodeCondition, nodeErrorOf } from "../rpc/error.js";
import { type BlockTag, callContract, getHeader, getLogs } from "../rpc/reads.js";
import {
  decodeGetAccounts,
  decodeHoldersOf,
  decodeWordsOf,
  encodeGetAccounts,
  encodeHoldersOf,
  encodeWordsOf,
} from "./call-codec.js";
import { type ChainEvent, decodeEvent, type StartedData } from "./chain-event.js";
import type { ChainPhoneAccount, ChainTransfer, PhoneAccountHolder } from "./types.js";

/** The event that a transfer began with. */
export type Start = ChainEvent & { started: StartedData };

// One topic list of this length is what common nodes still take.
const MAX_IDS_PER_QUERY = 200;

const SEQUENCE_CALL = keccakOfText("sequence()").slice(0, 10);
const AUTHORITY_TOPIC = keccakOfText("AuthorityUpdated(address)");
// Four contracts and their roles, at most a few blocks each; an operator may pause between them.
const MAX_DEPLOYMENT_BLOCKS = 1_000;
// Providers commonly take so many blocks in one request for logs.
const MAX_LOG_RANGE_BLOCKS = 1_000;
const STARTED_TOPIC = keccakOfText(TransferStateRepo__factory.createInterface().getEvent("TransferStarted").format("sighash"));

/** The transfers as of a block; an id the chain does not know has the state NONE. One call to the node. */
export async function readTransfers(chain: Chain, ids: readonly string[], block: BlockTag): Promise<ChainTransfer[]> {
  if (ids.length === 0) return [];
  const to = chain.deployment.contracts.transferStateRepo;
  const data = await onChain(() => callContract(chain.provider, { to, data: encodeWordsOf(ids) }, block));
  return decodeWordsOf(data, ids);
}

/** Whether one of the open leg's bank's people proposes the outcome of a suspended transfer, as of the newest block. */
export async function readIsOutcomeProposed(chain: Chain, id: string): Promise<boolean> {
  const { proposer } = await onChain(() => chain.transfers.outcomeOf(id));
  return proposer !== ZeroAddress;
}

/**
 * What the transfers' starts said, details among them, read from the chain's own logs up to a block.
 * @param fromBlock Where to look first: the earliest of the starts' blocks, if somebody says it. What is not found from there
 * on is looked for from the deployment's first block.
 */
export async function readStarts(
  chain: Chain,
  ids: readonly string[],
  range: { fromBlock: number; toBlock: number },
): Promise<Map<string, StartedData>> {
  const found = new Map<string, StartedData>();
  await collectStarts(chain, ids, range, found);
  const missing = ids.filter((id) => !found.has(id));
  const { fromBlock } = chain.deployment;
  if (missing.length > 0 && range.fromBlock > fromBlock) {
    await collectStarts(chain, missing, { fromBlock, toBlock: range.fromBlock - 1 }, found);
  }
  return found;
}

async function collectStarts(
  chain: Chain,
  ids: readonly string[],
  range: { fromBlock: number; toBlock: number },
  found: Map<string, StartedData>,
): Promise<void> {
  for (let offset = 0; offset < ids.length; offset += MAX_IDS_PER_QUERY) {
    const part = ids.slice(offset, offset + MAX_IDS_PER_QUERY);
    for (let { fromBlock } = range; fromBlock <= range.toBlock; ) {
      const toBlock = Math.min(fromBlock + chain.startsRange.blocks - 1, range.toBlock);
      const starts = await startsUnlessTooMany(chain, part, { fromBlock, toBlock });
      if (starts === undefined) continue;
      for (const { transferId, started } of starts) found.set(transferId, started);
      fromBlock = toBlock + 1;
    }
  }
}

/** `undefined` where the node refuses the range; the next range is half as wide, down to one block. */
async function startsUnlessTooMany(
  chain: Chain,
  ids: readonly string[],
  range: { fromBlock: number; toBlock: number },
): Promise<Start[] | undefined> {
  try {
    const starts = await findStarts(chain, ids, range);
    chain.startsRange.grow();
    return starts;
  } catch (error) {
    if (mayBeForItsSize(error) && chain.startsRange.halve(range.toBlock - range.fromBlock + 1)) return undefined;
    throw error;
  }
}

/** Words that no dialect has may be a limit as well. */
function mayBeForItsSize(error: unknown): boolean {
  const condition = nodeCondition(error);
  return condition === "logs-too-large" || (condition === undefined && nodeErrorOf(error) !== undefined);
}

/** One request, of a range as wide and of as many ids as the node takes. */
export async function findStarts(
  chain: Chain,
  ids: readonly string[],
  range: { fromBlock: number; toBlock: BlockTag },
): Promise<Start[]> {
  const address = chain.deployment.contracts.transferStateRepo;
  const logs = await onChain(() => getLogs(chain.provider, { address, topics: [STARTED_TOPIC, ids], ...range }));
  return logs.flatMap((log) => {
    const event = decodeEvent(log);
    return event?.started === undefined ? [] : [{ ...event, started: event.started }];
  });
}

/** The entries of phone numbers as of a block; `undefined` for a number nobody holds. One call to the node. */
export async function readPhoneAccounts(
  chain: Chain,
  aliasIds: readonly string[],
  block: BlockTag,
): Promise<(ChainPhoneAccount | undefined)[]> {
  if (aliasIds.length === 0) return [];
  const to = chain.deployment.contracts.phoneAccountRepo;
  const data = await onChain(() => callContract(chain.provider, { to, data: encodeGetAccounts(aliasIds) }, block));
  return decodeGetAccounts(data, aliasIds);
}

/** Who holds phone numbers as of a block; `undefined` for a number nobody holds. One call to the node. */
export async function readHolders(
  chain: Chain,
  aliasIds: readonly string[],
  block: BlockTag,
): Promise<(PhoneAccountHolder | undefined)[]> {
  if (aliasIds.length === 0) return [];
  const to = chain.deployment.contracts.phoneAccountRepo;
  const data = await onChain(() => callContract(chain.provider, { to, data: encodeHoldersOf(aliasIds) }, block));
  return decodeHoldersOf(data, aliasIds);
}

/**
 * The number of the newest event as of a block; `undefined` for a block before the deployment. The node must have the block's state, which
 * full nodes keep of the newest 128 blocks only.
 * @throws AppError `chain-gap` where the node answers as if the contract were not there.
 */
export function readSequence(chain: Chain, blockNumber: number): Promise<bigint | undefined> {
  if (blockNumber < chain.deployment.fromBlock) return Promise.resolve(undefined);
  return onChain(async () => {
    const to = chain.deployment.contracts.transferStateRepo;
    const answer = await callContract(chain.provider, { to, data: SEQUENCE_CALL }, blockNumber);
    if (/^0x[0-9a-f]{64}$/i.test(answer)) return BigInt(answer);
    if (answer === "0x" && (await isBeforeCreation(chain, blockNumber))) return undefined;
    throw new AppError(
      "chain-gap",
      `The node answers the contract's sequence at block ${blockNumber} with ${answer.slice(0, 100)}, as if the contract were not there; ` +
        "the block's state may be pruned. Asking another node.",
    );
  });
}

/**
 * Whether the contract was created after a block: by the log of its creation, since a node that pruned the block's state shows no code
 * there either. A deployment takes a few blocks from its first one on.
 */
async function isBeforeCreation(chain: Chain, blockNumber: number): Promise<boolean> {
  const { contracts, fromBlock } = chain.deployment;
  const newest = (await getHeader(chain.provider, "latest"))?.number ?? blockNumber;
  const end = Math.min(fromBlock + MAX_DEPLOYMENT_BLOCKS, newest);
  const filter = { address: contracts.transferStateRepo, topics: [AUTHORITY_TOPIC] };
  let size = MAX_DEPLOYMENT_BLOCKS;
  for (let from = blockNumber + 1; from <= end; ) {
    try {
      const created = await getLogs(chain.provider, { ...filter, fromBlock: from, toBlock: Math.min(from + size - 1, end) });
      if (created.length > 0) return true;
      from += size;
    } catch (error) {
      // The range may be too wide for the node.
      if (size === 1) throw error;
      size = Math.floor(size / 2);
    }
  }
  return false;
}

/**
 * The number of the newest event before the contract's own first one: 0, unless the contract counts on from a predecessor. Without the
 * state of old blocks, unless the predecessor's count is needed.
 */
export async function readFirstSequence(chain: Chain): Promise<bigint> {
  const predecessor = await onChain(() => chain.transfers.predecessor());
  if (BigInt(predecessor) === 0n) return 0n;
  const { fromBlock } = chain.deployment;
  const counted = await readSequence(chain, fromBlock).catch((error: unknown) => {
    if (error instanceof AppError && error.retryable) return undefined;
    throw error;
  });
  return counted ?? (await newestSequenceUpTo(chain, predecessor, fromBlock));
}

/** By the logs alone, from a block back. */
async function newestSequenceUpTo(chain: Chain, address: string, blockNumber: number): Promise<bigint> {
  for (let toBlock = blockNumber; toBlock >= 0; toBlock -= MAX_LOG_RANGE_BLOCKS) {
    const fromBlock = Math.max(toBlock - MAX_LOG_RANGE_BLOCKS + 1, 0);
    const logs = await onChain(() => getLogs(chain.provider, { address, fromBlock, toBlock }));
    const newest = logs.flatMap((log) => decodeEvent(log)?.sequence ?? []).reduce((a, b) => (a > b ? a : b), 0n);
    if (newest > 0n) return newest;
  }
  return 0n;
}
