import { expect } from "chai";
import { sql } from "kysely";
import type { BankConnector } from "../../../src/banks/bank-connector.js";
import type { Posting, PostingOutcome } from "../../../src/domain/posting.js";
import { allowPosting } from "../../../src/store/bank-postings/admin.js";
import { BOB } from "../../banks/helpers/postings.js";
import { expectAppError } from "../../domain/expect-app-error.js";
import { describeWithBrowser, newPosting, startWebBank, type WebBank } from "../web-bank.js";

describeWithBrowser("the connector of a bank whose pages fail", function () {
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

  describe("where a page fails before anything is sent, sends nothing and can be asked again:", () => {
    for (const step of ["login", "entry", "review"] as const) {
      for (const fault of ["error-before", "cut-before", "error-after", "cut-after", "changed"] as const) {
        it(`${fault} at the ${step}`, async () => {
          const fresh = bank.connect();
          const posting = newPosting("credit");
          await bank.setFaults({ step, fault });
          await expectAppError(fault === "changed" ? "bank-protocol" : "bank-unreachable", () => post(posting, fresh));
          expect(bank.bookings(posting.reference)).to.equal(0);
          expect(await fresh.find(posting.reference)).to.equal(undefined);
          await bank.setFaults();
          expect(await post(posting, fresh)).to.include({ status: "posted" });
          expect(bank.bookings(posting.reference)).to.equal(1);
          await fresh.shutdown();
        });
      }
    }
  });

  describe("where nobody can tell whether it was booked, looks in the statement:", () => {
    for (const fault of ["error-after", "cut-after", "changed", "slow-after"] as const) {
      it(`${fault} at the confirmation: it is there, and was sent once`, async () => {
        const fresh = bank.connect({ timeoutMs: fault === "slow-after" ? 5_000 : 10_000 });
        const posting = newPosting("debit");
        await bank.setFaults({ step: "confirmation", fault, delayMs: 15_000 });
        const outcome = await post(posting, fresh);
        expect(outcome).to.include({ status: "posted" });
        expect(JSON.parse(outcome.receipt)).to.include({ source: "statement", amount: "12345" });
        expect(bank.bookings(posting.reference)).to.equal(1);
        await fresh.shutdown();
      });
    }

    for (const fault of ["error-before", "cut-before", "expired"] as const) {
      it(`${fault} at the confirmation: it is not there, so it is undecided, and never sent again`, async () => {
        const posting = newPosting("debit");
        await bank.setFaults({ step: "confirmation", fault });
        await expectAppError("bank-undecided", () => post(posting));
        await bank.setFaults();
        await expectAppError("bank-undecided", () => post(posting));
        await expectAppError("bank-undecided", () => connector.close(posting.reference, "AB06"));
        expect(await connector.find(posting.reference)).to.equal(undefined);
        expect(bank.bookings(posting.reference)).to.equal(0);
      });
    }

    it("and while the statement cannot be read, it waits", async () => {
      const posting = newPosting("debit");
      await bank.setFaults({ step: "confirmation", fault: "cut-after" }, { step: "statement", fault: "changed" });
      await expectAppError("bank-protocol", () => post(posting));
      await bank.setFaults({ step: "statement", fault: "error-before" });
      await expectAppError("bank-unreachable", () => post(posting));
      await bank.setFaults();
      expect(await post(posting)).to.include({ status: "posted" });
      expect(bank.bookings(posting.reference)).to.equal(1);
    });

    it("on whichever page of it the line is", async () => {
      const posting = newPosting("credit");
      await bank.setFaults({ step: "confirmation", fault: "cut-after" }, { step: "statement", fault: "error-before" });
      await expectAppError("bank-unreachable", () => post(posting));
      await bank.setFaults();
      const others = Array.from({ length: 45 }, (_, index) => `till ${index}/1${String(index).padStart(11, "0")}`);
      bank.ledger.postMany(
        others.map((reference) => ({ kind: "credit", reference, account: BOB, amountMinor: 1n, currency: "THB" })),
      );
      expect(await post(posting)).to.include({ status: "posted" });
      const day = new Date().toISOString().slice(0, 10);
      const { lines } = await connector.statement({ day });
      expect(lines.filter(({ reference }) => reference === posting.reference)).to.have.length(1);
      expect(lines.some(({ reference }) => reference.startsWith("till"))).to.equal(false);
    });

    for (const how of ["sent again", "closed"] as const) {
      it(`and once more before it is ${how}, though people have allowed it`, async () => {
        const posting = newPosting("credit");
        await bank.setFaults({ step: "confirmation", fault: "cut-before" });
        await expectAppError("bank-undecided", () => post(posting));
        await bank.setFaults();
        // What was thought to be lost has arrived at last.
        const number = how === "closed" ? "200000000000" : "300000000000";
        const { amountMinor, currency, account, reference } = posting;
        bank.ledger.postMany([{ kind: "credit", reference: `${reference}/${number}`, account, amountMinor, currency }]);
        expect(await allowPosting(bank.store.db, "HIVETHB1", reference)).to.equal(true);
        const outcome = how === "closed" ? await connector.close(reference, "AB06") : await post(posting);
        expect(outcome.status).to.equal("posted");
        expect(JSON.parse(outcome.receipt)).to.include({ postingId: number, source: "statement" });
        expect(bank.bookings(reference)).to.equal(1);
      });
    }

    it("and is undecided where the line there is of another amount", async () => {
      const posting = newPosting("credit");
      await bank.setFaults({ step: "confirmation", fault: "error-before" });
      const reference = `${posting.reference}/100000000000`;
      bank.ledger.postMany([{ kind: "credit", reference, account: BOB, amountMinor: 1n, currency: "THB" }]);
      await expectAppError("bank-undecided", () => post(posting));
    });
  });

  it("asks the statement before it sends, where its log was lost", async () => {
    const posting = newPosting("debit");
    await post(posting);
    await sql`delete from bank_postings where reference = ${posting.reference}`.execute(bank.store.db);
    expect(await post(posting, bank.connect({ statementFirst: true }))).to.include({ status: "posted" });
    expect(bank.bookings(posting.reference)).to.equal(1);
  });

  it("books each once, whoever asks and however many at once, in as many sessions as it may have", async () => {
    const other = bank.connect({ maxSessions: 1 });
    const postings = Array.from({ length: 6 }, () => newPosting("credit"));
    const all = [...postings, ...postings];
    const results = (await Promise.all([connector.postMany(all), other.postMany(all)])).flat();
    const posted = results.filter((result) => result.status === "fulfilled");
    for (const posting of postings) {
      expect(bank.bookings(posting.reference), posting.reference).to.equal(1);
      const receipts = posted.filter(({ value }) => value.reference === posting.reference).map(({ value }) => value.receipt);
      expect(new Set(receipts).size).to.equal(1);
    }
  });
});
