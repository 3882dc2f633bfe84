import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Page } from "playwright-core";
import { AppError } from "../../domain/app-error.js";
import {
  type ExpectedPosting,
  type Posting,
  type PostingOutcome,
  postingKind,
  transferIdOfReference,
} from "../../domain/posting.js";
import type { BankConnector } from "../bank-connector.js";
import { parseOutcome } from "../bank-wire.js";
import type { BankPages } from "./bank-pages.js";
import type { BrowserSessions } from "./browser-sessions.js";
import type { LoggedPosting, PostingLog, PostingRecord, Sent } from "./posting-log.js";
import { debitAccount, differingField, readStatement, searchStatement } from "./search-statement.js";
import { submitOnce } from "./submit-once.js";
import { createWebReceipts, type WebReceipts } from "./web-receipt.js";

/** PaymentNotReceived (ISO 20022): the reason of a refusal where the debit to be refunded was never made. */
const NO_DEBIT_REASON = "AG09";

/** How often the statement is looked at before people are asked: a booking may be on its way into it. */
const LOOKS = 3;

/**
 * How many of its time-outs a worker has for one posting, and again from the press on, before another may take it up. One that takes longer
 * sends nothing any more; and whoever takes up what was sent only looks.
 */
const LEASE_TIMEOUTS = 6;

const DAY_MS = 86_400_000;

interface Deps {
  log: PostingLog;
  sessions: BrowserSessions;
  pages: BankPages;
  logger: Pick<Logger, "warn">;
}

interface Options {
  /** BIC8. */
  bank: string;
  /** For each thing that a page does. */
  timeoutMs: number;
  /** Whether to look in the statement before anything is sent, too: for a log that was lost or restored from an older copy. */
  statementFirst: boolean;
  /** Between the first two looks into the statement; doubles. */
  settleDelayMs: number;
  clock?: () => number;
}

/**
 * A bank that has pages for people and nothing else. It recognises no reference: what is sent twice is booked twice. So each posting is
 * noted before it is sent, for one worker, and is sent at most once; when its outcome is not known, the bank's statement is asked. What the
 * statement does not have is undecided, neither a yes nor a no: AppError `bank-undecided`, and people must look.
 */
export function createWebConnector(deps: Deps, options: Options): BankConnector {
  const { log, sessions, pages } = deps;
  const receipts = createWebReceipts(options.bank, pages);
  const context: Context = { ...deps, ...options, clock: options.clock ?? Date.now, receipts };

  const find: BankConnector["find"] = async (reference, expected = {}) => {
    const record = await log.find(reference);
    if (record === undefined || record.status === "open") return undefined;
    if (record.status !== "submitted") return agreed(context, record.outcome, expected);
    try {
      return await withClaim(context, { ...expected, reference, kind: postingKind(reference) }, (claim) =>
        settle(context, reference, claim, { ...record, account: expected.account }),
      );
    } catch (error) {
      if (error instanceof AppError && error.code === "bank-undecided") return undefined;
      throw error;
    }
  };

  return {
    postMany: (postings) => Promise.allSettled(postings.map((posting) => post(context, posting))),
    find,
    close: (reference, reason, expected = {}) =>
      withClaim(context, { ...expected, reference, kind: postingKind(reference) }, async (claim, record) => {
        if (record.status === "submitted")
          return await settle(context, reference, claim, { ...record, account: expected.account });
        // Nothing was ever sent, or people have found that it came to nothing; and from now on nothing is.
        const found = record.sentBefore && (await look(context, reference, record.sentBefore));
        if (found !== undefined) return await stand(log.settle(found.outcome, { claim, evidence: found.evidence }));
        return await stand(log.settle(receipts.refused({ reference, reason }), { claim }));
      }),
    statement: async (of) => ({
      lines: await sessions.use(async (page) => {
        await pages.open(page);
        return await readStatement(context, page, of);
      }),
    }),
    shutdown: () => sessions.shutdown(),
  };
}

/** What was sent, and to which account where the asker knows it. */
type SentTo = Sent & { account?: string | undefined };

type Context = Deps & Options & { clock: () => number; receipts: WebReceipts };

async function post(context: Context, posting: Posting): Promise<PostingOutcome> {
  const { reference, kind, amountMinor, currency } = posting;
  const account = posting.kind === "refund" ? undefined : posting.account;
  return await withClaim(context, { reference, kind, amountMinor, currency }, async (claim, record) => {
    if (record.status === "submitted") return await settle(context, reference, claim, { ...record, account });
    const lookFrom = record.sentBefore?.submittedAt ?? (context.statementFirst ? new Date(context.clock() - DAY_MS) : undefined);
    let submittedAt: Date | undefined;
    const onSubmit = () => {
      submittedAt = new Date(context.clock());
    };
    try {
      return await context.sessions.use((page) => submit(context, page, posting, { claim, onSubmit, lookFrom }));
    } catch (error) {
      if (submittedAt === undefined || !(error instanceof AppError)) throw error;
      const transferId = transferIdOfReference(reference);
      context.logger.warn({ transferId, reference, error: error.message }, "Settling an unknown outcome");
      return await settle(context, reference, claim, { submittedAt, amountMinor, currency, account });
    }
  });
}

/** Runs `work` for one posting while nobody else can; the outcome, where it stands already. */
async function withClaim(
  context: Context,
  posting: LoggedPosting,
  work: (claim: string, record: Exclude<PostingRecord, { outcome: unknown }>) => Promise<PostingOutcome>,
): Promise<PostingOutcome> {
  const { log, timeoutMs } = context;
  const { reference, kind, amountMinor, currency } = posting;
  const known = { ...(amountMinor !== undefined && { amountMinor }), ...(currency !== undefined && { currency }) };
  const claimed = await log.claim({ reference, kind, ...known }, LEASE_TIMEOUTS * timeoutMs);
  if (claimed === undefined) throw new AppError("bank-outcome-unknown", "Another worker has this posting; ask again");
  const { record, claim } = claimed;
  if ("outcome" in record) return agreed(context, record.outcome, posting);
  if (claim === undefined) throw new AppError("bank-outcome-unknown", "The posting could not be claimed; ask again");
  let undecided = false;
  try {
    return await work(claim, record);
  } catch (error) {
    undecided = error instanceof AppError && error.code === "bank-undecided";
    throw error;
  } finally {
    // If it cannot be noted, the claim lapses by itself, and whoever takes it up finds the same.
    await log.release(posting.reference, claim, undecided).catch(() => undefined);
  }
}

/** Enters the posting, notes that it is about to be sent, sends it. Before the note nothing can have been booked; after it, anything. */
async function submit(
  context: Context,
  page: Page,
  posting: Posting,
  { claim, onSubmit, lookFrom }: { claim: string; onSubmit: () => void; lookFrom: Date | undefined },
): Promise<PostingOutcome> {
  const { log, pages, receipts, timeoutMs } = context;
  const { reference, kind } = posting;
  await pages.open(page);
  if (lookFrom !== undefined) {
    const found = await searchStatement(context, page, posting, lookFrom);
    if (found !== undefined) return await stand(log.settle(found.outcome, { claim, evidence: found.evidence }));
    await pages.open(page);
  }
  const account = posting.kind === "refund" ? await debitAccount(context, page, posting) : posting.account;
  if (account === undefined) return await stand(log.settle(receipts.refused({ reference, reason: NO_DEBIT_REASON }), { claim }));
  if (posting.kind === "refund") await pages.open(page);
  const { amountMinor, currency } = posting;
  const entry = { direction: kind === "debit" ? ("out" as const) : ("in" as const), account, amountMinor, currency, reference };
  const refused = await pages.enter(page, entry, kind);
  if (refused !== undefined) return await noteRefusal(context, page, { reference, reason: refused.refused }, claim);

  const untilMs = performance.now() + timeoutMs;
  if (!(await log.submit(reference, claim, LEASE_TIMEOUTS * timeoutMs))) {
    throw new AppError("bank-outcome-unknown", "Another worker has this posting; ask again");
  }
  onSubmit();
  const said = await submitOnce(page, { timeoutMs, untilMs }, () => pages.confirm(page, kind));
  if ("refused" in said) return await noteRefusal(context, page, { reference, reason: said.refused }, claim);
  const field = differingField(said, { ...posting, account });
  if (field !== undefined) throw new AppError("bank-protocol", `The bank's page says that it has booked another ${field}`);
  const { outcome, evidence } = await receipts.booked(page, posting, said);
  return await stand(log.settle(outcome, { claim, evidence }));
}

async function noteRefusal(context: Context, page: Page, refusal: { reference: string; reason: string }, claim: string) {
  const { outcome, evidence } = await context.receipts.refusedOn(page, refusal);
  return await stand(context.log.settle(outcome, { claim, evidence }));
}

/** Asks the statement what became of a posting that was sent. What it does not have yet may come in a moment. */
async function settle(context: Context, reference: string, claim: string, sent: SentTo): Promise<PostingOutcome> {
  for (let looks = 0; looks < LOOKS; looks += 1) {
    if (looks > 0) await delay(context.settleDelayMs * 2 ** (looks - 1));
    const found = await look(context, reference, sent);
    if (found !== undefined) return await stand(context.log.settle(found.outcome, { claim, evidence: found.evidence }));
  }
  throw new AppError(
    "bank-undecided",
    "The posting was sent, and the bank's statement does not have it; it may come yet. Ask the bank, then see npm run bank-postings",
  );
}

async function look(context: Context, reference: string, { submittedAt, ...terms }: SentTo) {
  const { amountMinor, currency, account } = terms;
  const posting = { reference, kind: postingKind(reference), amountMinor, currency, account };
  return await context.sessions.use(async (page) => {
    await context.pages.open(page);
    return await searchStatement(context, page, posting, submittedAt);
  });
}

/** The outcome that the log keeps, if its receipt agrees with the posting. Such a receipt holds no account. */
function agreed({ bank }: Context, outcome: PostingOutcome, { kind, amountMinor, currency }: ExpectedPosting): PostingOutcome {
  const terms = { ...(kind && { kind }), ...(amountMinor && { amountMinor }), ...(currency && { currency }) };
  const read = parseOutcome(outcome, { bank, ...terms });
  if (read !== undefined) return read;
  throw new AppError("bank-protocol", "The receipt of this reference differs from the posting; look at the bank");
}

async function stand(settled: Promise<PostingOutcome | undefined>): Promise<PostingOutcome> {
  const outcome = await settled;
  if (outcome !== undefined) return outcome;
  throw new AppError("bank-outcome-unknown", "Another worker has taken this posting over; ask again");
}
