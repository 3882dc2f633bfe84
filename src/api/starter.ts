import type { Logger } from "pino";
import type { BatchSender } from "../chain/batch-sender.js";
import type { Chain } from "../chain/connect-chain.js";
import { type Finality, readFinalBlock } from "../chain/finality.js";
import { type ChainTransfer, readTransfers } from "../chain/read-transfers.js";
import type { Start, TransitionOutcome } from "../chain/transition-senders.js";
import { AppError } from "../domain/app-error.js";
import type { Refusal } from "../domain/transfer-state.js";
import type { Journal, JournalRow } from "../store/journal.js";

/** Brings accepted starts to the chain. */
export interface StarterService {
  /** A start this replica has just accepted. Returns at once. */
  wake(transferId: string): void;
  /** Takes no more, and resolves when what is under way has settled. */
  close(): Promise<void>;
}

// How often starts of replicas that are gone, or that failed here, are looked for.
const TAKE_OVER_INTERVAL_MS = 2_000;
// A refusal is believed once its block is as final as is asked for; a minute of patience, then it is asked again.
const FINALITY_POLL_MS = 250;
const FINALITY_POLLS = 240;

/**
 * Sends each accepted start once it is told of it, and again whatever was left over by a crash or an outage, until the chain has
 * it or has refused it. Sending twice is harmless: the contract knows the id.
 */
export function createStarter(deps: {
  journal: Journal;
  chain: Chain;
  finality: Finality;
  sender: BatchSender<Start, TransitionOutcome>;
  logger: Logger;
}): StarterService {
  const { journal, logger } = deps;
  const underWay = new Map<string, Promise<void>>();
  const timer = setInterval(() => void takeOver(), TAKE_OVER_INTERVAL_MS);
  let closed = false;

  function wake(transferId: string): void {
    if (closed) return;
    run(transferId, async () => {
      const entry = await journal.find(transferId);
      if (entry?.status === "accepted") await start(deps, entry);
    });
  }

  async function takeOver(): Promise<void> {
    try {
      for (const entry of await journal.takeOver()) run(entry.transferId, () => start(deps, entry));
    } catch (error) {
      logger.warn({ error: (error as Error).message }, "accepted starts cannot be looked for; trying again");
    }
  }

  function run(transferId: string, task: () => Promise<void>): void {
    if (underWay.has(transferId)) return;
    const done = task()
      // It stays in the journal and is taken over again once its lease has run out.
      .catch((error: unknown) => logger.warn({ transferId, error: (error as Error).message }, "not started yet; trying again"))
      .finally(() => underWay.delete(transferId));
    underWay.set(transferId, done);
  }

  async function close(): Promise<void> {
    closed = true;
    clearInterval(timer);
    await Promise.all(underWay.values());
  }

  return { wake, close };
}

async function start(deps: Parameters<typeof createStarter>[0], entry: JournalRow): Promise<void> {
  const { journal, chain, sender, logger } = deps;
  const { transferId } = entry;
  const outcome = await sender.send(entry);
  if (outcome.applied) {
    await journal.settle(transferId, { status: "started" });
    logger.info({ transferId, transactionHash: outcome.transactionHash }, "transfer started");
    return;
  }
  const refusal = outcome.cause === "EXISTS" ? await compare(chain, entry, outcome.blockNumber) : outcome.cause;
  if (refusal === undefined) {
    await journal.settle(transferId, { status: "started" });
    return;
  }
  await untilFinal(deps, outcome.blockNumber);
  await journal.settle(transferId, { status: "refused", refusal });
  logger.warn({ transferId, refusal }, "the chain refused the start");
}

/** The chain knows the id: from an earlier try of ours, if it has the same terms. */
async function compare(chain: Chain, entry: JournalRow, blockNumber: number): Promise<Refusal | undefined> {
  const [found] = await readTransfers(chain, [entry.transferId], blockNumber);
  if (found === undefined || found.state === "NONE") return "EXISTS";
  return hasSameTerms(found, entry) ? undefined : "EXISTS";
}

function hasSameTerms(found: ChainTransfer, entry: JournalRow): boolean {
  return (
    found.payerBank === entry.payerBank &&
    found.payeeBank === entry.payeeBank &&
    found.currencyNumeric === entry.currencyNumeric &&
    found.amountMinor === entry.amountMinor
  );
}

async function untilFinal({ chain, finality }: Parameters<typeof createStarter>[0], blockNumber: number): Promise<void> {
  for (let poll = 0; poll < FINALITY_POLLS; poll += 1) {
    if ((await readFinalBlock(chain.provider, finality)) >= blockNumber) return;
    await new Promise((resolve) => setTimeout(resolve, FINALITY_POLL_MS));
  }
  throw new AppError("chain-unavailable", `Block ${blockNumber} is not final yet.`);
}
