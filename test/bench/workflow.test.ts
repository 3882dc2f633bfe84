import { expect } from "chai";
import { type Step, transferMoney } from "../../scripts/check/bench/engines/workflow.js";
import type { Posting, PostingOutcome } from "../../src/domain/posting.js";

const TRANSFER = { id: "t", payerAccount: "111", payeeAccount: "222", amountMinor: "5" };

describe("the workflow that the benchmark compares with", () => {
  it("debits, then credits", async () => {
    const { state, posted, steps } = await run({});
    expect(state).to.equal("COMPLETED");
    expect(steps).to.deep.equal(["debit", "credit"]);
    expect(posted).to.deep.equal([
      { kind: "debit", reference: "t:debit", account: "111", amountMinor: 5n, currency: "THB" },
      { kind: "credit", reference: "t:credit", account: "222", amountMinor: 5n, currency: "THB" },
    ]);
  });

  it("credits nothing that was not debited", async () => {
    const { state, steps } = await run({ refused: ["debit"] });
    expect(state).to.equal("REJECTED");
    expect(steps).to.deep.equal(["debit"]);
  });

  it("refunds the debit where the credit is refused", async () => {
    const { state, posted } = await run({ refused: ["credit"] });
    expect(state).to.equal("REVERSED");
    expect(posted.at(-1)).to.deep.equal({
      kind: "refund",
      reference: "t:refund",
      refundOf: "t:debit",
      amountMinor: 5n,
      currency: "THB",
    });
  });

  it("leaves to people what cannot be refunded either", async () => {
    expect((await run({ refused: ["credit", "refund"] })).state).to.equal("SUSPENDED");
  });

  it("fails, and so is tried again, where the bank has not answered", async () => {
    const error = await run({ unknown: ["credit"] }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(Error).with.property("message", "unknown");
  });
});

/** Runs it once, with banks that refuse some kinds of postings, or leave their outcome unknown. */
async function run({ refused = [], unknown = [] }: { refused?: Posting["kind"][]; unknown?: Posting["kind"][] }) {
  const posted: Posting[] = [];
  const steps: string[] = [];
  const bank = {
    async post(posting: Posting): Promise<PostingOutcome> {
      if (unknown.includes(posting.kind)) throw new Error("unknown");
      posted.push(posting);
      const { kind, reference } = posting;
      return refused.includes(kind)
        ? { status: "refused", reference, reason: "AC04", receipt: "{}" }
        : { status: "posted", reference, receipt: "{}" };
    },
  };
  const step: Step = (name, act) => {
    steps.push(name);
    return act();
  };
  const { state } = await transferMoney(step, [bank, bank], TRANSFER);
  return { state, posted, steps };
}
