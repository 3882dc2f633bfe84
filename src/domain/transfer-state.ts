/** Where a transfer stands; the position in this list is the number of the Solidity enum `State`. */
export const STATES = ["NONE", "STARTED", "PENDING", "COMPLETED", "REJECTED", "REVERSING", "REVERSED", "SUSPENDED"] as const;

export type State = (typeof STATES)[number];

/** Whose word a transition is; the position in this list is the number of the Solidity enum `Leg`. */
export const LEGS = ["NONE", "PAYER", "PAYEE"] as const;

export type Leg = (typeof LEGS)[number];

/** Why the contract refuses a write; the position in this list is the number of the Solidity enum `Refusal`. */
export const REFUSALS = [
  "NONE",
  "EXISTS",
  "REQUEST_HASH_ZERO",
  "AMOUNT_INVALID",
  "CURRENCY_INVALID",
  "DEADLINE_INVALID",
  "DETAILS_TOO_LONG",
  "PAYER_BANK_INACTIVE",
  "PAYEE_BANK_INACTIVE",
  "ORGANISATION_NOT_ADMITTED",
  "UNEXPECTED_STATE",
  "NOT_LEG_BANK",
  "REASON_INVALID",
  "EVIDENCE_MISSING",
  "RESUMED",
] as const;

export type Refusal = (typeof REFUSALS)[number];

/** Why an accepted start is refused for good: by the contract, or by every node for its transaction's size, gas or fee. */
export const START_REFUSALS = [...REFUSALS, "TRANSACTION_TOO_LARGE", "GAS_OVER_CAP", "FEE_OVER_CAP"] as const;

export type StartRefusal = (typeof START_REFUSALS)[number];

/** The transitions that a leg's bank reports. Equal to the table in `TransferState.sol`; a test compares them. */
const MOVERS: Partial<Record<State, Partial<Record<State, Leg>>>> = {
  STARTED: { PENDING: "PAYER", REJECTED: "PAYER", SUSPENDED: "PAYER" },
  PENDING: { COMPLETED: "PAYEE", REVERSING: "PAYEE", SUSPENDED: "PAYEE" },
  REVERSING: { REVERSED: "PAYER", SUSPENDED: "PAYER" },
};

const FINAL_STATES: ReadonlySet<State> = new Set<State>(["COMPLETED", "REJECTED", "REVERSED"]);

/** Which leg's bank may report `to` from `from`; `NONE` where no bank may. */
export function mover(from: State, to: State): Leg {
  return MOVERS[from]?.[to] ?? "NONE";
}

/** Whose outcome a transfer in `state` waits for; `NONE` where for none. */
export function openLeg(state: State): Leg {
  return mover(state, "SUSPENDED");
}

/** The outcomes that say no. Equal to `negativeOutcome` in `TransferState.sol`; a test compares them. */
const NEGATIVE_OUTCOMES: Partial<Record<State, State>> = { STARTED: "REJECTED", PENDING: "REVERSING" };

/** The outcome that says no in `state`; `undefined` where there is none, as in REVERSING, where the payer is owed a refund. */
export function negativeOutcome(state: State): State | undefined {
  return NEGATIVE_OUTCOMES[state];
}

/** Whether nothing can follow. */
export function isFinal(state: State): boolean {
  return FINAL_STATES.has(state);
}

/** Whether a report of `to` must carry a reason; one that need not must not. */
export function needsReason(to: State): boolean {
  return to === "REJECTED" || to === "REVERSING" || to === "SUSPENDED";
}

/** The state with the given number of the Solidity enum. */
export function stateFromNumber(number: number | bigint): State {
  const state = STATES[Number(number)];
  if (state === undefined) throw new RangeError(`There is no transfer state ${number}`);
  return state;
}

/** The number of the Solidity enum for a state. */
export function stateNumber(state: State): number {
  return STATES.indexOf(state);
}

/** Splits the contract's phase byte: the state in the low four bits, the state it was suspended from in the high four. */
export function parsePhase(phase: number | bigint): { state: State; suspendedFrom: State | undefined } {
  const state = stateFromNumber(Number(phase) & 0x0f);
  return { state, suspendedFrom: state === "SUSPENDED" ? stateFromNumber(Number(phase) >> 4) : undefined };
}
