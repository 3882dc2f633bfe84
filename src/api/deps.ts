import type { FastifyBaseLogger } from "fastify";
import type { AccountWrite } from "../chain/account-writer.js";
import type { OutcomeProposal, OutcomeWrite } from "../chain/outcome-directory.js";
import type { Proposal, ResolutionWrite } from "../chain/resolution-directory.js";
import type { AliasKey } from "../domain/ids.js";
import type { PhoneType } from "../domain/phone.js";
import type { Sealer, SealingRecipient } from "../domain/sealing.js";
import type { Refusal, StartRefusal, State } from "../domain/transfer-state.js";
import type { ReceiptSigner } from "../receipts/receipt-signer.js";
import type { FunctionRegistry, FunctionTargets, InvocationStore } from "./function-deps.js";
import type {
  ApiKeyStore,
  BankView,
  Books,
  EventLog,
  EvidenceStore,
  ListedTransfer,
  SessionStore,
  StatementStore,
  TransferListQuery,
} from "./resource-deps.js";
import type { StatsSources } from "./stats.js";

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
 * What a principal may do; see the routes. `transfers:read-any` reads every principal's transfers: for operators. `transfers:resolve`
 * is for arbiters, `transfers:report-outcome` for the people of a bank who report outcomes of suspended transfers. `api-keys:read` and `api-keys:write` are for keys of the same principal, `…-any` for everybody's.
 */
export type Scope = (typeof SCOPES)[number];

export const SCOPES = [
  "transfers:write",
  "transfers:read",
  "transfers:read-any",
  "transfers:resolve",
  "transfers:report-outcome",
  "accounts:read",
  "accounts:write",
  "functions:read",
  "functions:write",
  "functions:invoke",
  "api-keys:read",
  "api-keys:read-any",
  "api-keys:write",
  "api-keys:write-any",
  "stats:read",
] as const;

/**
 * Who calls. It outlives the rotation of its API key.
 *
 * - `payers`: alias ids or bank ids that it may send for; for a bank id, also register numbers for.
 * - `expiresAt`: until when its credentials are good; `null` for ever.
 */
export interface Principal {
  id: string;
  scopes: readonly string[];
  payers: readonly string[] | "any";
  expiresAt: Date | null;
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

/** The accepted starts, and with them whose a transfer is. */
export interface Journal {
  /** Durable once it resolves. Says whether it was this entry that was written: none is where journal or chain know the id already. */
  insert(entry: JournalEntry): Promise<boolean>;
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
