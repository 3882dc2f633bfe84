import type { CloudEventV1 } from "cloudevents";
import type { Logger } from "pino";
import type { Chain } from "../chain/connect-chain.js";
import type { Transition } from "../chain/contracts/call-codec.js";
import type { StartedData } from "../chain/contracts/chain-event.js";
import {
  readIsOutcomeProposed,
  readPhoneAccounts,
  readSequence,
  readStarts,
  readTransfers,
} from "../chain/contracts/read-transfers.js";
import type { ChainPhoneAccount, ChainTransfer } from "../chain/contracts/types.js";
import type { Finality } from "../chain/finality.js";
import type { BatchSender } from "../chain/sending/batch-sender.js";
import type { TransitionOutcome } from "../chain/sending/transition-senders.js";
import { AppError } from "../domain/app-error.js";
import { type LegDetails, openDetails } from "../domain/details.js";
import { bytesFromHex } from "../domain/hex.js";
import { currencyByNumeric } from "../domain/money.js";
import { openAccount } from "../domain/sealed-account.js";
import type { Opener } from "../domain/sealing.js";
import { NO_TRACING, type Tracing } from "../domain/tracing.js";
import type { ChainClock } from "./chain-clock.js";
import type { Leg, LegBank, LegTransfer } from "./leg.js";
import { type Look, lookAt } from "./read-snapshot.js";
import { closeEarlierNames, findSuspendedOutcome } from "./resumed-postings.js";

/** ErrorInstructedAgent (ISO 20022): the bank does not know itself. */
const UNDECIDED_REASON = "AB10";

export interface LegDeps {
  leg: Leg;
  /** BIC8 of the bank this function belongs to. */
  bankId: string;
  bank: LegBank;
  chain: Chain;
  finality: Finality;
  /** Judges deadlines. */
  chainClock: ChainClock;
  sender: BatchSender<Transition, TransitionOutcome>;
  opener: Opener;
  logger: Logger;
  /** Is told what came of each transfer, for metrics: the state it went on to, or an error's code. Must neither throw nor wait. */
  onLeg?: (result: string) => void;
  tracing?: Tracing;
}

/** Events that could not be dealt with yet, by CloudEvents id, with the reason. The rest is done, or was done before. */
export type Failed = { id: string; error: string }[];

/**
 * Deals with a batch of events, all at once. The events only say which transfers to look at: what is done, and whether, is decided
 * by what the chain says at the configured finality.
 */
export async function handleEvents(deps: LegDeps, events: readonly CloudEventV1<unknown>[]): Promise<Failed> {
  const { leg, logger, tracing = NO_TRACING } = deps;
  const { look, sequence } = await lookForWork(deps, events);
  const { block, transfers } = look;
  const mine = transfers.filter((transfer) => isMine(deps, transfer));
  const active = activeOf(deps, transfers);
  const prepared = await prepare(deps, mine, events, look);
  const nowSeconds = deps.chainClock.at(block);

  const traceparents = new Map(events.map(({ subject, traceparent }) => [subject, traceparent]));
  const errors = new Map<string, string>();
  await Promise.all(
    mine.map(async (transfer) => {
      try {
        const parent = traceparents.get(transfer.id);
        const step = { name: leg.kind, kind: "consumer", transferId: transfer.id, parent: String(parent ?? "") } as const;
        const result = await tracing.run(step, () => handleTransfer(deps, transfer, prepared, nowSeconds));
        logger.info({ transferId: transfer.id, leg: leg.kind, ...result }, "leg handled");
        deps.onLeg?.(result.to);
      } catch (error) {
        deps.onLeg?.(error instanceof AppError ? error.code : "internal");
        errors.set(transfer.id, reportError(logger, { transferId: transfer.id, leg: leg.kind }, error));
      }
    }),
  );
  return events.flatMap((event) => {
    const { subject = "" } = event;
    const error = errors.get(subject) ?? (active.has(subject) ? undefined : lag(event, sequence ?? 0n));
    return error === undefined ? [] : [{ id: event.id, error }];
  });
}

/** A node may not know of an event yet: that is asked where there seems to be nothing to do, of one block, with the transfers again. */
async function lookForWork(
  deps: LegDeps,
  events: readonly CloudEventV1<unknown>[],
): Promise<{ look: Look; sequence: bigint | undefined }> {
  const { chain, leg } = deps;
  const ids = [...new Set(events.map((event) => event.subject ?? ""))].filter((id) => /^0x[0-9a-f]{64}$/.test(id));
  const look = await lookAt(deps, ids, leg.needsAccount ? startHint(events) : undefined);
  const active = activeOf(deps, look.transfers);
  if (events.every(({ subject }) => active.has(subject ?? ""))) return { look, sequence: undefined };
  const { number } = look.block;
  const [transfers, sequence] = await Promise.all([readTransfers(chain, ids, number), readSequence(chain, number)]);
  return { look: { ...look, transfers }, sequence };
}

/** The transfers that wait for this function's leg. */
function activeOf(deps: LegDeps, transfers: readonly ChainTransfer[]): Set<string> {
  const active = transfers.filter((transfer) => isMine(deps, transfer) && transfer.state === deps.leg.state);
  return new Set(active.map(({ id }) => id));
}

/** One transfer's trouble is no other's: it comes again, and what nobody has thought of is for people to see. */
function reportError(logger: Logger, fields: { transferId: string; leg: string }, error: unknown): string {
  if (!(error instanceof AppError)) {
    logger.error({ ...fields, err: error }, "unexpected error; leg not done yet");
    return "internal: unexpected error; see the function's log.";
  }
  logger.warn({ ...fields, code: error.code, error: error.message }, "leg not done yet");
  return `${error.code}: ${error.message}`;
}

/** A node that does not know the event yet cannot say that the transfer has moved on. */
function lag(event: CloudEventV1<unknown>, sequence: bigint): string | undefined {
  const { sequence: told } = event;
  if (typeof told !== "string" || !/^[0-9]{1,19}$/.test(told) || BigInt(told) <= sequence) return undefined;
  return `chain-unavailable: this function's node is at event ${sequence}, the sender's at ${told}.`;
}

function isMine({ leg, bankId }: LegDeps, transfer: ChainTransfer): boolean {
  const bank = leg.side === "payer" ? transfer.payerBank : transfer.payeeBank;
  return bank === bankId && (transfer.state === leg.state || transfer.suspendedFrom === leg.state);
}

interface Prepared {
  details: Map<string, LegDetails | AppError>;
  entries: Map<string, ChainPhoneAccount | undefined>;
}

/** Reads and opens what a leg needs, for the whole batch in two calls, or in one where the starts came along. */
async function prepare(
  deps: LegDeps,
  transfers: readonly ChainTransfer[],
  events: readonly CloudEventV1<unknown>[],
  { block, starts: seen }: Look,
): Promise<Prepared> {
  const prepared: Prepared = { details: new Map(), entries: new Map() };
  const active = transfers.filter((transfer) => transfer.state === deps.leg.state);
  if (!deps.leg.needsAccount || active.length === 0) return prepared;
  const { fromBlock: least } = deps.chain.deployment;
  const fromBlock = Math.min(Math.max(startHint(events) ?? least, least), block.number);
  const unseen = active.flatMap(({ id }) => (seen.has(id) ? [] : [id]));
  const starts = new Map([...seen, ...(await readStarts(deps.chain, unseen, { fromBlock, toBlock: block.number }))]);
  await Promise.all(
    active.map(async (transfer) => {
      prepared.details.set(transfer.id, await openOwnDetails(deps, transfer, starts.get(transfer.id)));
    }),
  );
  const aliasIds = [...new Set([...prepared.details.values()].flatMap((own) => (own instanceof AppError ? [] : [own.aliasId])))];
  const entries = await readPhoneAccounts(deps.chain, aliasIds, block.number);
  aliasIds.forEach((aliasId, index) => {
    prepared.entries.set(aliasId, entries[index]);
  });
  return prepared;
}

/** Where the senders say that the earliest of the transfers started. A wrong hint costs a second look, nothing else. */
function startHint(events: readonly CloudEventV1<unknown>[]): number | undefined {
  const hints = events.map((event) => Number(event.startedblock)).filter((hint) => Number.isSafeInteger(hint) && hint >= 0);
  return hints.length > 0 ? Math.min(...hints) : undefined;
}

async function openOwnDetails(
  deps: LegDeps,
  transfer: ChainTransfer,
  start: StartedData | undefined,
): Promise<LegDetails | AppError> {
  if (start === undefined) return new AppError("chain-unavailable", "The node left the transfer's start out; ask again.");
  const { id: transferId, payerBank, payeeBank, currencyNumeric, amountMinor } = transfer;
  const binding = { domain: deps.chain.deployment.domain, transferId, payerBank, payeeBank, currencyNumeric, amountMinor };
  try {
    return await openDetails(deps.opener, deps.leg.side, bytesFromHex(start.details), binding);
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

async function handleTransfer(
  deps: LegDeps,
  transfer: ChainTransfer,
  prepared: Prepared,
  nowSeconds: number,
): Promise<{ to: string; transactionHash?: string }> {
  const transition =
    transfer.state === "SUSPENDED"
      ? await lateReport(deps, transfer)
      : await suspendUndecided(transfer, handleLeg(deps, legTransfer(deps, transfer, prepared, nowSeconds)));
  if (transition === undefined) return { to: "SUSPENDED" };
  const outcome = await deps.sender.send(transition);
  if (outcome.applied) return { to: transition.to, transactionHash: outcome.transactionHash };
  // Somebody else, or an earlier try of ours, has moved it on: what the chain has is what counts.
  if (outcome.cause === "UNEXPECTED_STATE") return { to: outcome.current };
  if (outcome.cause === "RESUMED") {
    throw new AppError("chain-unavailable", `The transfer was resumed after this function's node was read; ask again.`);
  }
  throw new AppError("chain-reverted", `The contract refused ${transition.to}: ${outcome.cause}. Check the operator's rights.`);
}

/** Does the leg. After a resumption only once no earlier name of the leg's posting can be posted any more. */
async function handleLeg({ leg, bank }: LegDeps, transfer: LegTransfer): Promise<Transition> {
  const { amountMinor, currency } = transfer;
  const earlier = await closeEarlierNames(bank, transfer, { kind: leg.kind, amountMinor, currency: currency.code });
  return earlier === undefined ? await leg.handle(transfer, { bank }) : leg.report(transfer, earlier);
}

/** What even the bank's own statement does not tell is for people: neither a yes nor a no is invented. */
async function suspendUndecided({ id, resumptions }: ChainTransfer, handled: Promise<Transition>): Promise<Transition> {
  try {
    return await handled;
  } catch (error) {
    if (error instanceof AppError && error.code === "bank-undecided")
      return { transferId: id, to: "SUSPENDED", reason: UNDECIDED_REASON, resumptions };
    throw error;
  }
}

/** A suspended transfer's leg begins nothing; an answer that the bank has given already is still reported. */
async function lateReport({ bank, leg, chain, logger }: LegDeps, transfer: ChainTransfer): Promise<Transition | undefined> {
  const isOutcomeProposed = await readIsOutcomeProposed(chain, transfer.id);
  const { amountMinor, currencyNumeric } = transfer;
  const currency = currencyByNumeric(currencyNumeric)?.code;
  const expected = { kind: leg.kind, amountMinor, ...(currency !== undefined && { currency }) };
  const outcome = await findSuspendedOutcome(bank, transfer, { ...expected, isOutcomeProposed });
  if (outcome === undefined) {
    if (isOutcomeProposed)
      logger.info({ transferId: transfer.id, leg: leg.kind }, "posting names closed for the proposed outcome");
    return undefined;
  }
  const transition = leg.report(transfer, outcome);
  return transition.to === "SUSPENDED" ? undefined : transition;
}

function legTransfer(deps: LegDeps, transfer: ChainTransfer, prepared: Prepared, nowSeconds: number): LegTransfer {
  const currency = currencyByNumeric(transfer.currencyNumeric);
  return {
    id: transfer.id,
    amountMinor: transfer.amountMinor,
    resumptions: transfer.resumptions,
    // A code that ISO 4217 does not know is no account's currency either: the bank refuses it (AM03).
    currency: currency ?? { code: "XXX", numeric: transfer.currencyNumeric, minorDigits: 0 },
    overdue: nowSeconds > transfer.deadlineSeconds,
    account: async () => {
      const own = prepared.details.get(transfer.id);
      if (own === undefined || own instanceof AppError) {
        throw own ?? new AppError("cannot-open", "The details of the transfer were not read; ask again.");
      }
      const entry = prepared.entries.get(own.aliasId);
      if (entry === undefined || entry.bank !== deps.bankId || entry.version !== own.aliasVersion) return undefined;
      return await openAccount(deps.opener, entry.sealedAccount, { aliasId: own.aliasId, bank: deps.bankId });
    },
  };
}
