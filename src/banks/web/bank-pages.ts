import type { Locator, Page } from "playwright-core";
import type { Posting } from "../../domain/posting.js";

/** What a teller enters. A refund is an entry into the account of its debit. */
export interface Entry {
  direction: "out" | "in";
  account: string;
  amountMinor: bigint;
  currency: string;
  reference: string;
}

/** What the bank's page says of an entry. `reason`: ISO 20022 external status reason code. */
export type Refused = { refused: string };

/** What the bank's page says that it has booked. `bookedAt`: RFC 3339, UTC. */
export interface Booked extends Entry {
  number: string;
  bookedAt: string;
}

/** A line of the bank's statement, with the row that shows it. */
export interface BankLine extends Booked {
  row: Locator;
}

/**
 * One bank's pages: the only place that knows how they look. Whatever is not as expected is an error, never a guess: AppError
 * `bank-protocol` that names the page and what it lacks, `bank-unreachable` where it does not load.
 */
export interface BankPages {
  /** Goes to the page for an entry, signing in where the session has ended. */
  open(page: Page): Promise<void>;
  /** Fills in the entry, up to the point from which one press books it. */
  enter(page: Page, entry: Entry, kind: Posting["kind"]): Promise<Refused | undefined>;
  /** Presses it, and reads what the bank says. */
  confirm(page: Page, kind: Posting["kind"]): Promise<Booked | Refused>;
  /** A day's lines (YYYY-MM-DD, UTC), page by page; each page's rows can be looked at until the next is asked for. */
  statement(page: Page, day: string): AsyncGenerator<BankLine[]>;
  /** What no picture may show. */
  masked(of: Page | Locator): Locator[];
}
