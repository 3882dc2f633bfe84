import { currencyByCode, formatDecimal } from "../../../domain/money.js";
import type { WebBooking, WebPosting, WebStatementLine } from "./web-ledger.js";

/** What the bank tells a teller it will not do, in its own words, by ISO 20022 reason. */
const REFUSALS: Readonly<Record<string, string>> = {
  AC01: "E101 The account number is unknown",
  AC03: "E101 The account number is unknown",
  AC04: "E102 The account is closed",
  AC06: "E103 The account is blocked",
  AM03: "E104 The account is not held in this currency",
  AM04: "E105 The balance does not cover the amount",
  AM01: "E106 The amount cannot be booked",
  AM02: "E106 The amount cannot be booked",
};

/** How many lines a page of the statement has. */
export const STATEMENT_PAGE_LINES = 20;

export function loginPage(message?: string): string {
  return page(
    "Sign in",
    `${message === undefined ? "" : `<p id="message">${escapeHtml(message)}</p>`}
    <form id="login" method="post" action="/login">
      <label>User <input name="user" autocomplete="off"></label>
      <label>Password <input name="password" type="password"></label>
      <button>Sign in</button>
    </form>`,
  );
}

export function entryPage(): string {
  return page(
    "New booking",
    `${NAVIGATION}<form id="transfer" method="post" action="/transfer">
      <label>Direction <select name="direction"><option value="out">Out of the account</option><option value="in">Into the account</option></select></label>
      <label>Account <input name="account"></label>
      <label>Amount <input name="amount"></label>
      <label>Currency <input name="currency" maxlength="3"></label>
      <label>Text <input name="text" maxlength="140" size="90"></label>
      <button>Continue</button>
    </form>`,
  );
}

export function reviewPage(draft: string, { direction, account, amountMinor, currency, text }: WebPosting): string {
  return page(
    "Please confirm",
    `${NAVIGATION}<dl id="summary">
      <dt>Direction</dt><dd data-field="direction">${direction}</dd>
      <dt>Account</dt><dd data-field="account">${escapeHtml(account)}</dd>
      <dt>Amount</dt><dd data-field="amount">${formatAmount(amountMinor, currency)}</dd>
      <dt>Currency</dt><dd data-field="currency">${escapeHtml(currency)}</dd>
      <dt>Text</dt><dd data-field="text">${escapeHtml(text)}</dd>
    </dl>
    <form id="confirm" method="post" action="/transfer/confirmation">
      <input type="hidden" name="draft" value="${escapeHtml(draft)}"><button>Book it</button>
    </form>`,
  );
}

export function bookedPage({ number, bookedAt }: Extract<WebBooking, { booked: true }>, posting: WebPosting): string {
  return page(
    "Booked",
    `${NAVIGATION}<dl id="booked">
      <dt>Number</dt><dd data-field="number">${number}</dd>
      <dt>Booked at</dt><dd data-field="booked-at">${bookedAt}</dd>
      <dt>Direction</dt><dd data-field="direction">${posting.direction}</dd>
      <dt>Account</dt><dd data-field="account">${escapeHtml(posting.account)}</dd>
      <dt>Amount</dt><dd data-field="amount">${formatAmount(posting.amountMinor, posting.currency)}</dd>
      <dt>Currency</dt><dd data-field="currency">${escapeHtml(posting.currency)}</dd>
      <dt>Text</dt><dd data-field="text">${escapeHtml(posting.text)}</dd>
    </dl>`,
  );
}

export function refusedPage(reason: string): string {
  const words = REFUSALS[reason] ?? "E199 This cannot be booked";
  return page("Not booked", `${NAVIGATION}<p id="refused" data-code="${words.slice(0, 4)}">${escapeHtml(words)}</p>`);
}

export function statementPage(date: string, number: number, lines: readonly WebStatementLine[], more: boolean): string {
  const rows = lines.map(
    (line) => `<tr data-number="${line.number}">
        <td data-field="number">${line.number}</td><td data-field="booked-at">${line.bookedAt}</td>
        <td data-field="direction">${line.direction}</td><td data-field="account">${escapeHtml(line.account)}</td>
        <td data-field="amount">${formatAmount(line.amountMinor, line.currency)}</td>
        <td data-field="currency">${escapeHtml(line.currency)}</td><td data-field="text">${escapeHtml(line.text)}</td></tr>`,
  );
  const next = more ? `<a id="next" rel="next" href="/statement?date=${date}&amp;page=${number + 1}">Older</a>` : "";
  return page(
    `Statement of ${date}`,
    `${NAVIGATION}<form id="search" method="get" action="/statement"><label>Date <input name="date" value="${date}"></label><button>Search</button></form>
    <table id="statement" data-date="${date}" data-page="${number}"><thead><tr><th>Number</th><th>Booked at</th><th>Direction</th><th>Account</th><th>Amount</th><th>Currency</th><th>Text</th></tr></thead>
    <tbody>${rows.join("\n")}</tbody></table>${next}`,
  );
}

export function errorPage(): string {
  return page("Error", `<p id="error">The system is not available. Please try again later.</p>`);
}

const NAVIGATION = `<nav><a href="/transfer">New booking</a> <a href="/statement">Statement</a></nav>`;

const STYLE =
  "body{font:14px sans-serif;margin:2em;max-width:70em}nav a{margin-right:1em}label{display:block;margin:.5em 0}td,th{padding:.2em .6em;text-align:left;border-bottom:1px solid #ccc}dt{float:left;width:8em;color:#555}#refused{color:#a00}";

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>HIVE Bank: ${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><h1>${escapeHtml(title)}</h1>${body}</body></html>`;
}

function formatAmount(amountMinor: bigint, currency: string): string {
  return formatDecimal(amountMinor, currencyByCode(currency) ?? { minorDigits: 0 });
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
