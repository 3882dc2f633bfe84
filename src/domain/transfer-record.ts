import type { Refusal, StartRefusal, State } from "./transfer-state.js";

/**
 * - `domain`: 0x and 64 hex digits, names the network of transfers.
 * - `chainId`: decimal.
 * - `contract`: the address of TransferStateRepo.
 * - `organisation`: the initiator organisation that this API starts transfers for.
 */
export interface Network {
  domain: string;
  chainId: string;
  contract: string;
  organisation: string;
}

/**
 * A start that was accepted. Without personal data: `details` are sealed, `fieldHashes` keyed.
 *
 * - `requestHash`: what the contract makes the id of; see `requestHashOf`.
 * - `amountMinor`: 1 to 10^15. `deadlineSeconds`: since the epoch, block time.
 * - `fieldHashes`: by JSON pointer of the request's field.
 * - `refusal`: why the contract refused it, for `status: "refused"`.
 */
export interface JournalEntry {
  transferId: string;
  requestHash: string;
  principal: string;
  payerBank: string;
  payeeBank: string;
  currencyNumeric: number;
  amountMinor: bigint;
  deadlineSeconds: number;
  details: Uint8Array;
  fieldHashes: Record<string, string>;
  acceptedAt: Date;
  status: "accepted" | "started" | "refused";
  refusal?: StartRefusal;
}

/** A transfer as the chain has it. */
export interface TransferView {
  id: string;
  state: State;
  suspendedFrom?: State;
  payerBank: string;
  payeeBank: string;
  currencyNumeric: number;
  amountMinor: bigint;
  deadlineSeconds: number;
  reason?: string;
  startedAt: Date;
  updatedAt: Date;
  lastSequence: bigint;
}

/** One event of a transfer. `type` is the CloudEvents type, e.g. `eventmachine.transfer.started`. */
export interface TransferEventView {
  sequence: bigint;
  type: string;
  state?: State;
  blockNumber: bigint;
  blockHash: string;
  transactionHash: string;
  logIndex: number;
  blockTime: Date;
  /** When this system saw it. */
  observedAt: Date;
  reason?: string;
  evidence?: string;
}

/** A report about a transfer that the contract refused: it stood at `current`, and was to enter `to`. */
export interface RefusalView {
  sequence: bigint;
  current: State;
  to: State;
  cause: Refusal;
  blockNumber: number;
  blockHash: string;
  transactionHash: string;
  logIndex: number;
  blockTime: Date;
  observedAt: Date;
}

/** Which part of a list in the order of the chain: what comes after a sequence, at most `limit`. */
export interface SequencePage {
  after: bigint;
  limit: number;
}

/** Which transfers, newest first; what is `undefined` filters nothing. `to` is exclusive. `bank`: on either side. `idPrefix`: 0x and the first digits. */
export interface TransferListQuery {
  principal?: string;
  state?: State;
  bank?: string;
  idPrefix?: string;
  from?: Date;
  to?: Date;
  before?: { at: Date; id: string };
  limit: number;
}

/** One of a list: the journal's entry, the chain's view, or both; and where it stands in the list. */
export interface ListedTransfer {
  position: { at: Date; id: string };
  entry: JournalEntry | undefined;
  view: TransferView | undefined;
  /** The domain of its chain, where that is not this one. */
  earlierChain?: string;
}
