import { createHash } from "node:crypto";
import { expect } from "chai";
import { sql } from "kysely";
import type { BankConnector } from "../../src/banks/bank-connector.js";
import type { Posting, PostingOutcome } from "../../src/domain/posting.js";
import { ALICE, BOB } from "../banks/helpers/postings.js";
import { expectAppError } from "../domain/expect-app-error.js";
import { describeWithBrowser, newPosting, startWebBank, type WebBank } from "./web-bank.js";

describeWithBrowser("the connector of a bank that has pages only", function () {
  this.timeout(120_000);
  let bank: WebBank;
  let connector: BankConnector;

  before(async () => {
    bank = await startWebBank();
    connector = bank.connect();
  });
  afterEach(() => bank.setFaults());
  after(() => bank.stop());

  const post = async (posting: Posting, by = connector): Promise<PostingOutcome> => {
    const [result] = await by.postMany([posting]);
    if (result?.status !== "fulfilled") throw result?.reason;
    return result.value;
  };

  it("books once, gives the same receipt ever after, and keeps a picture whose hash the receipt holds, and no account", async () => {
    const debit = newPosting("debit");
    const before = bank.balance(ALICE) as bigint;
    const outcome = await post(debit);
    expect(outcome).to.include({ status: "posted", reference: debit.reference });
    expect(await post(debit)).to.deep.equal(outcome);
    expect(await connector.find(debit.reference)).to.deep.equal(outcome);
    expect(await connector.close(debit.reference, "AB06")).to.deep.equal(outcome);
    expect(bank.balance(ALICE)).to.equal(before - 12_345n);
    const receipt = JSON.parse(outcome.receipt);
    expect(receipt).to.include({ bank: "HIVETHB1", kind: "debit", status: "posted", amount: "12345", currency: "THB" });
    expect(outcome.receipt).not.to.contain(ALICE);
    const { rows } = await sql<{
      content: Buffer;
    }>`select content from bank_evidence where digest = ${receipt.screenshot}`.execute(bank.store.db);
    const content = rows[0]?.content as Buffer;
    expect(createHash("sha256").update(content).digest("hex")).to.equal(receipt.screenshot);
    expect(content.subarray(1, 4).toString("ascii")).to.equal("PNG");
  });

  it("tells a refusal of the bank, for good, with its reason", async () => {
    const poor = { ...newPosting("debit"), amountMinor: 10n ** 9n };
    expect(await post(poor)).to.include({ status: "refused", reason: "AM04" });
    expect(await post({ ...poor, amountMinor: 1n })).to.include({ status: "refused", reason: "AM04" });
    expect(await post(newPosting("credit", "nobody"))).to.include({ status: "refused", reason: "AC03" });
    expect(bank.bookings(poor.reference)).to.equal(0);
  });

  it("closes what was never sent, so that it is never sent", async () => {
    const late = newPosting("credit");
    const closed = await connector.close(late.reference, "AB06");
    expect(closed).to.include({ status: "refused", reason: "AB06" });
    expect(await post(late)).to.deep.equal(closed);
    expect(bank.bookings(late.reference)).to.equal(0);
  });

  it("gives a refund to the account that its debit was taken from", async () => {
    const debit = newPosting("debit", BOB);
    await post(debit);
    const before = bank.balance(BOB) as bigint;
    const reference = debit.reference.replace(":debit", ":refund");
    const refund = { kind: "refund", reference, refundOf: debit.reference, amountMinor: 12_345n, currency: "THB" } as const;
    expect(await post(refund)).to.include({ status: "posted" });
    expect(bank.balance(BOB)).to.equal(before + 12_345n);
    const other = newPosting("debit");
    const unpaid = { ...refund, reference: other.reference.replace(":debit", ":refund"), refundOf: other.reference };
    expect(await post(unpaid)).to.include({ status: "refused", reason: "AG09" });
  });

  it("sends once, and finds in the statement what it was told nothing of", async () => {
    const posting = newPosting("debit");
    await bank.setFaults({ step: "confirmation", fault: "cut-after" });
    const outcome = await post(posting);
    expect(JSON.parse(outcome.receipt)).to.include({ status: "posted", source: "statement", amount: "12345" });
    expect(bank.bookings(posting.reference)).to.equal(1);
  });

  for (const field of ["amount", "currency", "account", "direction"] as const) {
    it(`does not believe a page that says it booked another ${field}: the statement settles the outcome, with one booking`, async () => {
      const posting = newPosting("debit");
      await bank.setFaults({ step: "confirmation", fault: `wrong-${field}` });
      const outcome = await post(posting);
      expect(JSON.parse(outcome.receipt)).to.include({ status: "posted", source: "statement", amount: "12345", currency: "THB" });
      expect(bank.bookings(posting.reference)).to.equal(1);
    });

    it(`leaves the outcome to people where the statement too has another ${field}`, async () => {
      const posting = newPosting("credit");
      await bank.setFaults({ step: "confirmation", fault: `wrong-${field}` }, { step: "statement", fault: `wrong-${field}` });
      await expectAppError("bank-undecided", () => post(posting));
      await expectAppError("bank-undecided", () => post(posting));
      await bank.setFaults();
      expect(await connector.find(posting.reference, posting)).to.include({ status: "posted" });
      expect(bank.bookings(posting.reference)).to.equal(1);
    });
  }

  it("reports the first account's debit where the number has moved to another account while the answer was lost", async () => {
    const posting = newPosting("debit", ALICE);
    const [alice, bob] = [bank.balance(ALICE) as bigint, bank.balance(BOB)];
    await bank.setFaults({ step: "confirmation", fault: "cut-after", times: 1 }, { step: "statement", fault: "error-before" });
    await expectAppError("bank-unreachable", () => post(posting));
    await bank.setFaults();
    const { kind, amountMinor, currency } = posting;
    const outcome = await connector.close(posting.reference, "BE23", { kind, amountMinor, currency });
    expect(outcome).to.include({ status: "posted" });
    expect(bank.balance(ALICE)).to.equal(alice - amountMinor);
    expect(bank.balance(BOB)).to.equal(bob);
  });

  it("gives no outcome that stands to an asker who expects another posting under the reference", async () => {
    const posting = newPosting("debit");
    await post(posting);
    await expectAppError("bank-protocol", () => connector.find(posting.reference, { ...posting, kind: "credit" }));
    for (const other of [{ amountMinor: 1n }, { currency: "USD" }]) {
      await expectAppError("bank-protocol", () => connector.find(posting.reference, { ...posting, ...other }));
      await expectAppError("bank-protocol", () => connector.close(posting.reference, "AB06", { ...posting, ...other }));
    }
    await expectAppError("bank-protocol", () => post({ ...posting, amountMinor: 1n }));
    expect(bank.bookings(posting.reference)).to.equal(1);
  });

  it("decides nothing where the statement does not have it, and never sends it again", async () => {
    const posting = newPosting("debit");
    await bank.setFaults({ step: "confirmation", fault: "error-before" });
    await expectAppError("bank-undecided", () => post(posting));
    await bank.setFaults();
    await expectAppError("bank-undecided", () => post(posting));
    expect(await connector.find(posting.reference)).to.equal(undefined);
    expect(bank.bookings(posting.reference)).to.equal(0);
  });

  it("signs in anew where a session has expired", async () => {
    const posting = newPosting("credit");
    await bank.setFaults({ step: "entry", fault: "expired", times: 1 });
    expect(await post(posting)).to.include({ status: "posted" });
  });
});
