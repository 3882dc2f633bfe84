/** The types of events that may wake a function. */
export type FunctionEventType = `eventmachine.transfer.${
  | "started"
  | "pending"
  | "completed"
  | "rejected"
  | "reversing"
  | "reversed"
  | "suspended"
  | "resolution-proposed"
  | "resolution-withdrawn"
  | "outcome-proposed"
  | "outcome-withdrawn"
  | "outcome-confirmed"
  | "resolved"
  | "refused"}`;

/**
 * What the data of a transfer's event may hold. Banks, amount (minor units, a decimal string) and deadline are the start's; `reason` is an
 * ISO 20022 code.
 */
export interface TransferEventData {
  state?: string;
  payerBank?: string;
  payeeBank?: string;
  amount?: { amount: string; currency: string };
  deadline?: string;
  reason?: string;
  evidence?: string;
}

/**
 * A CloudEvent (1.0) of a transfer; or of type `eventmachine.function.invoked`, with the input of an invocation for `data`.
 *
 * - `subject`: the transfer's id. `sequence`: the contract's counter, decimal.
 */
export interface FunctionEvent<Data = TransferEventData> {
  specversion: "1.0";
  id: string;
  source: string;
  type: FunctionEventType | "eventmachine.function.invoked";
  time: string;
  subject?: string;
  sequence?: string;
  data: Data;
}

/**
 * - `on`: the events that wake it.
 * - `handle`: is told of each at least once; throwing has it come again. What it returns is the output of an invocation.
 */
export interface FunctionDefinition<Data = TransferEventData> {
  on: readonly FunctionEventType[];
  handle(event: FunctionEvent<Data>): unknown;
}

/** A function as a module: `export default defineFunction({ on, handle })`. */
export function defineFunction<Data = TransferEventData>(definition: FunctionDefinition<Data>): FunctionDefinition<Data> {
  return definition;
}
