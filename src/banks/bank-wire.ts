import { type Static, Type } from "typebox";
import { Compile } from "typebox/compile";
import type { ExpectedPosting, Posting, PostingOutcome } from "../domain/posting.js";
import type { StatementLine } from "../domain/reconciliation.js";

/** Far more than a receipt needs, in characters; a bound on what a bank can make us keep. */
const MAX_RECEIPT_LENGTH = 16_384;

const Receipt = Type.String({ minLength: 2, maxLength: MAX_RECEIPT_LENGTH });

const WireOutcome = Type.Union([
  Type.Object({ status: Type.Literal("posted"), reference: Type.String(), receipt: Receipt }),
  Type.Object({
    status: Type.Literal("refused"),
    reference: Type.String(),
    reason: Type.String({ pattern: "^[A-Z0-9]{4}$" }),
    receipt: Receipt,
  }),
]);

/** The terms that a receipt must state. `bank`: BIC8. */
export type ExpectedReceipt = ExpectedPosting & { bank?: string };

const outcomeValidator = Compile(WireOutcome);
const outcomesValidator = Compile(Type.Object({ outcomes: Type.Array(Type.Unknown()) }));
const receiptValidator = Compile(Type.Object({ reference: Type.String(), status: Type.String() }));

/** Far more than a reference, an id or a time needs, in characters; a bound on what a bank can make us keep. */
const MAX_FIELD_LENGTH = 300;
const StatementText = Type.String({ maxLength: MAX_FIELD_LENGTH });

const WireStatement = Type.Object({
  lines: Type.Array(
    Type.Object({
      postingId: StatementText,
      reference: StatementText,
      kind: Type.Enum(["debit", "credit", "refund"]),
      amount: Type.String({ pattern: "^(0|[1-9][0-9]{0,17})$" }),
      currency: StatementText,
      bookedAt: StatementText,
    }),
  ),
  next: Type.Optional(StatementText),
});
const statementValidator = Compile(WireStatement);

/** A page of a statement, or `undefined` unless it is well formed. */
export function parseStatement(value: unknown): { lines: StatementLine[]; next?: string } | undefined {
  if (!statementValidator.Check(value)) return undefined;
  const lines = value.lines.map(({ amount, ...line }): StatementLine => ({ ...line, amountMinor: BigInt(amount) }));
  return { lines, ...(value.next !== undefined && { next: value.next }) };
}

/** A posting as the bank's HTTP API takes it: money as a decimal string of minor units. */
export function postingJson({ amountMinor, ...posting }: Posting): Record<string, string> {
  return { ...posting, amount: amountMinor.toString() };
}

/**
 * One outcome of an answer, or `undefined` unless it is well formed and its receipt says the same of the same reference, and of the
 * posting that is expected.
 */
export function parseOutcome(value: unknown, expected: ExpectedReceipt = {}): PostingOutcome | undefined {
  if (!outcomeValidator.Check(value) || !receiptAgrees(value, expected)) return undefined;
  const { reference, receipt } = value;
  if (value.status === "posted") return { status: "posted", reference, receipt };
  return { status: "refused", reference, reason: value.reason, receipt };
}

/**
 * The outcomes of a batch by reference. Answers that are not well formed or contradict another answer are left out: neither is a
 * yes or a no, so the posting counts as not answered. Each posting compares its answer itself: two may share a reference.
 */
export function parseOutcomes(value: unknown): Map<string, PostingOutcome> {
  const byReference = new Map<string, PostingOutcome>();
  const contradicted = new Set<string>();
  for (const item of outcomesValidator.Check(value) ? value.outcomes : []) {
    const reference = referenceOf(item);
    const outcome = parseOutcome(item);
    if (outcome === undefined) {
      contradicted.add(reference);
      continue;
    }
    const other = byReference.get(outcome.reference);
    if (other !== undefined && other.receipt !== outcome.receipt) contradicted.add(outcome.reference);
    byReference.set(outcome.reference, outcome);
  }
  for (const reference of contradicted) byReference.delete(reference);
  return byReference;
}

/** Parses JSON; `undefined` where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not repeated as an error: a parser's message quotes the text, and that holds account numbers.
    return undefined;
  }
}

function referenceOf(item: unknown): string {
  return typeof item === "object" && item !== null && "reference" in item ? String(item.reference) : "";
}

function receiptAgrees({ reference, status, receipt }: Static<typeof WireOutcome>, expected: ExpectedReceipt): boolean {
  const content = parseJson(receipt);
  if (!receiptValidator.Check(content) || content.reference !== reference || content.status !== status) return false;
  const said = content as Record<string, unknown>;
  const { bank, kind, account, refundOf, currency, amountMinor } = expected;
  const wanted = Object.entries({ bank, kind, account, currency, amount: amountMinor?.toString() });
  // A refusal that closes a reference is of the kind "close" and knows no amount; the receipt of a posting says everything.
  const agrees = (name: string, value: unknown) =>
    said[name] === value || (status === "refused" && (said[name] === undefined || (name === "kind" && said[name] === "close")));
  if (refundOf !== undefined && said.refundOf !== undefined && said.refundOf !== refundOf) return false;
  return wanted.every(([name, value]) => value === undefined || agrees(name, value));
}
