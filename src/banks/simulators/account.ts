/** `blocked` takes no posting until it is open again; `closed` is meant to stay, but the simulator lets a test reopen it. */
export const ACCOUNT_STATUSES = ["open", "blocked", "closed"] as const;

export type AccountStatus = (typeof ACCOUNT_STATUSES)[number];

/** `customer` accounts are the only ones a posting can name; every currency has one `clearing` and one `equity` account. */
export const ACCOUNT_KINDS = ["customer", "clearing", "equity"] as const;

export type AccountKind = (typeof ACCOUNT_KINDS)[number];

/**
 * An account of the bank's ledger.
 *
 * - `number`: 1 to 34 letters, digits and dashes (34 as in an IBAN); internal accounts hold a colon, so none can be mistaken for a customer's.
 * - `currency`: ISO 4217 alphabetic code.
 * - `balanceMinor`, `openingMinor`: minor units, within ±10^18. What the bank owes the holder is positive.
 */
export interface Account {
  number: string;
  currency: string;
  kind: AccountKind;
  status: AccountStatus;
  balanceMinor: bigint;
  openingMinor: bigint;
}

/** What a customer's account number looks like. */
export const ACCOUNT_NUMBER_PATTERN = "^[A-Za-z0-9-]{1,34}$";

/** The account through which the bank owes other banks, and is owed by them, in one currency. */
export function clearingAccountNumber(currency: string): string {
  return `clearing:${currency}`;
}

/** The account that opening balances and deposits come from, in one currency. */
export function equityAccountNumber(currency: string): string {
  return `equity:${currency}`;
}
