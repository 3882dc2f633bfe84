import { randomUUID } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../../domain/app-error.js";
import { MAX_AMOUNT_MINOR } from "../../domain/money.js";
import type { PostingOutcome } from "../../domain/posting.js";
import {
  ACCOUNT_NUMBER_PATTERN,
  type Account,
  type AccountStatus,
  clearingAccountNumber,
  equityAccountNumber,
} from "./account.js";
import { type BookingContext, bookClose, bookPosting, moveMoney, toOutcome } from "./booking.js";
import type { LedgerEntry, LedgerPosting } from "./ledger-posting.js";
import { createLedgerTables, type LedgerTables } from "./ledger-tables.js";
import { createTotalsReader, type LedgerTotals } from "./ledger-totals.js";
import { openLedgerDatabase } from "./open-ledger-database.js";

/** The most rows one listing gives. */
export const MAX_PAGE = 10_000;

const DEFAULT_PAGE = 1_000;

/** An account as it is set up: its opening balance is paid in from the bank's equity. Minor units, 0 to 10^15. */
export interface AccountSeed {
  number: string;
  currency: string;
  openingMinor: bigint;
  status: AccountStatus;
}

/**
 * A bank's double-entry ledger. Calls are synchronous, and what they change is on the disk when they return. The first answer to
 * a reference stands for ever, refusals and closes too, and is returned byte-identical, to whatever comes under that reference later.
 */
export interface Ledger {
  readonly bank: string;
  /** Answers postings in order, in one transaction: a refusal harms no other; an error (e.g. a full disk) undoes them all. */
  postMany(postings: readonly LedgerPosting[]): PostingOutcome[];
  find(reference: string): PostingOutcome | undefined;
  /** `reason`: ISO 20022 external status reason code, used only if nothing was answered yet. */
  close(reference: string, reason: string): PostingOutcome;
  account(number: string): Account | undefined;
  /** Accounts, internal ones too, by number; `after` is the last number of the page before. */
  accounts(page?: { after?: string; limit?: number }): Account[];
  /** Sets an account up, once: the same seed again changes nothing. Throws AppError `conflict` on another, `invalid-request` on a bad one. */
  seedAccount(seed: AccountSeed): Account;
  /** Throws AppError `not-found` if there is no such customer's account. */
  setAccountStatus(number: string, status: AccountStatus): Account;
  /** Entries in the order booked; `after` is the last id of the page before. */
  entries(query?: { reference?: string; after?: number; limit?: number }): LedgerEntry[];
  /** What was booked for transfers, on a day (YYYY-MM-DD, UTC) or under a reference: the customers' side of each posting. */
  statement(query: { day?: string; reference?: string; after?: number; limit?: number }): LedgerEntry[];
  totals(): LedgerTotals;
  /** How many write transactions were committed since opening. */
  commits(): number;
  shutdown(): void;
}

/**
 * Opens or creates the ledger of one bank.
 *
 * @param options.path file of the ledger; no other bank's
 * @param options.bank the bank's BIC8, written into every receipt
 * @param options.clock milliseconds since the epoch
 * @throws AppError `config-invalid` when the file is the ledger of another bank
 */
export function openLedger({ path, bank, clock }: { path: string; bank: string; clock: () => number }): Ledger {
  const db = openLedgerDatabase({ path, bank });
  const tables = createLedgerTables(db);
  const context: BookingContext = { tables, bank, clock };
  const totals = createTotalsReader(db);
  let commits = 0;
  const write = <T>(work: () => T): T => {
    const result = transaction(db, "BEGIN IMMEDIATE", work);
    commits += 1;
    return result;
  };
  return {
    bank,
    postMany: (postings) => write(() => postings.map((posting) => bookPosting(context, posting))),
    find: (reference) => {
      const answer = tables.answer(reference);
      return answer === undefined ? undefined : toOutcome(answer);
    },
    close: (reference, reason) => write(() => bookClose(context, reference, reason)),
    account: (number) => tables.account(number),
    accounts: ({ after = "", limit = DEFAULT_PAGE } = {}) => tables.accountsAfter(after, pageSize(limit)),
    seedAccount: (seed) => write(() => seedAccount(context, seed)),
    setAccountStatus: (number, status) => write(() => setStatus(tables, number, status)),
    entries: ({ reference, after = 0, limit = DEFAULT_PAGE } = {}) => tables.entriesAfter(after, pageSize(limit), reference),
    statement: ({ day, reference = "", after = 0, limit = DEFAULT_PAGE }) =>
      tables.statementAfter(after, pageSize(limit), { from: day ?? "", to: day === undefined ? "~" : `${day}U`, reference }),
    // One transaction, so that its queries see one moment even while another process writes.
    totals: () => transaction(db, "BEGIN", totals),
    commits: () => commits,
    shutdown: () => db.close(),
  };
}

function transaction<T>(db: DatabaseSync, begin: string, work: () => T): T {
  db.exec(begin);
  try {
    const result = work();
    db.exec("COMMIT");
    return result;
  } catch (error) {
    // SQLite has rolled back by itself after some errors, a full disk among them.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function pageSize(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_PAGE) return limit;
  throw new AppError("invalid-request", `A page has 1 to ${MAX_PAGE} rows`);
}

function seedAccount({ tables, clock }: BookingContext, seed: AccountSeed): Account {
  const { number, currency, openingMinor, status } = seed;
  if (!new RegExp(ACCOUNT_NUMBER_PATTERN).test(number) || openingMinor < 0n || openingMinor > MAX_AMOUNT_MINOR) {
    throw new AppError(
      "invalid-request",
      "An account has a number of 1 to 34 letters, digits and dashes, and opens with 0 to 10^15",
    );
  }
  const found = tables.account(number);
  if (found !== undefined) {
    // The status is not compared: seeding again on a restart must not reopen what was blocked since.
    if (found.currency === currency && found.openingMinor === openingMinor) return found;
    throw new AppError("conflict", "The account exists with another currency or opening balance");
  }
  const equity = internalAccount(tables, "equity", currency);
  internalAccount(tables, "clearing", currency);
  const account: Account = { number, currency, kind: "customer", status, balanceMinor: 0n, openingMinor };
  tables.insertAccount(account);
  const postingId = randomUUID();
  const entry = { reference: `opening:${postingId}`, kind: "opening", postingId, bookedAt: new Date(clock()).toISOString() };
  if (openingMinor > 0n) moveMoney(tables, { from: equity, to: account, amountMinor: openingMinor, entry });
  return { ...account, balanceMinor: openingMinor };
}

function internalAccount(tables: LedgerTables, kind: "clearing" | "equity", currency: string): Account {
  const number = kind === "clearing" ? clearingAccountNumber(currency) : equityAccountNumber(currency);
  const found = tables.account(number);
  if (found !== undefined) return found;
  const account: Account = { number, currency, kind, status: "open", balanceMinor: 0n, openingMinor: 0n };
  tables.insertAccount(account);
  return account;
}

function setStatus(tables: LedgerTables, number: string, status: AccountStatus): Account {
  const account = tables.account(number);
  if (account?.kind !== "customer") throw new AppError("not-found", "There is no such customer's account");
  tables.setAccountStatus(number, status);
  return { ...account, status };
}
