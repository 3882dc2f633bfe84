import type { TransferResource } from "../../src/api/http/schemas.js";
import type { ChainEvent } from "../../src/chain/contracts/chain-event.js";
import { evidenceHash } from "../../src/domain/evidence.js";
import { readStatement } from "../../src/domain/outcome-statement.js";
import { type PostingKind, postingKind, postingReference, transferIdOfReference } from "../../src/domain/posting.js";
import { mover, type State } from "../../src/domain/transfer-state.js";
import type { ApiEvent } from "./api-client.js";
import type { Snapshot } from "./snapshot.js";

type Legs = Record<PostingKind, number>;

// What has moved once a transfer has come to rest; `at` a suspended one, the state it was suspended from.
const MOVED: Record<string, Legs> = {
  NONE: { debit: 0, credit: 0, refund: 0 },
  REJECTED: { debit: 0, credit: 0, refund: 0 },
  COMPLETED: { debit: 1, credit: 1, refund: 0 },
  REVERSED: { debit: 1, credit: 0, refund: 1 },
  "SUSPENDED at STARTED": { debit: 0, credit: 0, refund: 0 },
  "SUSPENDED at PENDING": { debit: 1, credit: 0, refund: 0 },
  "SUSPENDED at REVERSING": { debit: 1, credit: 0, refund: 0 },
};

/** Whose receipt is the evidence of a state. */
const EVIDENCE_OF: Partial<Record<State, PostingKind>> = {
  PENDING: "debit",
  REJECTED: "debit",
  COMPLETED: "credit",
  REVERSING: "credit",
  REVERSED: "refund",
};

/** What is wrong with a system at rest, by the invariants of its design, each named by its rule: nothing, in a sound one. */
export function violations(snapshot: Snapshot): string[] {
  return [
    ...moneyViolations(snapshot),
    ...snapshot.transfers.flatMap(({ transfer, events }) => [
      ...legViolations(snapshot, transfer, events),
      ...restViolations(transfer, events),
      ...projectionViolations(snapshot, transfer, events),
      ...pathViolations(transfer, events),
      ...evidenceViolations(snapshot, transfer, events),
    ]),
    ...strangerViolations(snapshot),
    ...(snapshot.deadDeliveries === 0 ? [] : ["deliveries: one was given up"]),
  ];
}

/** Money is neither made nor lost: at each bank, and in what the banks owe each other. */
function moneyViolations(snapshot: Snapshot): string[] {
  const { ledgers, transfers } = snapshot;
  const unsound = ledgers.filter(
    ({ totals }) =>
      totals.unbalancedAccounts !== 0 ||
      totals.unbalancedPostings !== 0 ||
      totals.answersWithoutEntries !== 0 ||
      totals.currencies.some(
        ({ all, customers, clearing, equity }) => BigInt(all) !== 0n || sum(customers, clearing, equity) !== 0n,
      ),
  );
  const owed = ledgers.flatMap(({ totals }) => totals.currencies).reduce((total, { clearing }) => total + BigInt(clearing), 0n);
  const underWay = transfers.reduce((total, { transfer, events }) => {
    const { debit, credit, refund } = movedOf(snapshot, transfer, events) ?? { debit: 0, credit: 0, refund: 0 };
    return total + BigInt(debit - credit - refund) * BigInt(transfer.amount.amount);
  }, 0n);
  return [
    ...unsound.map(({ bank }) => `ledger: that of ${bank} is not sound`),
    ...(owed === underWay ? [] : [`clearing: the banks hold ${owed} between them; ${underWay} is under way`]),
  ];
}

/** What must have moved by postings: what the state says, but for legs whose outcome two people of a bank reported: it has no posting. */
function movedOf(snapshot: Snapshot, transfer: TransferResource, events: readonly ApiEvent[]): Legs | undefined {
  const moved = MOVED[restState(transfer)];
  if (moved === undefined) return undefined;
  const reported = events.flatMap((event) => {
    const kind = event.state && EVIDENCE_OF[event.state];
    return kind !== undefined && isReported(snapshot, transfer.id, event) ? [kind] : [];
  });
  return { ...moved, ...Object.fromEntries(reported.map((kind) => [kind, 0])) };
}

/**
 * Whether the chain has a state by the word of two people: another confirmed what one proposed, just before, and the evidence is the hash of
 * a statement that says so.
 */
function isReported({ chain, statements }: Snapshot, id: string, { sequence, state, evidence }: ApiEvent): boolean {
  const confirmed = chain.find((event) => event.sequence === BigInt(sequence) - 1n);
  const [proposer, confirmer] = confirmed?.by ?? [];
  const isConfirmed =
    confirmed?.type === "eventmachine.transfer.outcome-confirmed" && confirmed.transferId === id && confirmed.to === state;
  const content = statements.get(evidence ?? "");
  const statement = content === undefined ? undefined : readStatement(content, evidence ?? "");
  return isConfirmed && proposer !== confirmer && statement?.transfer === id && statement.outcome === state;
}

/** At most one debit, one credit, one refund, and those that the state says. */
function legViolations(snapshot: Snapshot, transfer: TransferResource, events: readonly ApiEvent[]): string[] {
  const entries = snapshot.ledgers.flatMap((ledger) => ledger.entries);
  const expected = movedOf(snapshot, transfer, events);
  return (["debit", "credit", "refund"] as const).flatMap((kind) => {
    const own = entries.filter(
      ({ reference }) => transferIdOfReference(reference) === transfer.id && postingKind(reference) === kind,
    );
    const posted = new Set(own.map(({ postingId }) => postingId)).size;
    return posted === expected?.[kind]
      ? []
      : [`legs: ${transfer.id} is ${restState(transfer)} with ${posted} postings of its ${kind}`];
  });
}

/** What was accepted has ended, or waits for people, with a reason either way. */
function restViolations(transfer: TransferResource, events: readonly ApiEvent[]): string[] {
  const { id, state, reason, cause } = transfer;
  if (MOVED[restState(transfer)] === undefined || state === "NONE") return [`ends: ${id} is forgotten in ${state}`];
  if (state !== "COMPLETED" && reason === undefined && cause === undefined) return [`ends: ${id} is ${state} for no reason`];
  return cause !== undefined && events.some((event) => event.state !== undefined)
    ? [`ends: ${id} was refused, and is on the chain`]
    : [];
}

/** The projection says of a transfer what the chain says. */
function projectionViolations({ chain }: Snapshot, { id, state }: TransferResource, events: readonly ApiEvent[]): string[] {
  const told = chain.filter((event) => event.transferId === id && event.refusal === undefined);
  const last = told.findLast((event) => event.state !== undefined)?.state;
  return [
    ...(JSON.stringify(told.map(fromChain)) === JSON.stringify(events.map(fromApi))
      ? []
      : [`events: those of ${id} are not the chain's`]),
    ...(last === undefined || last === state ? [] : [`projection: ${id} is ${last} on the chain, and shown as ${state}`]),
  ];
}

function fromChain(event: ChainEvent): unknown[] {
  const { type, state, reason, evidence, blockHash, transactionHash, logIndex } = event;
  return [String(event.sequence), type, state, reason, evidence, String(event.blockNumber), blockHash, transactionHash, logIndex];
}

function fromApi(event: ApiEvent): unknown[] {
  const { sequence, type, state, reason, evidence, blockNumber, blockHash, transactionHash, logIndex } = event;
  return [sequence, type, state, reason, evidence, blockNumber, blockHash, transactionHash, logIndex];
}

/** Every path is one that the state machine allows. */
function pathViolations({ id }: TransferResource, events: readonly ApiEvent[]): string[] {
  const path = events.flatMap(({ state }) => state ?? []);
  const begins = path.length === 0 || path[0] === "STARTED";
  const isAllowed = path.slice(1).every((to, index) => {
    const from = path[index] as State;
    if (from !== "SUSPENDED") return mover(from, to) !== "NONE";
    // A suspended transfer is resumed, or its leg's outcome is reported after all.
    const open = path.slice(0, index).findLast((state) => state !== "SUSPENDED") ?? "NONE";
    return to === open || mover(open, to) !== "NONE";
  });
  return begins && isAllowed ? [] : [`path: ${id} went ${path.join(", ")}`];
}

/** Every word of a bank on the chain is borne out by its receipt, or by the statement of its people. */
function evidenceViolations(snapshot: Snapshot, { id }: TransferResource, events: readonly ApiEvent[]): string[] {
  return events.flatMap((event) => {
    const { state, evidence } = event;
    const kind = state && EVIDENCE_OF[state];
    if (kind === undefined || isReported(snapshot, id, event)) return [];
    const receipt = snapshot.receipts.get(postingReference(id, kind));
    return receipt !== undefined && evidenceHash(receipt) === evidence
      ? []
      : [`evidence: ${id} is ${state} without the bank's receipt`];
  });
}

/** No bank has moved money for a transfer that nobody was promised, and the chain has left out no number. */
function strangerViolations({ chain, ledgers, transfers }: Snapshot): string[] {
  const known = new Set(transfers.map(({ transfer }) => transfer.id));
  const strangers = ledgers
    .flatMap(({ entries }) => entries.map(({ reference }) => reference))
    .filter(
      (reference) =>
        /:(?:debit|credit|refund)(?::\d+)?$/.test(reference) && !known.has(reference.slice(0, reference.indexOf(":"))),
    );
  const gapless = chain.every(({ sequence }, index) => sequence === BigInt(index + 1));
  return [
    ...strangers.map((reference) => `strangers: ${reference} belongs to no transfer`),
    ...(gapless ? [] : ["sequence: the chain's events have a gap"]),
  ];
}

function restState({ state, suspendedFrom }: TransferResource): string {
  return suspendedFrom === undefined ? state : `${state} at ${suspendedFrom}`;
}

function sum(...minor: string[]): bigint {
  return minor.reduce((total, amount) => total + BigInt(amount), 0n);
}
