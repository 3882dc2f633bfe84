import { currencyByCode } from "../domain/money.js";

/** A column of a table: its heading, and what of an item stands in it. */
export type Columns<Item> = Record<string, (item: Item) => string | number | boolean | undefined>;

/** How results are told: for people, or with `--json` as one JSON object a line. */
export interface Output {
  /** One thing, a line for each of its properties. */
  one(item: object): void;
  /** Several things as a table; `none` where there are none. */
  table<Item extends object>(items: readonly Item[], columns: Columns<Item>, none: string): void;
  /** One of many as they come: a line with the columns. */
  line<Item extends object>(item: Item, columns: Columns<Item>): void;
  /** What was done, where there is nothing to show. */
  done(text: string, item: object): void;
}

const GAP = "  ";
// Whoever asks knows it; a terminal's history and a log need not.
const PRIVATE_NAMES: readonly string[] = ["phone"];

export function createOutput(write: (text: string) => void, asJson: boolean): Output {
  if (asJson) {
    const json = (item: object) => write(`${JSON.stringify(withoutPrivate(item))}\n`);
    return { one: json, table: (items) => items.forEach(json), line: json, done: (_text, item) => json(item) };
  }
  return {
    one: (item) => write(properties(item)),
    table: (items, columns, none) => write(items.length === 0 ? `${none}\n` : tableOf(items, columns)),
    line: (item, columns) => write(`${cellsOf(item, columns).join(GAP)}\n`),
    done: (text) => write(`${text}\n`),
  };
}

/** Money for people: `100.00 THB`. */
export function showMoney(money: { amount: string; currency: string } | undefined): string | undefined {
  if (money === undefined) return undefined;
  const digits = currencyByCode(money.currency)?.minorDigits ?? 0;
  const padded = money.amount.padStart(digits + 1, "0");
  const [whole, fraction] = [padded.slice(0, padded.length - digits), padded.slice(padded.length - digits)];
  return `${whole}${digits > 0 ? `.${fraction}` : ""} ${money.currency}`;
}

function withoutPrivate(item: object): object {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !PRIVATE_NAMES.includes(name)));
}

function properties(item: object): string {
  const rows = Object.entries(withoutPrivate(item)).filter(([name, value]) => value !== undefined && name !== "links");
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}${GAP}${showValue(name, value)}\n`).join("");
}

function showValue(name: string, value: unknown): string {
  if (name === "amount" && typeof value === "object") return showMoney(value as { amount: string; currency: string }) ?? "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function cellsOf<Item extends object>(item: Item, columns: Columns<Item>): string[] {
  return Object.values(columns).map((read) => String(read(item) ?? "-"));
}

function tableOf<Item extends object>(items: readonly Item[], columns: Columns<Item>): string {
  const rows = [Object.keys(columns), ...items.map((item) => cellsOf(item, columns))];
  const widths = rows[0]?.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, index) => cell.padEnd(widths[index] ?? 0))
          .join(GAP)
          .trimEnd()}\n`,
    )
    .join("");
}
