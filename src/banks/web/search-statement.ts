import type { Page } from "playwright-core";
import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import { AppError } from "../../domain/app-error.js";
import { type Posting, postingKind } from "../../domain/posting.js";
import type { StatementLine } from "../../domain/reconciliation.js";
import type { StatementQuery } from "../bank-connector.js";
import { parseJson } from "../bank-wire.js";
import type { BankLine, BankPages, Booked, Entry } from "./bank-pages.js";
import type { PostingLog, PostingRecord } from "./posting-log.js";
import type { Posted, WebReceipts } from "./web-receipt.js";

/** How far the bank's clock may be from ours around midnight. */
const CLOCK_SKEW_MS = 3_600_000;
const DAY_MS = 86_400_000;
const REFERENCE_PATTERN = /^0x[0-9a-f]{64}:(debit|credit|refund)(:[1-9]\d{0,2})?$/;

const Receipt = Type.Object({ bookedAt: Type.String() });
const receiptValidator = Compile(Receipt);

interface Context {
  pages: BankPages;
  log: Pick<PostingLog, "find">;
  receipts: WebReceipts;
  clock: () => number;
}

/**
 * The outcome of a posting that was sent at `since` or later, if the statement has it. `undefined` is no no.
 *
 * @throws AppError `bank-undecided` where the line differs from what was sent
 */
export async function searchStatement(context: Context, page: Page, posting: Posted, since: Date) {
  const { pages, receipts, clock } = context;
  const line = await findLine(pages, page, posting.reference, daysOf(since.getTime() - CLOCK_SKEW_MS, clock() + CLOCK_SKEW_MS));
  if (line === undefined) return undefined;
  const field = differingField(line, posting);
  if (field !== undefined) {
    throw new AppError("bank-undecided", `The bank's statement has this reference with another ${field}; people must look`);
  }
  return await receipts.onStatement(line, posting);
}

/** The account that a debit was taken from, as the statement has it: it is kept nowhere else. `undefined` where there was no debit. */
export async function debitAccount(
  { pages, log }: Context,
  page: Page,
  { refundOf, amountMinor, currency }: Extract<Posting, { kind: "refund" }>,
): Promise<string | undefined> {
  const record = await log.find(refundOf);
  if (record?.status === "submitted")
    throw new AppError("bank-outcome-unknown", "The debit's outcome is not known yet; ask again");
  const day = dayOf(record);
  if (record?.status !== "posted" || day === undefined) return undefined;
  const line = await findLine(pages, page, refundOf, [day]);
  if (line?.direction === "out" && line.amountMinor === amountMinor && line.currency === currency) return line.account;
  throw new AppError("bank-protocol", "The bank's statement does not have the debit that is to be refunded; look at the bank");
}

/** What the bank has booked for transfers, in the order booked: all at once. */
export async function readStatement({ pages, log, clock }: Context, page: Page, of: StatementQuery): Promise<StatementLine[]> {
  if ("day" in of) {
    const lines: BankLine[] = [];
    for await (const some of pages.statement(page, of.day)) lines.push(...some);
    return lines.reverse().flatMap(statementLine);
  }
  const record = await log.find(of.reference);
  const day = dayOf(record) ?? new Date(clock()).toISOString().slice(0, 10);
  const line = await findLine(pages, page, of.reference, [day]);
  return line === undefined ? [] : statementLine(line);
}

async function findLine(pages: BankPages, page: Page, reference: string, days: readonly string[]): Promise<BankLine | undefined> {
  for (const day of days) {
    for await (const lines of pages.statement(page, day)) {
      const found = lines.find((line) => line.reference === reference);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** The newest first: what is looked for was sent a moment ago. */
function daysOf(fromMs: number, toMs: number): string[] {
  const days: string[] = [];
  const first = Math.floor(fromMs / DAY_MS);
  for (let day = Math.floor(toMs / DAY_MS); day >= first; day -= 1) days.push(new Date(day * DAY_MS).toISOString().slice(0, 10));
  return days;
}

/** The first field in which a booking differs from the posting, where the posting knows it. */
export function differingField(booked: Booked, posting: Posted): keyof Entry | undefined {
  const { reference, amountMinor, currency, kind, account = booked.account } = posting;
  const wanted: Entry = { reference, amountMinor, currency, direction: directionOf(kind), account };
  return (Object.keys(wanted) as (keyof Entry)[]).find((field) => booked[field] !== wanted[field]);
}

function directionOf(kind: Posted["kind"]): BankLine["direction"] {
  return kind === "debit" ? "out" : "in";
}

/** What tellers enter besides is no posting of ours. */
function statementLine({ number, reference, amountMinor, currency, bookedAt }: BankLine): StatementLine[] {
  if (!REFERENCE_PATTERN.test(reference)) return [];
  return [{ postingId: number, reference, kind: postingKind(reference), amountMinor, currency, bookedAt }];
}

function dayOf(record: PostingRecord | undefined): string | undefined {
  if (record?.status === "submitted") return record.submittedAt.toISOString().slice(0, 10);
  if (record?.status !== "posted") return undefined;
  const receipt: unknown = parseJson(record.outcome.receipt);
  return receiptValidator.Check(receipt) ? (receipt satisfies Static<typeof Receipt>).bookedAt.slice(0, 10) : undefined;
}
