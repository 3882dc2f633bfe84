import type { FastifyBaseLogger } from "fastify";
import type { AccountWrite } from "../chain/contracts/account-writer.js";
import type { OutcomeProposal, OutcomeWrite } from "../chain/contracts/outcome-directory.js";
import type { Proposal, ResolutionWrite } from "../chain/contracts/resolution-directory.js";
import type { AliasKey } from "../domain/ids.js";
import type { PhoneType } from "../domain/phone.js";
import type { ApiKeyView, Principal } from "../domain/principal.js";
import type { Sealer, SealingRecipient } from "../domain/sealing.js";
import type {
  BankEvidenceView,
  Reconciliation,
  ReconciliationFailure,
  SettlementPosition,
  StatementView,
} from "../domain/settlement.js";
import type { EventListQuery, StoredEvent, StreamPage, StreamPosition, StreamQuery } from "../domain/stored-event.js";
import type {
  JournalEntry,
  ListedTransfer,
  Network,
  RefusalView,
  SequencePage,
  TransferEventView,
  TransferListQuery,
  TransferView,
} from "../domain/transfer-record.js";
import type { ReceiptSigner } from "../receipts/receipt-signer.js";
import type { Activity } from "../store/stats/activity.js";
import type { WorkInHand } from "../store/stats/backlog.js";
import type { RecentChanges } from "../store/stats/changes.js";
import type { FunctionRegistry, FunctionTargets, InvocationStore } from "./function-ports.js";

/** All that the API needs of the rest of the system. Failures of what is behind these are AppErrors, e.g. `store-unavailable`. */
export interface ApiDeps {
  logger: FastifyBaseLogger;
  network: Network;
  journal: Journal;
  transfers: TransferReader;
  /** Transfers of the chains before this one; absent where there never was another. */
  earlier?: EarlierTransfers;
  accounts: AccountDirectory;
  banks: BankDirectory;
  resolutions: ResolutionDirectory;
  outcomes: OutcomeDirectory;
  statements: StatementStore;
  events: EventLog;
  evidence: EvidenceStore;
  /** Absent where this deployment signs no receipts. */
  receiptSigner?: ReceiptSigner | undefined;
  functions: FunctionRegistry;
  functionTargets: FunctionTargets;
  invocations: InvocationStore;
  starter: Starter;
  health: { check(): Promise<HealthCheck[]> };
  stats: StatsSources;
  books: Books;
  /** Whose bearer token (RFC 6750) this is; `undefined` for none, an expired or a forged one. */
  authenticate(token: string | undefined): Promise<Principal | undefined>;
  apiKeys: ApiKeyStore;
  sessions: SessionStore;
  aliasKey: AliasKey;
  /** The kinds of lines whose numbers are taken. */
  phoneTypes: readonly PhoneType[];
  sealer: Sealer;
  /** HMAC key of the journal's field hashes, at least 32 bytes. */
  fieldKey: Uint8Array;
  /** Milliseconds since the epoch. */
  clock: () => number;
  /** Milliseconds that only grow, for ages and pauses within this process. */
  monotonicMs: () => number;
}

/** The accepted starts, and with them whose a transfer is. */
export interface Journal {
  /** Durable once it resolves. Says whether it was this entry that was written: none is where journal or chain know the id already. */
  insert(entry: JournalEntry): Promise<boolean>;
}

/** The projection of the chain, and beside it the journal. */
export interface TransferReader {
  find(transferId: string): Promise<TransferView | undefined>;
  /** What journal and chain know of a transfer. `earlierChain`: the domain of its chain, where a newer chain replaced it. */
  known(transferId: string): Promise<{ entry?: JournalEntry; view?: TransferView; earlierChain?: string }>;
  list(query: TransferListQuery): Promise<ListedTransfer[]>;
  /** In the order of `sequence`. */
  events(transferId: string, page: SequencePage): Promise<TransferEventView[]>;
  /** Reports that the contract refused, in the order of `sequence`. Bounded per transfer and cause. */
  refusals(transferId: string, page: SequencePage): Promise<RefusalView[]>;
  /**
   * Resolves when the transfer has come to its end, on the chain or by a refusal in the journal, or on abort.
   * @param isNew It was accepted in this very turn, so that it cannot have come to its end before.
   */
  whenFinal(transferId: string, signal: AbortSignal, isNew?: boolean): Promise<void>;
}

/** Transfers of the chains before this one. */
export interface EarlierTransfers {
  domains: readonly string[];
  /** The first transfer found among some ids. */
  find(ids: readonly string[]): Promise<{ id: string; domain: string; entry?: JournalEntry; view?: TransferView } | undefined>;
}

/** Which bank holds which number. */
export interface AccountDirectory {
  /** In the order asked; `undefined` where nobody holds the number. */
  lookup(aliasIds: readonly string[]): Promise<({ bank: string; version: number } | undefined)[]>;
  /** @throws AppError `conflict` where a bank holds the number already */
  register(bank: string, aliasId: string, sealedAccount: Uint8Array): Promise<{ version: number; transactionHash: string }>;
  /** @throws AppError `conflict` or `not-found` where the number or its claim is in another state */
  write(bank: string, what: AccountWrite): Promise<{ version: number | undefined; transactionHash: string }>;
  /** The open claim for a number. */
  findClaim(aliasId: string): Promise<{ bank: string; lapsesAt: Date } | undefined>;
}

/** The member banks. */
export interface BankDirectory {
  /** The newest sealing key of an active bank; else `undefined`. */
  sealingRecipient(bank: string): Promise<SealingRecipient | undefined>;
  /** Whether this deployment holds an accounts operator's key for the bank. */
  operates(bank: string): boolean;
  /** A bank that is or was a member; else `undefined`. */
  find(bank: string): Promise<BankView | undefined>;
  /** By id, after the bank `after`; all of them without a page. */
  list(page?: { after?: string; limit: number }): Promise<BankView[]>;
}

/** What arbiters propose for suspended transfers. */
export interface ResolutionDirectory {
  /** In the order asked; `undefined` where nothing is proposed. */
  read(transferIds: readonly string[]): Promise<(Proposal | undefined)[]>;
  /**
   * Signs with the arbiter's key of the principal.
   * @throws AppError `forbidden` where there is none here, or one arbiter would confirm its own; `conflict` as the contract refuses
   */
  write(principal: string, what: ResolutionWrite): Promise<{ transactionHash: string }>;
}

/** Outcomes of suspended transfers that people of banks report. */
export interface OutcomeDirectory {
  /** In the order asked; `undefined` where nothing is proposed. */
  read(transferIds: readonly string[]): Promise<(OutcomeProposal | undefined)[]>;
  /** The bank that the principal's key reports outcomes for; `undefined` where there is no such key. */
  bankOf(principal: string): Promise<string | undefined>;
  /**
   * Signs with the person's key of the principal.
   * @throws AppError `forbidden` without the key here, for another bank's leg, or where the proposer confirms; `conflict` as the
   * contract refuses
   */
  write(principal: string, what: OutcomeWrite): Promise<{ transactionHash: string }>;
}

/** Brings accepted starts to the chain. */
export interface Starter {
  /**
   * Takes a start as the journal has it; must not throw or wait.
   * @param isNew Whether this replica has just written the entry, so that nobody can have sent the start.
   */
  wake(entry: JournalEntry, isNew: boolean): void;
}

/** The state of something the system needs. `detail` is not shown to anyone: whoever checks logs it. */
export interface HealthCheck {
  name: string;
  ok: boolean;
  detail?: string;
}

/** Where the statistics come from. Failures are AppErrors, e.g. `store-unavailable`. */
export interface StatsSources {
  work(): Promise<WorkInHand>;
  activity(): Promise<Activity>;
  changes(): Promise<RecentChanges>;
  /** The number of the chain's newest block. */
  head(): Promise<number>;
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

/** What banks without an API have shown. */
export interface EvidenceStore {
  list(transferId: string): Promise<BankEvidenceView[]>;
  find(transferId: string, digest: string): Promise<{ mediaType: string; content: Buffer } | undefined>;
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
