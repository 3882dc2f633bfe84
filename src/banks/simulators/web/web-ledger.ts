import { randomInt } from "node:crypto";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import type { Ledger } from "../ledger.js";
import type { LedgerEntry } from "../ledger-posting.js";

/** What a teller enters. `text` is no name of anything: it is printed on the statement, and the same text twice books twice. */
export interface WebPosting {
  direction: "out" | "in";
  account: string;
  amountMinor: bigint;
  currency: string;
  text: string;
}

/** What came of it. `number`: the bank's own, new for every booking. `bookedAt`: RFC 3339, UTC. */
export type WebBooking = { booked: true; number: string; bookedAt: string } | { booked: false; reason: string };

/** A line of the statement. */
export type WebStatementLine = WebPosting & { number: string; bookedAt: string };

/** The books of a bank that knows no references. */
export interface WebLedger {
  book(posting: WebPosting): WebBooking;
  /** A day's bookings (YYYY-MM-DD, UTC), the newest first. */
  day(date: string): WebStatementLine[];
}

const READ_PAGE = 10_000;
const NUMBER_MIN = 10 ** 11;
const NUMBER_MAX = 10 ** 12;
// Between what the teller wrote and the bank's number: a text may hold it, a number never does.
const SEPARATOR = "/";

const Receipt = Type.Object({ bookedAt: Type.String() });
const receiptValidator = Compile(Receipt);

/** Books on a ledger that would recognise references, under one that never comes twice. */
export function createWebLedger(ledger: Ledger): WebLedger {
  return {
    book: ({ direction, account, amountMinor, currency, text }) => {
      const number = String(randomInt(NUMBER_MIN, NUMBER_MAX));
      const kind = direction === "out" ? "debit" : "credit";
      const reference = `${text}${SEPARATOR}${number}`;
      const [outcome] = ledger.postMany([{ kind, reference, account, amountMinor, currency }]);
      if (outcome === undefined) throw new Error("The ledger answered nothing");
      if (outcome.status === "refused") return { booked: false, reason: outcome.reason };
      return { booked: true, number, bookedAt: parseReceipt(outcome.receipt).bookedAt };
    },
    day: (date) => {
      const lines: WebStatementLine[] = [];
      for (let after = 0; ; ) {
        const entries = ledger.statement({ day: date, after, limit: READ_PAGE });
        lines.push(...entries.map(statementLine));
        const last = entries.at(-1);
        if (last === undefined || entries.length < READ_PAGE) return lines.reverse();
        after = last.id;
      }
    },
  };
}

function statementLine({ reference, kind, account, amountMinor, currency, bookedAt }: LedgerEntry): WebStatementLine {
  const at = reference.lastIndexOf(SEPARATOR);
  return {
    direction: kind === "debit" ? "out" : "in",
    account,
    amountMinor: amountMinor < 0n ? -amountMinor : amountMinor,
    currency,
    text: reference.slice(0, at),
    number: reference.slice(at + 1),
    bookedAt,
  };
}

function parseReceipt(receipt: string): Static<typeof Receipt> {
  const value: unknown = JSON.parse(receipt);
  if (!receiptValidator.Check(value)) throw new Error("The ledger's receipt says no time");
  return value;
}
