import { id as keccakOfText } from "ethers";
import { TransferStateRepo__factory } from "../../types/ethers-contracts/index.js";
import { AppError } from "../domain/app-error.js";
import type { State } from "../domain/transfer-state.js";
import {
  decodeGetAccounts,
  decodeHoldersOf,
  decodeWordsOf,
  encodeGetAccounts,
  encodeHoldersOf,
  encodeWordsOf,
} from "./call-codec.js";
import { type ChainEvent, decodeEvent, type StartedData } from "./chain-event.js";
import { type Chain, onChain } from "./connect-chain.js";
import { nodeCondition, nodeErrorOf } from "./rpc-error.js";
import { type BlockTag, callContract, getLogs } from "./rpc-reads.js";

/** A transfer as the chain has it at one block. One that it does not know has the state NONE, and no banks: "". */
export interface ChainTransfer {
  id: string;
  state: State;
  /** Where a suspended transfer was suspended from. */
  suspendedFrom: State | undefined;
  payerBank: string;
  payeeBank: string;
  /** ISO 4217 numeric code. */
  currencyNumeric: number;
  amountMinor: bigint;
  /** How often two arbiters have resumed it, 0 to 255. */
  resumptions: number;
  /** Seconds of block time. */
  deadlineSeconds: number;
}

/** The event that a transfer began with. */
export type Start = ChainEvent & { started: StartedData };

/** Which bank holds a phone number at one block, and by which version of its entry. */
export interface PhoneAccountHolder {
  bank: string;
  version: number;
}

/** A phone number's entry at one block. */
export interface ChainPhoneAccount extends PhoneAccountHolder {
  sealedAccount: Uint8Array;
}

// One topic list of this length is what common nodes still take.
const MAX_IDS_PER_QUERY = 200;

const SEQUENCE_CALL = keccakOfText("sequence()").slice(0, 10);
const STARTED_TOPIC = keccakOfText(TransferStateRepo__factory.createInterface().getEvent("TransferStarted").format("sighash"));

/** The transfers as of a block; an id the chain does not know has the state NONE. One call to the node. */
export async function readTransfers(chain: Chain, ids: readonly string[], block: BlockTag): Promise<ChainTransfer[]> {
  if (ids.length === 0) return [];
  const to = chain.deployment.contracts.transferStateRepo;
  const data = await onChain(() => callContract(chain.provider, { to, data: encodeWordsOf(ids) }, block));
  return decodeWordsOf(data, ids);
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

/** The number of the newest event as of a block; `undefined` where the contract is not there yet. */
export function readSequence(chain: Chain, blockNumber: number): Promise<bigint | undefined> {
  return onChain(async () => {
    const to = chain.deployment.contracts.transferStateRepo;
    const answer = await callContract(chain.provider, { to, data: SEQUENCE_CALL }, blockNumber);
    if (/^0x[0-9a-f]{64}$/i.test(answer)) return BigInt(answer);
    // There is nobody to answer, or the node is wrong.
    const code = await chain.provider.getCode(to, blockNumber);
    if (code === "0x") return undefined;
    throw new AppError(
      "chain-unavailable",
      `The contract's sequence was answered with ${answer.slice(0, 100)}; ask another node.`,
    );
  });
}
