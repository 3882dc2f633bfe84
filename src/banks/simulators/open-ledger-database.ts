import { DatabaseSync } from "node:sqlite";
import { AppError } from "../../domain/app-error.js";

/** How long a write waits for another process on the same file, in milliseconds, before it fails. */
const BUSY_TIMEOUT_MS = 5_000;

/**
 * STRICT, so that a number is a number; the CHECKs restate what the code keeps, so that no other program can break it unseen.
 * One refund a debit, whatever references it comes under, is an index and not only a rule.
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS identity (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    bank TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS accounts (
    number TEXT PRIMARY KEY,
    currency TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('customer', 'clearing', 'equity')),
    status TEXT NOT NULL CHECK (status IN ('open', 'blocked', 'closed')),
    balance_minor INTEGER NOT NULL CHECK (kind <> 'customer' OR balance_minor >= 0),
    opening_minor INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS answers (
    reference TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('debit', 'credit', 'refund', 'deposit', 'close')),
    status TEXT NOT NULL CHECK (status IN ('posted', 'refused')),
    reason TEXT CHECK ((status = 'refused') = (reason IS NOT NULL)),
    account TEXT,
    amount_minor INTEGER,
    currency TEXT,
    refund_of TEXT,
    receipt TEXT NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX IF NOT EXISTS one_refund_a_debit ON answers (refund_of) WHERE kind = 'refund' AND status = 'posted';
  CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    posting_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    kind TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts (number),
    currency TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    booked_at TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS entries_by_reference ON entries (reference);
`;

/**
 * Opens or creates a bank's ledger file. A commit is on the disk when it returns (WAL, synchronous=FULL).
 *
 * @throws AppError `config-invalid` when the file is the ledger of another bank
 */
export function openLedgerDatabase({ path, bank }: { path: string; bank: string }): DatabaseSync {
  const db = new DatabaseSync(path, { enableForeignKeyConstraints: true, timeout: BUSY_TIMEOUT_MS });
  try {
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    db.exec(SCHEMA);
    db.prepare("INSERT INTO identity (one, bank) VALUES (1, ?) ON CONFLICT DO NOTHING").run(bank);
    const owner = db.prepare("SELECT bank FROM identity").get()?.bank;
    if (owner !== bank) {
      throw new AppError("config-invalid", `The ledger belongs to bank ${String(owner)}; give ${bank} a file of its own`);
    }
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
