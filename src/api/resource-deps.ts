import type { Verdict } from "../domain/reconciliation.js";
import type { State } from "../domain/transfer-state.js";
import type { JournalEntry, Principal, TransferView } from "./deps.js";

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

/** Which events; what is `undefined` filters nothing. `principal`: whose transfers'; `bank`: on either side. */
export interface EventFilter {
  principal?: string;
  type?: string;
  bank?: string;
  transfer?: string;
}

/** Which events, in the order of the chain. */
export interface EventListQuery extends EventFilter {
  after: bigint;
  limit: number;
}

/** How far a reader of the stream has come. `epoch` counts the reorganisations that took events back. */
export interface StreamPosition {
  epoch: bigint;
  sequence: bigint;
}

/** `finalOnly`: nothing that could still be taken back. */
export interface StreamQuery extends EventFilter {
  after: StreamPosition;
  limit: number;
  finalOnly: boolean;
}

/** What comes next for a reader: first `removed` is to be undone, newest first, then `events` follow. */
export interface StreamPage {
  removed: StreamedEvent[];
  events: StreamedEvent[];
  next: StreamPosition;
  more: boolean;
  /** Where the store was restored from an older copy: all after this sequence is void, and comes again. */
  resetTo: bigint | undefined;
}

/** An event, and whose transfer's it is: `null` where another organisation started it. */
export type StreamedEvent = StoredEvent & { principal: string | null };

/** An event as the store keeps it. `data`: what subscribers see of it. */
export interface StoredEvent {
  sequence: bigint;
  type: string;
  transferId: string;
  state: string | null;
  payerBank: string | null;
  payeeBank: string | null;
  blockNumber: number;
  blockHash: string;
  blockTime: Date;
  observedAt: Date;
  logIndex: number;
  transactionHash: string;
  /** How many items the contract refused between the event before, of whatever transfer, and this one. */
  refusalsBefore: bigint;
  data: Record<string, unknown>;
}

/** The events: pages of what is final, and the stream of all. */
export interface EventLog {
  /** Reads on from a position, all as of one moment. */
  stream(query: StreamQuery): Promise<StreamPage>;
  /** The newest position. */
  streamHead(finalOnly: boolean): Promise<StreamPosition>;
  /** Calls back when there may be something new, until the function that comes back is called. */
  onChange(callback: () => void): () => void;
  /** Of the final ones. `next`: every event that matches up to here is in this page or in one before it. `final`: the newest that may be shown. */
  read(query: EventListQuery): Promise<{ events: StoredEvent[]; next: bigint; final: bigint }>;
  /** The final events that moved a transfer's money: its start, its debit and its credit, as far as they are there. */
  steps(transferId: string): Promise<StoredEvent[]>;
}

/** A member bank as the chain has it. */
export interface BankView {
  bank: string;
  active: boolean;
  sealingKey: { version: number; publicKey: string };
}

/**
 * An API key, without the key.
 *
 * - `payers`: alias ids and bank ids, as a principal's.
 * - `expiresAt`: from then on it is no key any more; `null` for never.
 */
export interface ApiKeyView {
  id: string;
  principal: string;
  scopes: readonly string[];
  payers: readonly string[] | "any";
  createdAt: Date;
  expiresAt: Date | null;
}

/** Sessions of people at a browser: each stands for an API key, and ends with it. */
export interface SessionStore {
  /** Begins one for whoever has the key; `undefined` where it is none. The `id` is a secret, told this once. */
  begin(apiKey: string): Promise<{ id: string; principal: Principal; expiresAt: Date } | undefined>;
  /** Whose it is; `undefined` for one that has ended, or never was. */
  find(id: string): Promise<Principal | undefined>;
  end(id: string): Promise<void>;
}

/** The API keys. A key itself is told once, by whoever made it: only its hash is kept. */
export interface ApiKeyStore {
  /** The newest first; of one principal, or everybody's. */
  list(page: { principal?: string; before?: { createdAt: Date; id: string }; limit: number }): Promise<ApiKeyView[]>;
  find(id: string): Promise<ApiKeyView | undefined>;
  create(id: string, token: string, of: Pick<ApiKeyView, "principal" | "scopes" | "payers" | "expiresAt">): Promise<ApiKeyView>;
  /** Makes another key for the principal of the one with `id`, which ends at `endsAt`, or before. */
  rotate(id: string, next: { id: string; token: string }, endsAt: Date): Promise<ApiKeyView | undefined>;
  /** Whether there was one. */
  remove(id: string): Promise<boolean>;
}

/** What a bank without an API is on record to have said of a posting. `digest`: SHA-256; `size` in bytes. */
export interface BankEvidenceView {
  bank: string;
  reference: string;
  status: "posted" | "refused";
  receipt: string;
  picture: { digest: string; mediaType: string; size: number } | undefined;
}

/** What banks without an API have shown. */
export interface EvidenceStore {
  list(transferId: string): Promise<BankEvidenceView[]>;
  find(transferId: string, digest: string): Promise<{ mediaType: string; content: Buffer } | undefined>;
}

/** A statement about an outcome. `content`: canonical JSON; `hash`: its SHA-256, the evidence on the chain; `proposer`: a principal. */
export interface StatementView {
  hash: string;
  transferId: string;
  content: string;
  proposer: string;
  at: Date;
}

/** The statements of people who report outcomes of suspended transfers. */
export interface StatementStore {
  /** Durable once it resolves. */
  keep(statement: Omit<StatementView, "at">): Promise<void>;
  forget(hash: string): Promise<void>;
  /** Those of these hashes that are here, in any order. */
  find(hashes: readonly string[]): Promise<StatementView[]>;
  /** About one transfer, the oldest first. */
  list(transferId: string): Promise<StatementView[]>;
}

/** What banks owe each other, and whether they say what the chain says. */
export interface Books {
  /** From the transfers completed on a day (YYYY-MM-DD, UTC), by pair of banks and currency. */
  positions(day: string): Promise<SettlementPosition[]>;
  /** What came of comparing the banks' statements of a day with the chain, by bank. */
  reconciliations(day: string): Promise<Reconciliation[]>;
  /** The comparisons of a day that came to nothing, the last time. */
  reconciliationFailures(day: string): Promise<ReconciliationFailure[]>;
}

/** What the payers' bank owes the payees' bank; minor units. */
export interface SettlementPosition {
  payerBank: string;
  payeeBank: string;
  currency: string;
  amountMinor: bigint;
  transfers: number;
}

/** A bank's statement of a day beside the chain: how many postings have each verdict, and the first of those that differ; minor units. */
export interface ReconciliationFailure {
  bank: string;
  failedAt: Date;
  code: string;
}

export interface Reconciliation {
  bank: string;
  comparedAt: Date;
  counts: Record<Verdict, number>;
  differences: {
    verdict: Verdict;
    reference: string;
    currency: string;
    chainAmount?: string;
    bankAmount?: string;
    postings: number;
  }[];
}
