import { type Leg, type State, stateNumber } from "../../../src/domain/transfer-state.js";
import type { Network } from "../../../tools/contracts/network.js";
import { EVIDENCE, newRequest, REASON, startOf } from "../../../tools/contracts/transfers.js";

/** Every place a transfer can be in: a state, and for SUSPENDED the state it was suspended from. */
export const POSITIONS = [
  "NONE",
  "STARTED",
  "PENDING",
  "COMPLETED",
  "REJECTED",
  "REVERSING",
  "REVERSED",
  "SUSPENDED from STARTED",
  "SUSPENDED from PENDING",
  "SUSPENDED from REVERSING",
] as const;

export type Position = (typeof POSITIONS)[number];

/**
 * The state machine as the tests know it, written out once more by hand: whose word takes a transfer from a position to a state.
 * Everything that is not here is refused.
 */
export const TABLE: Record<Position, Partial<Record<State, Exclude<Leg, "NONE">>>> = {
  NONE: {},
  STARTED: { PENDING: "PAYER", REJECTED: "PAYER", SUSPENDED: "PAYER" },
  PENDING: { COMPLETED: "PAYEE", REVERSING: "PAYEE", SUSPENDED: "PAYEE" },
  COMPLETED: {},
  REJECTED: {},
  REVERSING: { REVERSED: "PAYER", SUSPENDED: "PAYER" },
  REVERSED: {},
  "SUSPENDED from STARTED": { PENDING: "PAYER", REJECTED: "PAYER" },
  "SUSPENDED from PENDING": { COMPLETED: "PAYEE", REVERSING: "PAYEE" },
  "SUSPENDED from REVERSING": { REVERSED: "PAYER" },
};

/** The states whose report carries a reason. */
export const REASONED: readonly State[] = ["REJECTED", "REVERSING", "SUSPENDED"];

/** The state a position shows, and the state whose leg is open in it. */
export function statesOf(position: Position): { shown: State; active: State } {
  const [shown, active] = position.split(" from ") as [State, State | undefined];
  return { shown, active: active ?? shown };
}

/** The phase byte of a position. */
export function phaseOf(position: Position): bigint {
  const { shown, active } = statesOf(position);
  return BigInt(shown === active ? stateNumber(shown) : (stateNumber(active) << 4) | stateNumber(shown));
}

/** What `TransferUnexpectedState` names as allowed: bit n stands for the state n. */
export function allowedFrom(position: Position): number {
  return Object.keys(TABLE[position]).reduce((set, state) => set | (1 << stateNumber(state as State)), 0);
}

/** Starts a transfer and brings it to a position by its banks' reports; gives its id. `requestHash`: what its id is made of. */
export async function reach(
  network: Network,
  position: Position,
  nowSeconds: number,
  requestHash = newRequest(),
): Promise<string> {
  const item = startOf(nowSeconds, { requestHash });
  const { id } = item;
  if (position === "NONE") return id;
  const repo = network.transferStateRepo;
  const payer = repo.connect(network.legs.payer);
  const payee = repo.connect(network.legs.payee);
  const { shown, active } = statesOf(position);
  const steps: Partial<Record<State, () => Promise<unknown>>> = {
    PENDING: async () => payer.markPending(id, EVIDENCE),
    COMPLETED: async () => payee.complete(id, EVIDENCE),
    REJECTED: async () => payer.reject(id, REASON, EVIDENCE),
    REVERSING: async () => payee.reverse(id, REASON, EVIDENCE),
    REVERSED: async () => payer.markReversed(id, EVIDENCE),
  };
  await repo.connect(network.initiator).start(item);
  for (const state of PATHS[active] ?? []) await steps[state]?.();
  if (shown === "SUSPENDED") await (active === "PENDING" ? payee : payer).suspend(id, REASON, EVIDENCE);
  return id;
}

const PATHS: Partial<Record<State, State[]>> = {
  PENDING: ["PENDING"],
  COMPLETED: ["PENDING", "COMPLETED"],
  REJECTED: ["REJECTED"],
  REVERSING: ["PENDING", "REVERSING"],
  REVERSED: ["PENDING", "REVERSING", "REVERSED"],
};
