import type { Logger } from "pino";
import { type Chain, onChain } from "../chain/connect-chain.js";
import type { Start } from "../chain/contracts/call-codec.js";
import type { StartedData } from "../chain/contracts/chain-event.js";
import { assertInitiatorOf } from "../chain/contracts/initiators.js";
import { readSequence, readStarts, readTransfers } from "../chain/contracts/read-transfers.js";
import { type Finality, readFinalBlock, readFinalHeader, readHeader } from "../chain/finality.js";
import type { BatchSender } from "../chain/sending/batch-sender.js";
import { oversizeOf } from "../chain/sending/transaction-limits.js";
import type { TransitionOutcome } from "../chain/sending/transition-senders.js";
import { hexFromBytes } from "../domain/hex.js";
import { haveSameTerms } from "../domain/start-terms.js";
import type { JournalEntry } from "../domain/transfer-record.js";
import type { StartRefusal } from "../domain/transfer-state.js";
import type { Journal } from "../store/transfers/journal.js";

/** Brings accepted starts to the chain. */
export interface StarterService {
  /**
   * Takes a start as the journal has it. Returns at once.
   * @param isNew Whether this replica has just written the entry, so that nobody can have sent the start.
   */
  wake(entry: JournalEntry, isNew?: boolean): void;
  /** Takes no more, and resolves when what is under way has settled. */
  close(): Promise<void>;
}

const LOOK_INTERVAL_MS = 2_000;
// One call to the node reads this many.
const READ_AT_ONCE = 500;
// Where a start that was taken over is looked for first: what is older is seldom taken over, and is looked for from the beginning.
const RECENT_BLOCKS = 5_000;

interface Awaiting {
  entry: JournalEntry;
  outcome: TransitionOutcome;
}

/**
 * Sends each accepted start once it is told of it, and again whatever was left over by a crash, an outage or a reorganisation, until
 * the chain has it, or has refused it, for good. Sending twice is harmless: the contract knows the id. A transfer that the chain has under
 * the id is the journal's only if it was started with the journal's sealed details; else the start counts as refused, `EXISTS`. What the nodes
 * refuse for its size, gas or fee even alone is refused in the journal: at once where no node can have it from an earlier try, else
 * once its deadline has passed.
 * @param deps.initiator The address that `sender` signs with, and the organisation whose ids the journal has; nothing is sent until the
 * chain says that the one belongs to the other.
 * @param deps.onSettled Is told what became of each, for metrics; must neither throw nor wait.
 * @param deps.lookIntervalMs How often left-over starts are looked for, and what awaits finality is looked at.
 */
export function createStarter(deps: {
  journal: Journal;
  chain: Chain;
  finality: Finality;
  sender: BatchSender<Start, TransitionOutcome>;
  initiator: { address: string; organisation: string };
  logger: Logger;
  lookIntervalMs?: number;
  onSettled?: (outcome: "started" | StartRefusal) => void;
}): StarterService {
  const { journal, chain, finality, logger } = deps;
  const underWay = new Map<string, Promise<void>>();
  // On the chain, or refused by it, in a block that is not final yet.
  const awaiting = new Map<string, Awaiting>();
  // Starts that no replica but this one can have sent.
  const unsent = new Set<string>();
  let closed = false;
  let belongs: Promise<void> | undefined;
  let looking: Promise<void> | undefined;
  const lookOnce = () => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
  };
  const timer = setInterval(lookOnce, deps.lookIntervalMs ?? LOOK_INTERVAL_MS);
  // The life before this one may have left starts.
  lookOnce();

  function wake(entry: JournalEntry, isNew = false): void {
    if (entry.status !== "accepted" || awaiting.has(entry.transferId)) return;
    if (isNew) unsent.add(entry.transferId);
    run(entry.transferId, () => send(entry).finally(() => unsent.delete(entry.transferId)));
  }

  function run(transferId: string, task: () => Promise<void>): void {
    if (closed || underWay.has(transferId)) return;
    const done = task()
      // It stays in the journal and is taken over again once its lease has run out.
      .catch((error: unknown) => logger.warn({ transferId, error: (error as Error).message }, "not started yet; trying again"))
      .finally(() => underWay.delete(transferId));
    underWay.set(transferId, done);
  }

  /** Asked until it is so; then it is so for ever. */
  function assertBelongs(): Promise<void> {
    belongs ??= assertInitiatorOf(chain, deps.initiator.address, deps.initiator.organisation).catch((error: unknown) => {
      belongs = undefined;
      throw error;
    });
    return belongs;
  }

  async function send(entry: JournalEntry): Promise<void> {
    await assertBelongs();
    const outcome = await deps.sender.send(entry).catch((error: unknown) => refuseOversized(entry, error));
    if (outcome === undefined) return;
    // Without confirmations every block is final. The sender has compared the start with ours.
    const isFinal = "confirmations" in finality && finality.confirmations === 0;
    if (!isFinal) awaiting.set(entry.transferId, { entry, outcome });
    else if (outcome.applied) await settle(entry, undefined, outcome);
    else await conclude([{ entry, outcome }], outcome.blockNumber);
  }

  /** Refuses what the nodes refuse even alone, if the chain cannot have it from another try any more; throws the error if it can. */
  async function refuseOversized(entry: JournalEntry, error: unknown): Promise<undefined> {
    const oversize = oversizeOf(error);
    if (oversize === undefined) throw error;
    const { refusal, mayBeSent } = oversize;
    const { transferId } = entry;
    const isUnsent = !mayBeSent && unsent.has(transferId);
    if (isUnsent && (await journal.settleUnsent(transferId, refusal))) report(transferId, refusal);
    else if (await isOverdue(entry)) await settle(entry, refusal);
    else throw error;
  }

  /** Whether the contract takes the start no more: its deadline lies before a final block in which there is no such transfer. */
  async function isOverdue({ transferId, deadlineSeconds }: JournalEntry): Promise<boolean> {
    const final = await readFinalHeader(chain.provider, finality);
    if (final === undefined || final.timestamp <= deadlineSeconds) return false;
    const [found] = await readTransfers(chain, [transferId], final.number);
    return found?.state === "NONE";
  }

  async function look(): Promise<void> {
    try {
      const final = await readFinalBlock(chain.provider, finality);
      const due = [...awaiting.values()].filter(({ outcome }) => outcome.blockNumber <= final);
      for (let at = 0; at < due.length; at += READ_AT_ONCE) await conclude(due.slice(at, at + READ_AT_ONCE), final);
      await takeOver(final);
    } catch (error) {
      logger.warn({ error: (error as Error).message }, "accepted starts cannot be looked for; trying again");
    }
  }

  /** Looks at the chain first: a start that is there need not be sent, only to become final. */
  async function takeOver(final: number): Promise<void> {
    const taken = await journal.takeOver();
    for (const { transferId } of taken) unsent.delete(transferId);
    const entries = taken.filter(({ transferId }) => !awaiting.has(transferId) && !underWay.has(transferId));
    const ids = entries.map(({ transferId }) => transferId);
    const head = await readHeader(chain.provider, "latest");
    if (ids.length === 0 || head === undefined) return;
    const now = await readTransfers(chain, ids, head.number);
    // A block before the contract's own has nobody to ask.
    const begun = final >= 0 && (await readSequence(chain, final)) !== undefined;
    const then = !begun ? [] : await readTransfers(chain, ids, final);
    const standing = entries.filter((_, index) => (then[index]?.state ?? "NONE") !== "NONE");
    const starts = await readStartsOf(standing, Math.max(final - RECENT_BLOCKS, 0), final);
    for (const [index, entry] of entries.entries()) {
      if (standing.includes(entry)) await settleStanding(entry, starts.get(entry.transferId));
      else if (now[index]?.state === "NONE") run(entry.transferId, () => send(entry));
    }
  }

  /** The chain's starts up to a final block, by the transfers' ids. */
  async function readStartsOf(entries: readonly JournalEntry[], from: number, final: number): Promise<Map<string, StartedData>> {
    if (entries.length === 0) return new Map();
    const ids = entries.map(({ transferId }) => transferId);
    const fromBlock = Math.max(from, chain.deployment.fromBlock);
    return await readStarts(chain, ids, { fromBlock, toBlock: final });
  }

  /** Settles what the chain has under the entry's id; what the node does not tell the start of waits for a better answer. */
  async function settleStanding(entry: JournalEntry, start: StartedData | undefined, outcome?: TransitionOutcome): Promise<void> {
    if (start === undefined) {
      logger.warn({ transferId: entry.transferId }, "node left the transfer's start out; asking again");
      if (outcome !== undefined) awaiting.set(entry.transferId, { entry, outcome });
      return;
    }
    const isOurs = start.details === hexFromBytes(entry.details) && haveSameTerms(start, entry);
    await settle(entry, isOurs ? undefined : "EXISTS", outcome);
  }

  /** Judges outcomes by what the chain says at a block that is final. What it has taken back is sent again. */
  async function conclude(due: readonly Awaiting[], final: number): Promise<void> {
    const found = await readTransfers(
      chain,
      due.map(({ entry }) => entry.transferId),
      final,
    );
    const standing = due.filter((_, index) => (found[index]?.state ?? "NONE") !== "NONE");
    const from = Math.min(...standing.map(({ outcome }) => outcome.blockNumber));
    const starts = await readStartsOf(
      standing.map(({ entry }) => entry),
      from,
      final,
    );
    for (const one of due) {
      const { entry, outcome } = one;
      const refused = !outcome.applied && (await isStillMined(outcome));
      awaiting.delete(entry.transferId);
      if (standing.includes(one)) await settleStanding(entry, starts.get(entry.transferId), outcome);
      else if (refused && !outcome.applied) await settle(entry, outcome.cause, outcome);
      else run(entry.transferId, () => send(entry));
    }
  }

  async function isStillMined({ transactionHash, blockNumber }: TransitionOutcome): Promise<boolean> {
    const receipt = await onChain(() => chain.provider.getTransactionReceipt(transactionHash));
    return receipt?.blockNumber === blockNumber;
  }

  async function settle(entry: JournalEntry, refusal: StartRefusal | undefined, outcome?: TransitionOutcome): Promise<void> {
    const { transferId } = entry;
    await journal.settle(transferId, refusal === undefined ? { status: "started" } : { status: "refused", refusal });
    report(transferId, refusal, outcome);
  }

  function report(transferId: string, refusal: StartRefusal | undefined, outcome?: TransitionOutcome): void {
    const fields = { transferId, transactionHash: outcome?.transactionHash };
    deps.onSettled?.(refusal ?? "started");
    if (refusal === undefined) logger.info(fields, "transfer started");
    else logger.warn({ ...fields, refusal }, "the chain refused the start");
  }

  async function close(): Promise<void> {
    closed = true;
    clearInterval(timer);
    await looking;
    await Promise.all(underWay.values());
  }

  return { wake, close };
}
