import { Wallet } from "ethers";
import type { ChainEvent } from "../../src/chain/contracts/chain-event.js";
import { evidenceHash } from "../../src/domain/evidence.js";
import { type PostingKind, postingReference, postingReferences, transferIdOfReference } from "../../src/domain/posting.js";
import { mover, type State } from "../../src/domain/transfer-state.js";
import type { World } from "./world.js";

type Legs = Record<PostingKind, number>;

const KINDS: readonly PostingKind[] = ["debit", "credit", "refund"];
// What has moved once a transfer has come to rest; `at` a suspended one, the state it was suspended from.
const MOVED: Record<string, Legs> = {
  REJECTED: { debit: 0, credit: 0, refund: 0 },
  COMPLETED: { debit: 1, credit: 1, refund: 0 },
  REVERSED: { debit: 1, credit: 0, refund: 1 },
  "SUSPENDED at STARTED": { debit: 0, credit: 0, refund: 0 },
  "SUSPENDED at PENDING": { debit: 1, credit: 0, refund: 0 },
  "SUSPENDED at REVERSING": { debit: 1, credit: 0, refund: 0 },
};
const EVIDENCE_OF: Partial<Record<State, PostingKind>> = {
  PENDING: "debit",
  REJECTED: "debit",
  COMPLETED: "credit",
  REVERSING: "credit",
  REVERSED: "refund",
};
/** The outcomes that mean that a bank's people have paid by hand. */
const PAID_BY_HAND: Partial<Record<State, PostingKind>> = { COMPLETED: "credit", REVERSED: "refund" };
const OVERDUE = "AB06";
const MAX_ENTRIES = 10_000;

/** The state that a transfer has come to rest in; `at` a suspended one, the state it was suspended from. */
export function restState(events: readonly ChainEvent[]): string {
  const last = events.findLast(({ state }) => state !== undefined);
  return last?.state === "SUSPENDED" ? `SUSPENDED at ${last.suspendedFrom}` : (last?.state ?? "NONE");
}

/** The leg that a bank's people have paid by hand, if any. */
export function paidByHand(events: readonly ChainEvent[]): PostingKind | undefined {
  const confirmed = events.find(({ type }) => type === "eventmachine.transfer.outcome-confirmed");
  return confirmed?.to && PAID_BY_HAND[confirmed.to];
}

/** How often the banks have posted each leg: as the state says, but for postings that a bank hides and for what people paid by hand. */
function postedLegs({ hidden }: World, id: string, events: readonly ChainEvent[]): Legs | undefined {
  const moved = MOVED[restState(events)];
  if (moved === undefined) return undefined;
  const legs = { ...moved };
  for (const kind of KINDS) {
    if (paidByHand(events) === kind) legs[kind] -= 1;
    if ([...hidden].some((reference) => isOf(reference, id, kind))) legs[kind] += 1;
  }
  return legs;
}

function isOf(reference: string, id: string, kind: PostingKind): boolean {
  return reference === postingReference(id, kind) || reference.startsWith(`${postingReference(id, kind)}:`);
}

/** I1. */
export function moneyViolations(world: World, byTransfer: ReadonlyMap<string, ChainEvent[]>): string[] {
  let owed = 0n;
  const unsound = [...world.ledgers].flatMap(([bank, ledger]) => {
    const { currencies, ...counts } = ledger.totals();
    owed += currencies.reduce((sum, { clearingMinor }) => sum + clearingMinor, 0n);
    const sound = currencies.every(({ allMinor }) => allMinor === 0n) && Object.values(counts).every((count) => count === 0);
    return sound ? [] : [`money: the ledger of ${bank} is not sound`];
  });
  const underWay = [...byTransfer].reduce((sum, [id, events]) => {
    const posted = postedLegs(world, id, events);
    const amount = events.find(({ started }) => started !== undefined)?.started?.amountMinor ?? 0n;
    return sum + BigInt(posted === undefined ? 0 : posted.debit - posted.credit - posted.refund) * amount;
  }, 0n);
  return [...unsound, ...(owed === underWay ? [] : [`money: the banks hold ${owed} between them; ${underWay} is under way`])];
}

/** I2, I3 and I4: every transfer has come to rest, by steps that are allowed, with the postings that its state says. */
export async function transferViolations(world: World, byTransfer: ReadonlyMap<string, ChainEvent[]>): Promise<string[]> {
  const found: string[] = [];
  for (const [id, events] of byTransfer) {
    // A start that the contract refused makes no transfer.
    if (restState(events) === "NONE") continue;
    found.push(...legViolations(world, id, events), ...pathViolations(id, events), ...evidenceViolations(world, id, events));
    found.push(...outcomeViolations(world, id, events), ...(await deadlineViolations(world, id, events)));
  }
  return found;
}

function legViolations(world: World, id: string, events: readonly ChainEvent[]): string[] {
  const rest = restState(events);
  const expected = postedLegs(world, id, events);
  if (expected === undefined) return [`ends: ${id} is left in ${rest}`];
  const entries = [...world.ledgers.values()].flatMap((ledger) => ledger.entries({ limit: MAX_ENTRIES }));
  const amount = events.find(({ started }) => started !== undefined)?.started?.amountMinor ?? 0n;
  return KINDS.flatMap((kind) => {
    const own = entries.filter(({ reference }) => isOf(reference, id, kind));
    const posted = new Set(own.map(({ postingId }) => postingId)).size;
    const isOfAmount = own.every(({ amountMinor }) => amountMinor === amount || amountMinor === -amount);
    return [
      ...(posted === expected[kind] ? [] : [`legs: ${id} is ${rest} with ${posted} postings of its ${kind}`]),
      ...(isOfAmount ? [] : [`amount: ${kind} of ${id}`]),
    ];
  });
}

/** I4: every step is one that the state machine allows, a resolution's and an outcome's from SUSPENDED among them. */
export function pathViolations(id: string, events: readonly ChainEvent[]): string[] {
  const states = events.filter(({ refusal }) => refusal === undefined).flatMap(({ state }) => state ?? []);
  return states.flatMap((state, index) => {
    const before = states[index - 1];
    const allowed = before === undefined ? state === "STARTED" : mover(before, state) !== "NONE";
    return allowed || before === "SUSPENDED" ? [] : [`path: ${id} went from ${before} to ${state}`];
  });
}

/** Every word of a bank on the chain is borne out by its receipt, but for what two of its people vouch for. */
function evidenceViolations(world: World, id: string, events: readonly ChainEvent[]): string[] {
  const vouched = new Set(events.flatMap(({ type, sequence }) => (type.endsWith("outcome-confirmed") ? [sequence + 1n] : [])));
  return events.flatMap(({ state, evidence, sequence }) => {
    const kind = state && EVIDENCE_OF[state];
    if (kind === undefined || evidence === undefined || vouched.has(sequence)) return [];
    const names = postingReferences(id, kind, resumptionsOf(events));
    const ledgers = [...world.ledgers.values(), ...world.denials.values()];
    const receipts = ledgers.flatMap((ledger) => names.flatMap((name) => ledger.find(name)?.receipt ?? []));
    return receipts.some((receipt) => evidenceHash(receipt) === evidence)
      ? []
      : [`evidence: ${state} of ${id} is of another receipt`];
  });
}

function resumptionsOf(events: readonly ChainEvent[]): number {
  return Math.max(0, ...events.map(({ resumptions = 0 }) => resumptions));
}

/** Two of the bank's people have reported an outcome, and no posting of that leg can be made any more, or was made. */
function outcomeViolations(world: World, id: string, events: readonly ChainEvent[]): string[] {
  const people = world.base.banks.map(({ outcomesOperatorKeys }) =>
    outcomesOperatorKeys.map((key) => new Wallet(key).address.toLowerCase()),
  );
  return events.flatMap(({ type, by = [], to }) => {
    const kind = to && EVIDENCE_OF[to];
    if (!type.endsWith("outcome-confirmed") || kind === undefined) return [];
    const areTwo = new Set(by).size === 2 && people.some((own) => by.every((person) => own.includes(person)));
    const names = postingReferences(id, kind, resumptionsOf(events));
    const open = names.filter((name) => ![...world.ledgers.values()].some((ledger) => ledger.find(name)?.status === "refused"));
    return [
      ...(areTwo ? [] : [`outcome: ${to} of ${id} is not of two people of a bank`]),
      ...open.map((name) => `outcome: people report ${to}, and the bank has not closed ${name}`),
    ];
  });
}

/** A debit that was never tried is refused as overdue after the deadline, by block time, and not before. */
async function deadlineViolations(world: World, id: string, events: readonly ChainEvent[]): Promise<string[]> {
  const deadline = events.find(({ started }) => started !== undefined)?.started?.deadlineSeconds ?? 0;
  const rejected = events.find(({ state, reason }) => state === "REJECTED" && reason === OVERDUE);
  const wasTried = [...world.http.tried].some((reference) => transferIdOfReference(reference) === id);
  if (rejected === undefined || wasTried) return [];
  const block = (await world.node.request("eth_getBlockByNumber", `0x${rejected.blockNumber.toString(16)}`, false)) as {
    timestamp: string;
  };
  const early = deadline - Number(block.timestamp);
  return early < 0 ? [] : [`deadline: ${id} was refused as overdue ${early} s before its deadline`];
}
