import type { Locator, Page, Response } from "playwright-core";
import { currencyByCode, formatDecimal, parseDecimal } from "../../domain/money.js";
import type { BankLine, BankPages, Booked, Entry } from "./bank-pages.js";
import { browserError, pageChanged, pageUnavailable } from "./web-errors.js";

/** The bank's codes, as ISO 20022 external status reason codes. An unknown account is the payer's or the payee's. */
const REASONS: Readonly<Record<string, string>> = { E102: "AC04", E103: "AC06", E104: "AM03", E105: "AM04", E106: "AM02" };

/** A bound on what a bank can make us read of one day. */
const STATEMENT_PAGES_MAX = 10_000;

const FIELDS = { number: 0, bookedAt: 1, direction: 2, account: 3, amount: 4, currency: 5, text: 6 } as const;
const FIELD_NAMES = ["number", "booked-at", "direction", "account", "amount", "currency", "text"];

/** The pages of HIVETHB1. */
export function createHivePages(options: { baseUrl: string; user: string; password: string }): BankPages {
  const { user, password } = options;
  const baseUrl = options.baseUrl.replace(/\/$/, "");

  async function open(page: Page): Promise<void> {
    await load("entry", () => page.goto(`${baseUrl}/transfer`, { waitUntil: "domcontentloaded" }));
    if (await isThere(page, "#login")) {
      await fill(page, "login", "#login input[name=user]", user);
      await fill(page, "login", "#login input[name=password]", password);
      await press(page, "login", "#login button");
      if (await isThere(page, "#login")) throw pageUnavailable("login", "user or password is refused; check BANK_USER");
      await load("entry", () => page.goto(`${baseUrl}/transfer`, { waitUntil: "domcontentloaded" }));
    }
    await expectOne(page, "entry", "#transfer");
  }

  return {
    open,
    async enter(page, entry, kind) {
      await choose(page, "entry", "#transfer select[name=direction]", entry.direction);
      await fill(page, "entry", "#transfer input[name=account]", entry.account);
      await fill(page, "entry", "#transfer input[name=amount]", writeAmount(entry.amountMinor, entry.currency));
      await fill(page, "entry", "#transfer input[name=currency]", entry.currency);
      await fill(page, "entry", "#transfer input[name=text]", entry.reference);
      await press(page, "entry", "#transfer button");
      const refused = await readRefusal(page, "review", kind);
      if (refused !== undefined) return { refused };
      if (await isThere(page, "#login")) throw pageUnavailable("review", "the session has expired");
      await expectOne(page, "review", "#confirm button");
      await checkSummary(page, entry);
      return undefined;
    },
    async confirm(page, kind) {
      await press(page, "confirmation", "#confirm button");
      const refused = await readRefusal(page, "confirmation", kind);
      if (refused !== undefined) return { refused };
      return await readBooked(page);
    },
    statement: (page, day) => readStatement(page, `${baseUrl}/statement?date=${day}`, day),
    masked: (of) => [of.locator("[data-field=account]"), of.locator("input[name=account]")],
  };
}

async function* readStatement(page: Page, url: string, day: string): AsyncGenerator<BankLine[]> {
  for (let number = 1; number <= STATEMENT_PAGES_MAX; number += 1) {
    await load("statement", () => page.goto(`${url}&page=${number}`, { waitUntil: "domcontentloaded" }));
    await expectOne(page, "statement", `#statement[data-date="${day}"][data-page="${number}"] tbody`);
    const rows = page.locator("#statement tbody tr");
    const cells = await rows
      .evaluateAll((all) =>
        all.map((row) =>
          [...row.querySelectorAll("td")].map((cell): [string | null, string] => [
            cell.getAttribute("data-field"),
            (cell.textContent ?? "").trim(),
          ]),
        ),
      )
      .catch((error: unknown) => {
        throw browserError("statement", error);
      });
    const lines = cells.map((line, index) => readLine(line, rows.nth(index)));
    // The next page is known before this one's rows are looked at, which may lead elsewhere. The newest come first: what is booked
    // meanwhile moves lines to later pages, so that none is missed.
    const more = await isThere(page, "#next");
    yield lines;
    if (!more) return;
  }
  throw new RangeError(`A day's statement has at most ${STATEMENT_PAGES_MAX} pages.`);
}

function readLine(cells: readonly [string | null, string][], row: Locator): BankLine {
  if (cells.map(([name]) => name).join() !== FIELD_NAMES.join()) throw pageChanged("statement", "a line's columns");
  return { ...readFields("statement", (field) => cells[FIELDS[field]]?.[1] ?? ""), row };
}

async function readBooked(page: Page): Promise<Booked> {
  const shown = new Map<string, string>();
  for (const name of FIELD_NAMES) shown.set(name, await read(page, "confirmation", `#booked [data-field=${name}]`));
  return readFields("confirmation", (field) => shown.get(FIELD_NAMES[FIELDS[field]] ?? "") ?? "");
}

function readFields(name: string, text: (field: keyof typeof FIELDS) => string): Booked {
  const currency = text("currency");
  const known = currencyByCode(currency);
  const amountMinor = known && parseDecimal(text("amount"), known);
  const direction = text("direction");
  if (amountMinor === undefined || (direction !== "out" && direction !== "in")) throw pageChanged(name, "a booking's amount");
  const bookedAt = readTime(name, text("bookedAt"));
  return {
    direction,
    account: text("account"),
    amountMinor,
    currency,
    reference: text("text"),
    number: text("number"),
    bookedAt,
  };
}

/** What is to be confirmed must be what was entered. */
async function checkSummary(page: Page, { direction, account, amountMinor, currency, reference }: Entry): Promise<void> {
  const expected = { direction, account, amount: writeAmount(amountMinor, currency), currency, text: reference };
  for (const [field, value] of Object.entries(expected)) {
    const shown = await read(page, "review", `#summary [data-field=${field}]`);
    if (shown !== value) throw pageChanged("review", `the ${field} as it was entered`);
  }
}

async function readRefusal(page: Page, name: string, kind: string): Promise<string | undefined> {
  if (!(await isThere(page, "#refused"))) return undefined;
  const code = await page.locator("#refused").getAttribute("data-code");
  const reason = code === "E101" ? (kind === "debit" ? "AC01" : "AC03") : REASONS[code ?? ""];
  if (reason === undefined) throw pageChanged(name, "a known reason for its refusal");
  return reason;
}

/** Loads a page. Anything but a success is an error. */
async function load(name: string, action: () => Promise<Response | null>): Promise<void> {
  try {
    const response = await action();
    if (response === null || !response.ok()) throw pageUnavailable(name, `status ${response?.status() ?? "none"}`);
  } catch (error) {
    throw browserError(name, error);
  }
}

async function press(page: Page, name: string, selector: string): Promise<void> {
  await expectOne(page, name, selector);
  await load(name, async () => {
    const [response] = await Promise.all([
      page.waitForNavigation({ waitUntil: "domcontentloaded" }),
      page.locator(selector).click(),
    ]);
    return response;
  });
}

async function fill(page: Page, name: string, selector: string, value: string): Promise<void> {
  await expectOne(page, name, selector);
  await page
    .locator(selector)
    .fill(value)
    .catch((error: unknown) => {
      throw browserError(name, error);
    });
}

async function choose(page: Page, name: string, selector: string, value: string): Promise<void> {
  await expectOne(page, name, selector);
  await page
    .locator(selector)
    .selectOption(value)
    .catch(() => {
      throw pageChanged(name, `the choice ${value}`);
    });
}

async function read(page: Page, name: string, selector: string): Promise<string> {
  await expectOne(page, name, selector);
  return ((await page.locator(selector).textContent()) ?? "").trim();
}

async function expectOne(page: Page, name: string, selector: string): Promise<void> {
  if ((await count(page, selector)) !== 1) throw pageChanged(name, selector);
}

async function isThere(page: Page, selector: string): Promise<boolean> {
  return (await count(page, selector)) > 0;
}

async function count(page: Page, selector: string): Promise<number> {
  return await page
    .locator(selector)
    .count()
    .catch((error: unknown) => {
      throw browserError("current", error);
    });
}

function readTime(name: string, text: string): string {
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/.test(text)) return text;
  throw pageChanged(name, "the time of booking");
}

function writeAmount(amountMinor: bigint, currency: string): string {
  return formatDecimal(amountMinor, currencyByCode(currency) ?? { minorDigits: 0 });
}
