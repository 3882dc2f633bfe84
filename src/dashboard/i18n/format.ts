import { currencyByCode } from "../../domain/money.js";
import { locale } from "./text.js";

/** Minor units as people write money, without the currency: `123456` THB is `1,234.56`. Exact, however large. */
export function money(minor: string | bigint, currency: string): string {
  const value = BigInt(minor);
  const digits = currencyByCode(currency)?.minorDigits ?? 0;
  const unit = 10n ** BigInt(digits);
  const absolute = value < 0n ? -value : value;
  const whole = (absolute / unit).toLocaleString(locale());
  const fraction = digits === 0 ? "" : `.${(absolute % unit).toString().padStart(digits, "0")}`;
  return `${value < 0n ? "−" : ""}${whole}${fraction}`;
}

/** What somebody typed, as minor units; `undefined` for what is no such amount. */
export function parseAmount(typed: string, currency: string): bigint | undefined {
  const digits = currencyByCode(currency)?.minorDigits ?? 0;
  const match = /^([0-9]{1,16})(?:\.([0-9]+))?$/.exec(typed.trim().replaceAll(",", ""));
  const [, whole = "", fraction = ""] = match ?? [];
  if (match === null || fraction.length > digits) return undefined;
  const minor = BigInt(whole + fraction.padEnd(digits, "0"));
  return minor > 0n && minor <= 10n ** 15n ? minor : undefined;
}

export function dateTime(time: string | number | Date): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" }).format(new Date(time));
}

/** The time of day, with the date where it is not today. */
export function shortTime(time: string): string {
  const date = new Date(time);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? new Intl.DateTimeFormat(locale(), { timeStyle: "medium" }).format(date) : dateTime(date);
}

/** Milliseconds as people read them: `87 ms`, `1.24 s`, `3 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 120) return `${minutes} min ${Math.round((ms % 60_000) / 1_000)} s`;
  return `${Math.round(minutes / 60)} h`;
}

export function rate(perSecond: number): string {
  return perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toFixed(1);
}

export function count(value: number): string {
  return value.toLocaleString(locale());
}

/** The beginning and the end of a hash. */
export function shortHash(hash: string): string {
  return hash.length > 16 ? `${hash.slice(0, 10)}…${hash.slice(-4)}` : hash;
}

/** Today, by UTC: the day that statements and positions go by. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
