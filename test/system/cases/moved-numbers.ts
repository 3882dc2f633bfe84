import { expect } from "chai";
import { moveEntry } from "../../../tools/system/phone-entry.js";
import { type System, transferBody } from "../../../tools/system/stack.js";
import { waitFor } from "../../../tools/system/wait-for.js";
import { expectOutcome } from "../expect-outcome.js";

/** Phone numbers that get another entry while a transfer is under way. */
export function describeMovedNumbers(system: () => System): void {
  describe("a number that is registered anew mid-transfer", () => {
    it("to another customer of the payee's bank is not credited: REVERSED with BE23, refunded once", async () => {
      const { newPayer, newPayee, payerBank, payeeBank } = system();
      const [payer, payee, newcomer] = [await newPayer(50_000n), await newPayee(), await newPayee()];
      const id = await whileStopped(system(), "whsk-credit", "PENDING", transferBody(payer, payee), () =>
        moveEntry(system(), { phone: payee.phone, from: payeeBank, to: payeeBank, account: newcomer.account }),
      );
      await expectOutcome(system(), id, { state: "REVERSED", reason: "BE23" });
      expect(await payerBank.balance(payer.account)).equal(50_000n);
      expect(await payeeBank.balance(payee.account)).equal(0n);
      expect(await payeeBank.balance(newcomer.account)).equal(0n);
    });

    it("to a customer of another bank is not credited: REVERSED with BE23, refunded once", async () => {
      const { newPayer, newPayee, payerBank, payeeBank } = system();
      const [payer, payee, newcomer] = [await newPayer(50_000n), await newPayee(), await newPayer(0n)];
      const id = await whileStopped(system(), "whsk-credit", "PENDING", transferBody(payer, payee), () =>
        moveEntry(system(), { phone: payee.phone, from: payeeBank, to: payerBank, account: newcomer.account }),
      );
      await expectOutcome(system(), id, { state: "REVERSED", reason: "BE23" });
      expect(await payerBank.balance(payer.account)).equal(50_000n);
      expect(await payerBank.balance(newcomer.account)).equal(0n);
    });

    it("to another customer of the payer's bank is not debited: REJECTED with BE23", async () => {
      const { newPayer, newPayee, payerBank } = system();
      const [payer, payee, newcomer] = [await newPayer(50_000n), await newPayee(), await newPayer(50_000n)];
      const id = await whileStopped(system(), "faas-debit", "STARTED", transferBody(payer, payee), () =>
        moveEntry(system(), { phone: payer.phone, from: payerBank, to: payerBank, account: newcomer.account }),
      );
      await expectOutcome(system(), id, { state: "REJECTED", reason: "BE23" });
      expect(await payerBank.balance(payer.account)).equal(50_000n);
      expect(await payerBank.balance(newcomer.account)).equal(50_000n);
    });
  });
}

/** Starts a transfer, and does something to it once it waits for a function that stands still. */
async function whileStopped(
  { api, stack }: System,
  service: string,
  state: string,
  body: ReturnType<typeof transferBody>,
  meanwhile: () => Promise<void>,
): Promise<string> {
  const child = stack.children.get(service);
  child?.kill("SIGSTOP");
  try {
    const { id } = (await api.post(body)).body;
    await waitFor(`the transfer is ${state}`, async () => (await api.transfer(id)).state === state);
    await meanwhile();
    return id;
  } finally {
    child?.kill("SIGCONT");
  }
}
