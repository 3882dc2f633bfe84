import type { ColumnType, Generated, Kysely } from "kysely";
import type { SealedSecret } from "../domain/function-secrets.js";
import type { RetryPolicy } from "../domain/function-settings.js";

// PostgreSQL's bigint arrives as a bigint (see open-store.ts); it may be written as a number too.
type BigInteger = ColumnType<bigint, bigint | number, bigint | number>;
type Json<T> = ColumnType<T, string, string>;

/** The chain this store's projection belongs to. One row. */
interface ChainTable {
  one_row: Generated<boolean>;
  chain_id: string;
  genesis_hash: string;
  domain: string;
  contract: string;
}

/** How far the projection has come. One row. */
interface CursorTable {
  one_row: Generated<boolean>;
  block_number: BigInteger;
  block_hash: string;
  sequence: BigInteger;
  /** The newest block that may be acted upon. */
  final_block: BigInteger;
  /** Whether the newest block was reached since the projection was begun. */
  caught_up: boolean;
}

interface BlocksTable {
  number: BigInteger;
  hash: string;
  parent_hash: string;
  time: Date;
  /** The contract's count after the block; null where the watcher did not read the block's events. */
  sequence: BigInteger | null;
}

interface EventsTable {
  sequence: BigInteger;
  type: string;
  transfer_id: string;
  state: string | null;
  payer_bank: string | null;
  payee_bank: string | null;
  block_number: BigInteger;
  block_hash: string;
  block_time: Date;
  log_index: number;
  transaction_hash: string;
  /** When this store learned of it; not the chain's, and another after a rebuild. */
  observed_at: Generated<Date>;
  /** The block of the transfer's start: where a function finds the details. */
  started_block: BigInteger | null;
  /** How many refusals lie between the event before and this one. */
  refusals_before: Generated<BigInteger>;
  data: Json<Record<string, unknown>>;
}

/** Items of a batch that the contract refused. Bounded per transfer and cause. */
interface RefusalsTable {
  transfer_id: string;
  sequence: BigInteger;
  current_state: string;
  target_state: string;
  cause: string;
  block_number: BigInteger;
  block_hash: string;
  block_time: Date;
  log_index: number;
  transaction_hash: string;
  observed_at: Generated<Date>;
}

/** Each reorganisation that took events back. Outlives a rebuild. */
interface RollbacksTable {
  epoch: Generated<bigint>;
  first_sequence: BigInteger;
  last_sequence: BigInteger;
  rolled_back_at: Generated<Date>;
}

/** The events that were taken back, as they were. */
interface RemovedEventsTable extends EventsTable {
  epoch: BigInteger;
}

interface TransfersTable {
  id: string;
  state: string;
  suspended_from: string | null;
  payer_bank: string;
  payee_bank: string;
  currency: number;
  amount: BigInteger;
  deadline: BigInteger;
  /** How often two arbiters have resumed it. */
  resumptions: Generated<number>;
  /** keccak256 of the sealed details that the chain has started it with; null for what was projected before this was kept. */
  details_hash: string | null;
  reason: string | null;
  started_block: BigInteger;
  started_at: Date;
  updated_at: Date;
  last_sequence: BigInteger;
}

/** The chains that this store served, the present one among them. Needs backup. */
interface EarlierChainsTable {
  domain: string;
  left_at: Generated<Date>;
}

/** Transfers of replaced chains, each in its last state there. Needs backup: no chain tells them again. */
interface EarlierTransfersTable extends TransfersTable {
  domain: string;
}

/** Accepted starts. Kept for ever: what was answered once is answered again. Needs backup. */
interface JournalTable {
  transfer_id: string;
  /** What the contract makes the id of. */
  request_hash: Generated<string>;
  domain: string;
  principal: string;
  payer_bank: string;
  payee_bank: string;
  currency: number;
  amount: BigInteger;
  deadline: BigInteger;
  details: Buffer;
  field_hashes: Json<Record<string, string>>;
  status: string;
  refusal: string | null;
  accepted_at: Date;
  lease_until: Date;
  session: number | null;
}

interface ApiKeysTable {
  id: string;
  key_hash: string;
  principal: string;
  scopes: string[];
  payers: Json<readonly string[] | "any">;
  created_at: Generated<Date>;
  expires_at: Date | null;
}

/** What came of comparing a bank's statement of a day with the chain. `day`: YYYY-MM-DD. */
interface ReconciliationsTable {
  bank: string;
  day: string;
  compared_at: Generated<Date>;
  counts: Json<Record<string, number>>;
  differences: Json<unknown[]>;
}

/** Statements of people who report outcomes of suspended transfers. `hash`: SHA-256 of `content`. Needs backup. */
interface OutcomeEvidenceTable {
  hash: string;
  transfer_id: string;
  content: string;
  proposer: string;
  created_at: Generated<Date>;
}

/** Who is signed in at a browser, for an API key. */
interface SessionsTable {
  id_hash: string;
  key_hash: string;
  expires_at: Date;
  created_at: Generated<Date>;
}

/** Who is woken by which events. Needs backup. */
interface FunctionsTable {
  name: string;
  url: string;
  /** Sealed with a key that is not in the database. */
  secret: SealedSecret;
  types: string[];
  payer_bank: string | null;
  payee_bank: string | null;
  batch_size: number;
  concurrency: number;
  /** Every matching event up to this sequence was delivered or has a row in `retries`; null before the first catch-up. */
  position: BigInteger | null;
  disabled_reason: string | null;
  /** The principal that registered it; null for the deployment's own. */
  owner: string | null;
  /** Only events of this principal's transfers; null for everybody's. */
  of_principal: string | null;
  /** Only events of transfers in this currency (ISO 4217 numeric). */
  currency: number | null;
  retry: Json<RetryPolicy> | null;
  /** Signs beside `secret` until then. */
  previous_secret: SealedSecret | null;
  previous_secret_until: Date | null;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
}

/** The modules that functions have for a target: `code` is `source` without its types. Needs backup. */
interface FunctionModulesTable {
  digest: string;
  code: string;
  source: string;
}

/** The newest requests to each function, in a ring of slots. */
interface FunctionRequestsTable {
  function: string;
  slot: number;
  at: Date;
  events: number;
  outcome: string;
  duration_ms: number;
  error: string | null;
}

/** Runs of functions that somebody asked for. Forgotten after a while. */
interface InvocationsTable {
  id: string;
  function: string;
  input: Json<unknown>;
  status: "waiting" | "succeeded" | "failed";
  attempts: Generated<number>;
  output: Json<unknown> | null;
  logs: string[] | null;
  error: string | null;
  duration_ms: number | null;
  created_at: Generated<Date>;
  finished_at: Date | null;
  lease_until: Date | null;
}

/** Deliveries that failed and wait, or are dead. One that succeeds has no row. */
interface RetriesTable {
  function: string;
  sequence: BigInteger;
  transfer_id: string;
  attempts: number;
  next_attempt_at: Date;
  status: "waiting" | "dead";
  last_error: string | null;
  /** How often the sweeper has given a dead letter its tries again. */
  revivals: Generated<number>;
  /** When it became a dead letter; null while it waits. */
  given_up_at: Date | null;
}

interface LeasesTable {
  name: string;
  holder: string;
  epoch: BigInteger;
  expires_at: Date;
  session: Generated<number | null>;
}

export interface Database {
  chain: ChainTable;
  cursor: CursorTable;
  blocks: BlocksTable;
  events: EventsTable;
  rollbacks: RollbacksTable;
  removed_events: RemovedEventsTable;
  refusals: RefusalsTable;
  transfers: TransfersTable;
  earlier_chains: EarlierChainsTable;
  earlier_transfers: EarlierTransfersTable;
  journal: JournalTable;
  api_keys: ApiKeysTable;
  sessions: SessionsTable;
  outcome_evidence: OutcomeEvidenceTable;
  reconciliations: ReconciliationsTable;
  functions: FunctionsTable;
  function_modules: FunctionModulesTable;
  function_requests: FunctionRequestsTable;
  invocations: InvocationsTable;
  retries: RetriesTable;
  leases: LeasesTable;
}

/** The store's typed SQL. */
export type Db = Kysely<Database>;
