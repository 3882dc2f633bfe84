import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect } from "chai";
import fc from "fast-check";
import { createCoalescingPoster } from "../../src/banks/coalescing-poster.js";
import type { LedgerPosting } from "../../src/banks/simulators/ledger-posting.js";
import type { Posting, PostingOutcome } from "../../src/domain/posting.js";
import { ledgerViolations } from "./helpers/ledger-violations.js";
import { ALICE, BOB, credit, debit, deposit, refund } from "./helpers/postings.js";
import { openTestLedger, startBank, type TestBank } from "./helpers/start-bank.js";
import { tempFolder } from "./helpers/temp-folder.js";

// Few ids, few accounts and amounts close to the balances, so that nearly every posting collides with another.
const id = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
const account = fc.constantFrom(ALICE, ALICE, BOB, "nobody");
const amountMinor = fc.constantFrom(1n, 250n, 400n, 999n, 1_000n);
const anyPosting: fc.Arbitrary<Posting> = fc.oneof(
  fc.tuple(id, amountMinor, account).map((parameters) => debit(...parameters)),
  fc.tuple(id, amountMinor, account).map((parameters) => credit(...parameters)),
  fc.tuple(id, amountMinor).map((parameters) => refund(...parameters)),
  // Two references that refund the same debit.
  fc.tuple(id, amountMinor).map(([debitId, amount]) => ({ ...refund(debitId, amount), reference: `${debitId}2:refund` })),
);

type Step =
  | { do: "post"; postings: LedgerPosting[] }
  | { do: "close"; reference: string }
  | { do: "status"; status: "open" | "blocked" | "closed" };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("post" as const), postings: fc.array(anyPosting, { minLength: 1, maxLength: 12 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("close" as const), reference: id.map((name) => `${name}:debit`) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("status" as const),
      status: fc.constantFrom("open" as const, "blocked" as const, "closed" as const),
    }),
  },
);

describe("ledger invariants", () => {
  const folder = tempFolder();
  let files = 0;
  const newPath = () => {
    files += 1;
    return join(folder.path, `ledger-${files}.db`);
  };
  let bank: TestBank | undefined;

  afterEach(async () => {
    await bank?.stop();
    bank = undefined;
  });
  after(() => folder.remove());

  // Each is what a defect would leave behind: the checker must see it before its silence counts for anything.
  const planted: readonly [defect: string, sql: string, violation: string][] = [
    [
      "money from nowhere",
      `UPDATE accounts SET balance_minor = balance_minor + 1 WHERE number = '${BOB}'`,
      "the sum of all accounts is not zero",
    ],
    [
      "a payment into clearing that no equity paid for",
      `UPDATE accounts SET balance_minor = balance_minor + iif(kind = 'equity', -1, 1) WHERE number <> '${ALICE}' AND number <> '${BOB}'`,
      "customers and clearing do not hold what was paid in",
    ],
    [
      "a lost entry",
      "DELETE FROM entries WHERE reference = 'a:debit' AND amount_minor > 0",
      "the entries of a posting do not add up to zero",
    ],
    ["a balance not written", "UPDATE accounts SET balance_minor = 0", "a balance is not the sum of its entries"],
    [
      "a debit booked twice",
      `INSERT INTO entries (posting_id, reference, kind, account, currency, amount_minor, booked_at)
         SELECT 'again', reference, kind, account, currency, amount_minor, booked_at FROM entries WHERE reference = 'a:debit'`,
      "answers and entries disagree",
    ],
    [
      "a posting without its answer",
      "UPDATE answers SET status = 'refused', reason = 'AM04' WHERE reference = 'a:debit'",
      "answers and entries disagree",
    ],
    ["an answer changed", "UPDATE answers SET receipt = receipt || ' ' WHERE reference = 'b:debit'", "an answer changed"],
    ["an answer forgotten", "DELETE FROM answers WHERE reference = 'b:debit'", "an answer changed"],
    [
      "an overdraft",
      `PRAGMA ignore_check_constraints = 1; UPDATE accounts SET balance_minor = -1 WHERE number = '${ALICE}'`,
      "a customer is overdrawn",
    ],
    [
      "a refund to another account",
      `UPDATE entries SET account = '${BOB}' WHERE reference = 'a:refund' AND account = '${ALICE}'`,
      "a refund differs from its debit",
    ],
    ["a refund of nothing", "UPDATE entries SET kind = 'credit' WHERE reference = 'a:debit'", "a refund has no debit"],
    [
      "a second refund",
      `INSERT INTO entries (posting_id, reference, kind, account, currency, amount_minor, booked_at)
         SELECT 'again', reference, kind, account, currency, amount_minor, booked_at FROM entries WHERE reference = 'a:refund'`,
      "a debit was refunded twice",
    ],
  ];

  for (const [defect, sql, violation] of planted) {
    it(`has a checker that sees ${defect}`, () => {
      const sound = newPath();
      const ledger = openTestLedger(sound);
      const outcomes = ledger.postMany([debit("a", 100n), debit("b", 5_000n), refund("a", 100n), debit("c", 7n)]);
      expect(ledgerViolations(ledger, 1_000n, outcomes)).deep.equal([]);
      ledger.shutdown();
      const broken = newPath();
      copyFileSync(sound, broken);
      const db = new DatabaseSync(broken);
      db.exec(sql);
      db.close();
      const reopened = openTestLedger(broken);
      expect(ledgerViolations(reopened, 1_000n, outcomes)).include(violation);
      reopened.shutdown();
    });
  }

  it("holds its invariants through any postings, closes, blocks and top-ups, in any batches", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 20, maxLength: 60 }), (steps) => {
        const ledger = openTestLedger(newPath());
        const outcomes: PostingOutcome[] = [];
        for (const step of steps) {
          if (step.do === "post") outcomes.push(...ledger.postMany(step.postings));
          else if (step.do === "close") outcomes.push(ledger.close(step.reference, "AB06"));
          else ledger.setAccountStatus(ALICE, step.status);
        }
        ledger.setAccountStatus(ALICE, "open");
        outcomes.push(...ledger.postMany([deposit("top-up", 500n)]));
        expect(ledgerViolations(ledger, 1_500n, outcomes)).deep.equal([]);
        ledger.shutdown();
      }),
      { numRuns: 25, seed: 20_260_101 },
    );
  });

  it("holds its invariants under 500 concurrent postings with few references, replies lost and references closed among them", async () => {
    bank = await startBank({ maxBatch: 20 });
    const poster = createCoalescingPoster(bank.connector, { maxBatch: 20, windowMs: 1 });
    const postings = fc.sample(anyPosting, { numRuns: 500, seed: 20_260_102 });
    await bank.setFaults({ dropReplyAfterCommit: 5, failBeforeCommit: 5, delayAfterMs: 2 });
    const before = bank.ledger.commits();
    const { connector } = bank;
    const closes = ["a", "b", "c"].map((name) => connector.close(`${name}:credit`, "AB06"));
    const settled = await Promise.allSettled(postings.map((posting) => poster.post(posting)));
    const closed = await Promise.all(closes);
    const outcomes = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    for (const [index, result] of settled.entries()) {
      const posting = postings[index] as Posting;
      // The first answer to a reference stands; a posting with other terms under it has no outcome of its own.
      const first = bank.ledger.find(posting.reference)?.receipt ?? "{}";
      if (saysOtherTerms(first, posting)) expect(result).nested.property("reason.code", "bank-outcome-unknown");
      else expect(result).nested.property("value.receipt", first);
    }
    expect(ledgerViolations(bank.ledger, 1_000n, [...outcomes, ...closed])).deep.equal([]);
    // Every kind of end was seen, so the run exercises what it claims to; and commits were shared.
    expect(new Set(outcomes.map(({ status }) => status)).size).equal(2);
    expect(outcomes.length).lessThan(postings.length);
    expect(bank.ledger.commits() - before).lessThan(500);
  });
});

/** Whether a receipt names another amount or account than the posting asks for; the receipt of a close names neither. */
function saysOtherTerms(receipt: string, posting: Posting): boolean {
  const { amount, account } = JSON.parse(receipt) as { amount?: string; account?: string };
  const asked = posting.kind === "refund" ? account : posting.account;
  return amount !== undefined && (amount !== posting.amountMinor.toString() || account !== asked);
}
