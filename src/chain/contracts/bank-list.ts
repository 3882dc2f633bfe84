import { BankRepo__factory } from "../../../types/ethers-contracts/index.js";
import { bankIdFromBytes, bankIdToBytes } from "../../domain/ids.js";
import { type Chain, onChain } from "../connect-chain.js";
import { type Finality, readFinalBlock, readHeader } from "../finality.js";
import { getLogs } from "../rpc/reads.js";

/** A member bank as the chain has it. `publicKey`: X25519, 32 bytes in hex. */
export interface ChainBank {
  bank: string;
  active: boolean;
  sealingKey: { version: number; publicKey: string };
}

// Providers commonly refuse wider ranges.
const MAX_LOG_RANGE_BLOCKS = 5_000;
const ADDED_TOPIC = BankRepo__factory.createInterface().getEvent("BankAdded").topicHash;

/** Reads the member banks. The contract keeps no list: who was ever added is in its events, which are read once. */
export function createBankList(chain: Chain, finality: Finality) {
  const known = new Set<string>();
  let nextBlock = chain.deployment.fromBlock;
  let scanning: Promise<string[]> | undefined;

  /** The bank; `undefined` where it is no member and never was. */
  async function find(bank: string): Promise<ChainBank | undefined> {
    const id = bankIdToBytes(bank);
    const found = await onChain(() => chain.banks.get(id));
    const version = found.sealingKeyVersion;
    if (version === 0n) return undefined;
    const publicKey = await onChain(() => chain.banks.sealingKey(id, version));
    return { bank, active: found.active, sealingKey: { version: Number(version), publicKey } };
  }

  /** The banks that are or were members, by id: all, or a page of them after the bank `after`. */
  async function list({ after = "", limit }: { after?: string; limit?: number } = {}): Promise<ChainBank[]> {
    scanning ??= scan().finally(() => {
      scanning = undefined;
    });
    const ids = (await scanning).filter((id) => id > after).slice(0, limit);
    const found = await Promise.all(ids.map(find));
    return found.filter((bank) => bank !== undefined);
  }

  /** What is final is not read again; what is not may come back as something else. */
  async function scan(): Promise<string[]> {
    const head = (await readHeader(chain.provider, "latest"))?.number ?? -1;
    const final = await readFinalBlock(chain.provider, finality, head);
    const recent = await readAdded(nextBlock, Math.min(final, head));
    for (const bank of recent) known.add(bank);
    nextBlock = Math.max(nextBlock, final + 1);
    return [...new Set([...known, ...(await readAdded(nextBlock, head))])].sort();
  }

  async function readAdded(from: number, to: number): Promise<string[]> {
    const banks: string[] = [];
    for (let fromBlock = from; fromBlock <= to; fromBlock += MAX_LOG_RANGE_BLOCKS) {
      const toBlock = Math.min(fromBlock + MAX_LOG_RANGE_BLOCKS - 1, to);
      const address = chain.deployment.contracts.bankRepo;
      const logs = await onChain(() => getLogs(chain.provider, { address, fromBlock, toBlock, topics: [ADDED_TOPIC] }));
      banks.push(...logs.map(({ topics }) => bankIdFromBytes((topics[1] ?? "").slice(0, 18))));
    }
    return banks;
  }

  return { find, list };
}
