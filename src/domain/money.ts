import { AppError } from "./app-error.js";
import { CURRENCY_ROWS } from "./currencies.js";

/** A currency of ISO 4217: alphabetic code, numeric code (1 to 999), decimal digits of the minor unit (THB 2, JPY 0, KWD 3). */
export interface Currency {
  code: string;
  numeric: number;
  minorDigits: number;
}

/** The largest amount of one transfer, in minor units. The contract has the same limit; it keeps every amount exact in a JSON number, too. */
export const MAX_AMOUNT_MINOR = 10n ** 15n;

const AMOUNT_PATTERN = /^[1-9][0-9]{0,15}$/;

const CURRENCIES: readonly Currency[] = CURRENCY_ROWS.map(([code, numeric, minorDigits]) =>
  Object.freeze({ code, numeric, minorDigits }),
);
const BY_CODE: ReadonlyMap<string, Currency> = new Map(CURRENCIES.map((currency) => [currency.code, currency]));
const BY_NUMERIC: ReadonlyMap<number, Currency> = new Map(CURRENCIES.map((currency) => [currency.numeric, currency]));

/** The currency with an alphabetic code, in upper case. */
export function currencyByCode(code: string): Currency | undefined {
  return BY_CODE.get(code);
}

/** The currency with a numeric code. */
export function currencyByNumeric(numeric: number): Currency | undefined {
  return BY_NUMERIC.get(numeric);
}

/**
 * Reads money as the API writes it: a decimal string of minor units, 1 to 10^15, without sign, fraction, exponent or leading zero.
 *
 * @throws AppError `invalid-amount`, `invalid-currency`
 */
export function parseMoney(money: { amount: string; currency: string }): { amountMinor: bigint; currency: Currency } {
  const amountMinor = AMOUNT_PATTERN.test(money.amount) ? BigInt(money.amount) : undefined;
  if (amountMinor === undefined || amountMinor > MAX_AMOUNT_MINOR) {
    throw new AppError("invalid-amount", `An amount is a decimal string of minor units, from 1 to ${MAX_AMOUNT_MINOR}.`);
  }
  const currency = currencyByCode(money.currency);
  if (currency === undefined) {
    throw new AppError(
      "invalid-currency",
      "A currency is the three-letter ISO 4217 code of a circulating currency, in upper case.",
    );
  }
  return { amountMinor, currency };
}

/** Writes money as the API reads it. */
export function formatMoney(amountMinor: bigint, currency: Currency): { amount: string; currency: string } {
  return { amount: amountMinor.toString(), currency: currency.code };
}

/** An amount as people write it, with all the currency's decimals: `100.00` for 10000 satang. */
export function formatDecimal(amountMinor: bigint, { minorDigits }: Pick<Currency, "minorDigits">): string {
  if (minorDigits === 0) return amountMinor.toString();
  const text = amountMinor.toString().padStart(minorDigits + 1, "0");
  return `${text.slice(0, -minorDigits)}.${text.slice(-minorDigits)}`;
}

/** Minor units of an amount that {@link formatDecimal} wrote; `undefined` for any other text. */
export function parseDecimal(text: string, { minorDigits }: Pick<Currency, "minorDigits">): bigint | undefined {
  const [, whole, fraction = ""] = /^([0-9]{1,18})(?:\.([0-9]+))?$/.exec(text) ?? [];
  return whole !== undefined && fraction.length === minorDigits ? BigInt(whole + fraction) : undefined;
}
