import { join } from "node:path";
import { expect } from "chai";
import { type Ledger, openLedger } from "../../src/banks/simulators/ledger.js";
import type { LedgerPosting } from "../../src/banks/simulators/ledger-posting.js";
import { AppError } from "../../src/domain/app-error.js";
import { canonicalJson } from "../../src/domain/evidence.js";
import type { PostingOutcome } from "../../src/domain/posting.js";
import { ALICE, BOB, credit, debit, deposit, refund } from "./helpers/postings.js";
import { openTestLedger } from "./helpers/start-bank.js";
import { tempFolder } from "./helpers/temp-folder.js";

describe("ledger", () => {
  const folder = tempFolder();
  let ledger: Ledger;
  let path: string;
  let files = 0;

  beforeEach(() => {
    files += 1;
    path = join(folder.path, `ledger-${files}.db`);
    ledger = openTestLedger(path);
  });
  afterEach(() => ledger.shutdown());
  after(() => folder.remove());

  const post = (posting: LedgerPosting): PostingOutcome => {
    const [outcome] = ledger.postMany([posting]);
    if (outcome === undefined) throw new Error("No outcome");
    return outcome;
  };
  const reasonOf = (posting: LedgerPosting) => {
    const outcome = post(posting);
    return outcome.status === "refused" ? outcome.reason : "posted";
  };
  const balance = (number: string) => ledger.account(number)?.balanceMinor;
  const codeOf = (work: () => unknown) => {
    try {
      work();
      return "nothing thrown";
    } catch (error) {
      return error instanceof AppError ? error.code : error;
    }
  };

  it("books a debit against clearing, and a credit out of it", () => {
    expect(post(debit("a", 300n)).status).equal("posted");
    expect(post(credit("a", 200n)).status).equal("posted");
    expect([balance(ALICE), balance(BOB), balance("clearing:THB")]).deep.equal([700n, 200n, 100n]);
    expect(ledger.entries({ reference: "a:debit" }).map(({ account, amountMinor }) => [account, amountMinor])).deep.equal([
      [ALICE, -300n],
      ["clearing:THB", 300n],
    ]);
  });

  it("gives a posting's first answer again, byte-identical, whatever else the later request says", () => {
    const first = post(debit("a", 300n));
    expect(post(debit("a", 300n))).deep.equal(first);
    expect(post(debit("a", 1n, BOB))).deep.equal(first);
    expect(post({ ...credit("b", 5n), reference: "a:debit" })).deep.equal(first);
    expect(ledger.find("a:debit")).deep.equal(first);
    expect(balance(ALICE)).equal(700n);
  });

  it("stands by a refusal for want of funds after a top-up", () => {
    const first = post(debit("a", 1_001n));
    expect(first).include({ status: "refused", reason: "AM04" });
    expect(post(deposit("top-up", 5_000n)).status).equal("posted");
    expect(post(debit("a", 1_001n))).deep.equal(first);
    expect(balance(ALICE)).equal(6_000n);
    expect(post(debit("b", 1_001n)).status).equal("posted");
  });

  it("refuses what arrives after a close, with the reason of the close", () => {
    const closed = ledger.close("a:debit", "AB06");
    expect(closed).include({ status: "refused", reason: "AB06" });
    expect(post(debit("a", 1n))).deep.equal(closed);
    expect(ledger.close("a:debit", "AB05")).deep.equal(closed);
    expect(balance(ALICE)).equal(1_000n);
  });

  it("answers a close with the first answer where there is one", () => {
    const posted = post(debit("a", 1n));
    const refused = post(debit("b", 9_999n));
    expect(ledger.close("a:debit", "AB06")).deep.equal(posted);
    expect(ledger.close("b:debit", "AB06")).deep.equal(refused);
  });

  it("finds nothing where nothing was answered", () => {
    expect(ledger.find("a:debit")).equal(undefined);
  });

  it("gives each refusal its ISO 20022 reason", () => {
    ledger.seedAccount({ number: "closed", currency: "THB", openingMinor: 10n, status: "closed" });
    ledger.seedAccount({ number: "blocked", currency: "THB", openingMinor: 10n, status: "blocked" });
    ledger.seedAccount({ number: "dollars", currency: "USD", openingMinor: 10n, status: "open" });
    expect(reasonOf(debit("1", 1n, "nobody"))).equal("AC01");
    expect(reasonOf(credit("2", 1n, "nobody"))).equal("AC03");
    expect(reasonOf(debit("3", 1n, "closed"))).equal("AC04");
    expect(reasonOf(credit("4", 1n, "closed"))).equal("AC04");
    expect(reasonOf(debit("5", 1n, "blocked"))).equal("AC06");
    expect(reasonOf(credit("6", 1n, "blocked"))).equal("AC06");
    expect(reasonOf(debit("7", 1n, "dollars"))).equal("AM03");
    expect(reasonOf(credit("8", 1n, ALICE, "JPY"))).equal("AM03");
    expect(reasonOf(debit("9", 0n))).equal("AM01");
    expect(reasonOf(credit("10", 10n ** 15n + 1n))).equal("AM02");
    expect(reasonOf(debit("11", 1_001n))).equal("AM04");
    expect(ledger.totals().answersWithoutEntries).equal(0);
  });

  it("treats the bank's own accounts as unknown", () => {
    expect(reasonOf(debit("1", 1n, "equity:THB"))).equal("AC01");
    expect(reasonOf(credit("2", 1n, "clearing:THB"))).equal("AC03");
    expect(codeOf(() => ledger.setAccountStatus("clearing:THB", "closed"))).equal("not-found");
    expect(codeOf(() => ledger.seedAccount({ number: "clearing:JPY", currency: "JPY", openingMinor: 0n, status: "open" }))).equal(
      "invalid-request",
    );
  });

  it("refunds the account of the debit, exactly once", () => {
    post(debit("a", 300n));
    const first = post(refund("a", 300n));
    expect(first.status).equal("posted");
    expect(JSON.parse(first.receipt)).include({ account: ALICE, refundOf: "a:debit" });
    expect(post(refund("a", 300n))).deep.equal(first);
    expect(reasonOf({ ...refund("a", 300n), reference: "other:refund" })).equal("AM05");
    expect([balance(ALICE), balance("clearing:THB")]).deep.equal([1_000n, 0n]);
  });

  it("refuses a refund whose debit was not posted, was refused, closed, or is no debit", () => {
    post(debit("refused", 9_999n));
    ledger.close("closed:debit", "AB06");
    post(credit("credit", 10n));
    for (const id of ["never", "refused", "closed"]) expect(reasonOf(refund(id, 10n))).equal("AG09");
    expect(reasonOf({ ...refund("credit", 10n), refundOf: "credit:credit" } as LedgerPosting)).equal("AG09");
  });

  it("refuses a refund of another amount, in another currency, or to an account closed since", () => {
    for (const id of ["a", "b", "c"]) post(debit(id, 10n));
    expect(reasonOf(refund("a", 9n))).equal("AM09");
    expect(reasonOf(refund("b", 10n, "USD"))).equal("AM03");
    ledger.setAccountStatus(ALICE, "closed");
    expect(reasonOf(refund("c", 10n))).equal("AC04");
    expect(balance(ALICE)).equal(970n);
  });

  it("refuses what would take a balance out of the range that sums stay exact in", () => {
    ledger.seedAccount({ number: "rich", currency: "JPY", openingMinor: 10n ** 15n, status: "open" });
    const credits = Array.from({ length: 1_000 }, (_, index) => credit(`${index}`, 10n ** 15n, "rich", "JPY"));
    const outcomes = ledger.postMany(credits);
    expect(outcomes.filter(({ status }) => status === "posted")).lengthOf(999);
    expect(outcomes.at(-1)).include({ status: "refused", reason: "AM02" });
    expect(balance("rich")).equal(10n ** 18n);
  });

  it("lets no refusal in a batch harm the rest, and answers in order", () => {
    const batch = [debit("a", 600n), debit("b", 600n), debit("a", 600n), debit("c", 400n)];
    expect(ledger.postMany(batch).map(({ reference, status }) => `${reference} ${status}`)).deep.equal([
      "a:debit posted",
      "b:debit refused",
      "a:debit posted",
      "c:debit posted",
    ]);
    expect(balance(ALICE)).equal(0n);
  });

  it("undoes a whole batch when it fails", () => {
    const broken = {
      ...debit("b", 1n),
      get amountMinor(): bigint {
        throw new Error("planted");
      },
    };
    expect(() => ledger.postMany([debit("a", 1n), broken])).throw("planted");
    expect(ledger.find("a:debit")).equal(undefined);
    expect(balance(ALICE)).equal(1_000n);
    expect(post(debit("a", 1n)).status).equal("posted");
  });

  it("writes receipts in canonical form, with a salt of 128 bits that never repeats", () => {
    const receipts = [post(debit("a", 1n)), post(debit("b", 1n)), ledger.close("c:debit", "AB06")].map(({ receipt }) => receipt);
    const contents = receipts.map((receipt) => JSON.parse(receipt));
    expect(contents.map(canonicalJson)).deep.equal(receipts);
    expect(contents[0]).include({ bank: "FAASTHB1", reference: "a:debit", kind: "debit", status: "posted", account: ALICE });
    expect(contents[0]).include({ amount: "1", currency: "THB" });
    expect(contents[2]).include({ kind: "close", status: "refused", reason: "AB06" });
    for (const { salt, bookedAt } of contents) {
      expect(salt).match(/^[0-9a-f]{32}$/);
      expect(bookedAt).match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
    expect(new Set(contents.map(({ salt }) => salt)).size).equal(3);
  });

  it("gives the same answers after it was closed and opened again", () => {
    const outcomes = [post(debit("a", 1n)), post(debit("b", 9_999n)), ledger.close("c:debit", "AB06")];
    ledger.shutdown();
    ledger = openTestLedger(path);
    expect(outcomes.map(({ reference }) => ledger.find(reference))).deep.equal(outcomes);
    expect(balance(ALICE)).equal(999n);
  });

  it("seeds an account once, and refuses another seed for it", () => {
    const seed = { number: ALICE, currency: "THB", openingMinor: 1_000n, status: "open" } as const;
    post(debit("a", 1n));
    ledger.setAccountStatus(ALICE, "blocked");
    expect(ledger.seedAccount(seed)).include({ balanceMinor: 999n, status: "blocked" });
    expect(codeOf(() => ledger.seedAccount({ ...seed, openingMinor: 2n }))).equal("conflict");
    expect(codeOf(() => ledger.seedAccount({ ...seed, number: "new", openingMinor: -1n }))).equal("invalid-request");
  });

  it("refuses to open another bank's ledger", () => {
    expect(codeOf(() => openLedger({ path, bank: "WHSKTHB1", clock: Date.now }))).equal("config-invalid");
  });

  it("pages through accounts and entries without gap or repeat", () => {
    const all = ledger.accounts().map(({ number }) => number);
    const first = ledger.accounts({ limit: 2 }).map(({ number }) => number);
    const rest = ledger.accounts({ after: first[1] ?? "" }).map(({ number }) => number);
    expect([...first, ...rest]).deep.equal(all);
    post(debit("a", 1n));
    const ids = ledger.entries().map(({ id }) => id);
    expect(ledger.entries({ after: ids[0] ?? 0 }).map(({ id }) => id)).deep.equal(ids.slice(1));
    expect(codeOf(() => ledger.entries({ limit: 0 }))).equal("invalid-request");
  });
});
