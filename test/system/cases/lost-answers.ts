import { expect } from "chai";
import type { FaultSettings } from "../../../src/banks/simulators/bank-schemas.js";
import { postingReference } from "../../../src/domain/posting.js";
import { type System, transferBody } from "../../../tools/system/stack.js";
import { waitFor } from "../../../tools/system/wait-for.js";
import { expectOutcome } from "../expect-outcome.js";

/** What goes wrong between a function and its bank. */
export function describeLostAnswers(system: () => System): void {
  describe("an answer of the bank that is lost", () => {
    const afterCommit: [string, FaultSettings][] = [
      ["the connection is cut", { dropReplyAfterCommit: 1 }],
      ["it is an error 500", { status500AfterCommit: 1 }],
      ["it cannot be read", { garbleReplyAfterCommit: 1 }],
    ];
    for (const [what, fault] of afterCommit) {
      it(`after the commit (${what}) is found again: COMPLETED, each posting once`, async () => {
        const { api, newPayer, newPayee, payerBank, payeeBank } = system();
        const [payer, payee] = [await newPayer(50_000n), await newPayee()];
        await payerBank.setFaults({ kind: "debit", ...fault });
        await payeeBank.setFaults({ kind: "credit", ...fault });
        const { id } = (await api.post(transferBody(payer, payee))).body;
        await expectOutcome(system(), id, { state: "COMPLETED" });
        expect(await payerBank.balance(payer.account)).equal(40_000n);
        expect(await payeeBank.balance(payee.account)).equal(10_000n);
      });
    }

    it("before the commit of a debit is closed: REJECTED with AB06, nothing moved", async () => {
      const { api, newPayer, newPayee, payerBank } = system();
      const [payer, payee] = [await newPayer(50_000n), await newPayee()];
      await payerBank.setFaults({ kind: "debit", failBeforeCommit: 1 });
      const { id } = (await api.post(transferBody(payer, payee))).body;
      await expectOutcome(system(), id, { state: "REJECTED", reason: "AB06" });
      expect(await payerBank.balance(payer.account)).equal(50_000n);
    });

    it("before the commit of a credit is closed: REVERSED with AB06, refunded once", async () => {
      const { api, newPayer, newPayee, payerBank, payeeBank } = system();
      const [payer, payee] = [await newPayer(50_000n), await newPayee()];
      await payeeBank.setFaults({ kind: "credit", failBeforeCommit: 1 });
      const { id } = (await api.post(transferBody(payer, payee))).body;
      await expectOutcome(system(), id, { state: "REVERSED", reason: "AB06" });
      expect(await payerBank.balance(payer.account)).equal(50_000n);
    });

    it("to a request that the bank sees only after it was closed: the late one is refused", async () => {
      const { api, newPayer, newPayee, payerBank } = system();
      const [payer, payee] = [await newPayer(50_000n), await newPayee()];
      await payerBank.setFaults({ kind: "debit", holdBeforeCommit: true });
      const { id } = (await api.post(transferBody(payer, payee))).body;
      await expectOutcome(system(), id, { state: "REJECTED", reason: "AB06" });
      const closed = await payerBank.find(postingReference(id, "debit"));

      // Lets the first request go on, which comes behind this one's own at the bank.
      await payerBank.setFaults({});
      await payerBank.deposit(payer.account, `after-${id}`, 1n);

      expect(await payerBank.find(postingReference(id, "debit"))).deep.equal(closed);
      await expectOutcome(system(), id, { state: "REJECTED", reason: "AB06" });
      expect(await payerBank.balance(payer.account)).equal(50_001n);
    });

    it("is waited for: what the bank neither tells nor closes is neither rejected nor reversed", async () => {
      const { api, newPayer, newPayee, payerBank } = system();
      const [payer, payee] = [await newPayer(50_000n), await newPayee()];
      await payerBank.setFaults({ on: ["post", "find", "close"], kind: "debit", status503: 1_000 });
      const { id } = (await api.post(transferBody(payer, payee))).body;
      await waitFor("the delivery has failed twice", () => attemptsOf(system(), id, 2));
      expect((await api.transfer(id)).state).equal("STARTED");
      // Nor closes it now: a try that is under way would, and be right.
      await payerBank.setFaults({ on: ["close"], kind: "debit", status503: 1_000 });
      await expectOutcome(system(), id, { state: "COMPLETED" });
    });
  });
}

async function attemptsOf(system: System, id: string, attempts: number): Promise<boolean> {
  return (await system.store.query("select 1 from retries where transfer_id = $1 and attempts >= $2", [id, attempts])).length > 0;
}
