import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { type Static, type TSchema, Type } from "typebox";
import { Compile } from "typebox/compile";
import { ACCOUNT_KINDS, ACCOUNT_STATUSES, type Account, type AccountStatus } from "./account.js";
import { ANSWER_KINDS, type Answer, type LedgerEntry } from "./ledger-posting.js";

const NullableText = Type.Union([Type.String(), Type.Null()]);

const AccountRow = Type.Object({
  number: Type.String(),
  currency: Type.String(),
  kind: Type.Enum([...ACCOUNT_KINDS]),
  status: Type.Enum([...ACCOUNT_STATUSES]),
  balance_minor: Type.BigInt(),
  opening_minor: Type.BigInt(),
});

const AnswerRow = Type.Object({
  reference: Type.String(),
  kind: Type.Enum([...ANSWER_KINDS]),
  status: Type.Enum(["posted", "refused"]),
  reason: NullableText,
  account: NullableText,
  amount_minor: Type.Union([Type.BigInt(), Type.Null()]),
  currency: NullableText,
  refund_of: NullableText,
  receipt: Type.String(),
});

const EntryRow = Type.Object({
  id: Type.BigInt(),
  posting_id: Type.String(),
  reference: Type.String(),
  kind: Type.String(),
  account: Type.String(),
  currency: Type.String(),
  amount_minor: Type.BigInt(),
  booked_at: Type.String(),
});

/** The ledger's rows, typed. No rule of banking is here, and no transaction: the caller brings both. */
export type LedgerTables = ReturnType<typeof createLedgerTables>;

/** Prepares the ledger's statements once, because preparing costs more than running. */
export function createLedgerTables(db: DatabaseSync) {
  return { ...accountTable(db), ...answerTable(db), ...entryTable(db) };
}

function accountTable(db: DatabaseSync) {
  const account = reader(db, AccountRow, "SELECT * FROM accounts WHERE number = ?");
  const accounts = reader(db, AccountRow, "SELECT * FROM accounts WHERE number > ? ORDER BY number LIMIT ?");
  const insert = db.prepare("INSERT INTO accounts VALUES (?, ?, ?, ?, ?, ?)");
  const add = db.prepare("UPDATE accounts SET balance_minor = balance_minor + ? WHERE number = ?");
  const setStatus = db.prepare("UPDATE accounts SET status = ? WHERE number = ?");
  return {
    account: (number: string): Account | undefined => account(number).map(toAccount)[0],
    accountsAfter: (number: string, limit: number): Account[] => accounts(number, limit).map(toAccount),
    insertAccount: ({ number, currency, kind, status, balanceMinor, openingMinor }: Account) =>
      insert.run(number, currency, kind, status, balanceMinor, openingMinor),
    addToBalance: (number: string, amountMinor: bigint) => add.run(amountMinor, number),
    setAccountStatus: (number: string, status: AccountStatus) => setStatus.run(status, number),
  };
}

function answerTable(db: DatabaseSync) {
  const answer = reader(db, AnswerRow, "SELECT * FROM answers WHERE reference = ?");
  const refund = reader(db, AnswerRow, "SELECT * FROM answers WHERE refund_of = ? AND kind = 'refund' AND status = 'posted'");
  const insert = db.prepare("INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  return {
    answer: (reference: string): Answer | undefined => answer(reference).map(toAnswer)[0],
    refundOf: (debit: string): Answer | undefined => refund(debit).map(toAnswer)[0],
    insertAnswer: ({ reference, kind, status, reason, account, amountMinor, currency, refundOf, receipt }: Answer) =>
      insert.run(
        ...[reference, kind, status, reason ?? null, account ?? null, amountMinor ?? null],
        ...[currency ?? null, refundOf ?? null, receipt],
      ),
  };
}

function entryTable(db: DatabaseSync) {
  const all = reader(db, EntryRow, "SELECT * FROM entries WHERE id > ? ORDER BY id LIMIT ?");
  const some = reader(db, EntryRow, "SELECT * FROM entries WHERE reference = ? AND id > ? ORDER BY id LIMIT ?");
  const statement = reader(
    db,
    EntryRow,
    `SELECT * FROM entries WHERE id > ? AND booked_at >= ? AND booked_at < ? AND (? = '' OR reference = ?)
      AND kind IN ('debit', 'credit', 'refund') AND instr(account, ':') = 0 ORDER BY id LIMIT ?`,
  );
  const insert = db.prepare(
    `INSERT INTO entries (posting_id, reference, kind, account, currency, amount_minor, booked_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  return {
    entriesAfter: (after: number, limit: number, reference?: string): LedgerEntry[] =>
      (reference === undefined ? all(after, limit) : some(reference, after, limit)).map(toEntry),
    /** The customers' side of what was booked for transfers. `from`, `to`: RFC 3339; the last is left out. `reference`: "" for any. */
    statementAfter: (after: number, limit: number, of: { from: string; to: string; reference: string }): LedgerEntry[] =>
      statement(after, of.from, of.to, of.reference, of.reference, limit).map(toEntry),
    insertEntry: ({ postingId, reference, kind, account, currency, amountMinor, bookedAt }: Omit<LedgerEntry, "id">) =>
      insert.run(postingId, reference, kind, account, currency, amountMinor, bookedAt),
  };
}

/** Prepares a query whose every row is checked: the file is outside data. Integers come as bigint, so none is rounded. */
export function reader<T extends TSchema>(
  db: DatabaseSync,
  row: T,
  sql: string,
): (...parameters: SQLInputValue[]) => Static<T>[] {
  const statement = db.prepare(sql);
  statement.setReadBigInts(true);
  const validator = Compile(row);
  return (...parameters) =>
    statement.all(...parameters).map((found: unknown) => {
      // Not `Parse`: its error would carry the row, and with it an account number.
      if (!validator.Check(found)) throw new Error("A row of the ledger is not of the ledger's schema");
      return found;
    });
}

function toAccount({ balance_minor, opening_minor, ...row }: Static<typeof AccountRow>): Account {
  return { ...row, balanceMinor: balance_minor, openingMinor: opening_minor };
}

function toAnswer({ amount_minor, refund_of, ...row }: Static<typeof AnswerRow>): Answer {
  return {
    ...row,
    reason: row.reason ?? undefined,
    account: row.account ?? undefined,
    amountMinor: amount_minor ?? undefined,
    currency: row.currency ?? undefined,
    refundOf: refund_of ?? undefined,
  };
}

function toEntry({ id, posting_id, amount_minor, booked_at, ...row }: Static<typeof EntryRow>): LedgerEntry {
  return { ...row, id: Number(id), postingId: posting_id, amountMinor: amount_minor, bookedAt: booked_at };
}
