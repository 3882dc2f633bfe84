import type { State } from "../../domain/transfer-state.js";

/** A transfer as the chain has it at one block. One that it does not know has the state NONE, and no banks: "". */
export interface ChainTransfer {
  id: string;
  state: State;
  /** Where a suspended transfer was suspended from. */
  suspendedFrom: State | undefined;
  payerBank: string;
  payeeBank: string;
  /** ISO 4217 numeric code. */
  currencyNumeric: number;
  amountMinor: bigint;
  /** How often two arbiters have resumed it, 0 to 255. */
  resumptions: number;
  /** Seconds of block time. */
  deadlineSeconds: number;
}

/** Which bank holds a phone number at one block, and by which version of its entry. */
export interface PhoneAccountHolder {
  bank: string;
  version: number;
}

/** A phone number's entry at one block. */
export interface ChainPhoneAccount extends PhoneAccountHolder {
  sealedAccount: Uint8Array;
}
