import { createHash } from "node:crypto";
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import type { ContractTransactionResponse } from "ethers";
import { SEAL_OVERHEAD_BYTES } from "../../src/domain/sealing.js";
import { STATES } from "../../src/domain/transfer-state.js";
import { deployNetwork, type Network } from "../../tools/contracts/network.js";
import { NO_REASON, REASON, type StartItem, startOf } from "../../tools/contracts/transfers.js";

/** Gas of each write, single and per item of a batch. */
export type GasFigures = Record<"single" | "batch1" | "batch10" | "batch100", Record<string, number>> & {
  detailsBytes: number;
};

/**
 * What `sealDetails` makes of a transfer without a message; with one of 22 bytes it is 204. What is sealed can hardly be told
 * from random bytes, and those used here are the same in every run.
 */
export const DETAILS_BYTES = 182;

const BATCH_SIZES = [1, 10, 100] as const;

/** Measures every write on a fresh network; the figures are the same in every run. */
export async function measureGas(ethers: HardhatEthers): Promise<GasFigures> {
  const network = await deployNetwork(ethers);
  const measure = createMeasure(network);
  // The first ever start makes the slot of `sequence`: it is no measure of those that follow.
  await measure.single();
  return {
    detailsBytes: DETAILS_BYTES,
    single: await measure.single(),
    batch1: await measure.batch(BATCH_SIZES[0]),
    batch10: await measure.batch(BATCH_SIZES[1]),
    batch100: await measure.batch(BATCH_SIZES[2]),
  };
}

function createMeasure(network: Network) {
  const repo = network.transferStateRepo;
  const byInitiator = repo.connect(network.initiator);
  const byPayer = repo.connect(network.legs.payer);
  const byPayee = repo.connect(network.legs.payee);
  const byAccounts = network.phoneAccountRepo.connect(network.accounts.payer);

  async function starts(count: number, withDetails: boolean): Promise<StartItem[]> {
    const block = await network.ethers.provider.getBlock("latest");
    if (block === null) throw new Error("The chain has no block");
    return Array.from({ length: count }, (_, index) => {
      const seed = `${withDetails ? "details" : "none"}/${block.number}/${index}`;
      return startOf(block.timestamp, { requestHash: bytes(seed, 32), details: withDetails ? bytes(seed, DETAILS_BYTES) : "0x" });
    });
  }

  async function single(): Promise<Record<string, number>> {
    const [item] = (await starts(1, true)) as [StartItem];
    const [bare] = (await starts(1, false)) as [StartItem];
    return withTransfer({
      start: await gasOf(byInitiator.start(item), 1),
      startNoDetails: await gasOf(byInitiator.start(bare), 1),
      pending: await gasOf(byPayer.markPending(item.id, EVIDENCE), 1),
      complete: await gasOf(byPayee.complete(item.id, EVIDENCE), 1),
      reject: await gasOf(byPayer.reject(bare.id, REASON, EVIDENCE), 1),
      register: await gasOf(byAccounts.register(bytes(`alias/${item.id}`, 32), SEALED), 1),
    });
  }

  async function batch(size: number): Promise<Record<string, number>> {
    const items = await starts(size, true);
    const start = await gasOf(byInitiator.startBatch(items), size);
    const bare = await starts(size, false);
    const startNoDetails = await gasOf(byInitiator.startBatch(bare), size);
    const to = (ids: StartItem[], state: (typeof STATES)[number], reason = NO_REASON) =>
      ids.map(({ id }) => ({ id, to: STATES.indexOf(state), reason, evidence: EVIDENCE }));
    const registrations = items.map(({ id }) => ({ aliasId: bytes(`alias/${id}`, 32), sealedAccount: SEALED }));
    return withTransfer({
      start,
      startNoDetails,
      pending: await gasOf(byPayer.advance(to(items, "PENDING")), size),
      complete: await gasOf(byPayee.advance(to(items, "COMPLETED")), size),
      reject: await gasOf(byPayer.advance(to(bare, "REJECTED", REASON)), size),
      register: await gasOf(byAccounts.registerBatch(registrations), size),
    });
  }

  return { single, batch };
}

// As a hash is: 32 bytes of which hardly one is zero.
const EVIDENCE = bytes("evidence", 32);

// An IBAN of 24 characters, as `sealAccount` seals it.
const SEALED = bytes("sealed account", SEAL_OVERHEAD_BYTES + 24);

function withTransfer(figures: { start: number; pending: number; complete: number; [write: string]: number }) {
  return { ...figures, transfer: figures.start + figures.pending + figures.complete };
}

async function gasOf(sent: Promise<ContractTransactionResponse>, items: number): Promise<number> {
  const receipt = await (await sent).wait();
  if (receipt === null) throw new Error("The transaction was not mined");
  return Math.ceil(Number(receipt.gasUsed) / items);
}

/** Bytes that look random and are the same in every run, as hex. */
function bytes(seed: string, length: number): string {
  let hex = "";
  for (let i = 0; hex.length < length * 2; i += 1) hex += createHash("sha256").update(`${seed}/${i}`).digest("hex");
  return `0x${hex.slice(0, length * 2)}`;
}
