import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { Webhook } from "standardwebhooks";
import { postingReference } from "../../../src/domain/posting.js";
import { type System, transferBody } from "../../../tools/system/stack.js";
import { waitFor } from "../../../tools/system/wait-for.js";
import { type Caught, catchDeliveries } from "../delivery-catcher.js";
import { expectOutcome } from "../expect-outcome.js";
import { deliver } from "../signed-delivery.js";

const SIX_MINUTES_MS = 360_000;
const STARTED = "eventmachine.transfer.started";
const PENDING = "eventmachine.transfer.pending";

/** How functions are woken, and by whom they are not. */
export function describeDeliveries(system: () => System): void {
  describe("a delivery", () => {
    it("is a signed batch of CloudEvents, and comes again, the same, until the function takes it", async () => {
      const { api, chain, functionUrl, kill, newPayer, newPayee, payeeBank, secretsOf, stack } = system();
      const [payer, payee] = [await newPayer(), await newPayee()];
      await kill("whsk-credit");
      const catcher = await catchDeliveries(Number(new URL(functionUrl(payeeBank, "credit")).port));
      const { id } = (await api.post(transferBody(payer, payee))).body;
      await waitFor("a second try of the delivery", () => catcher.caught.length >= 2);
      await catcher.stop();
      await stack.restart("whsk-credit");
      await expectOutcome(system(), id, { state: "COMPLETED" });

      const [first, second] = catcher.caught as [Caught, Caught];
      const { webhookSecret } = secretsOf(payeeBank).functions.credit;
      const [event] = new Webhook(webhookSecret).verify(first.body, first.headers as Record<string, string>) as [
        Record<string, unknown>,
      ];
      const pending = (await api.events(id)).find(({ state }) => state === "PENDING");
      expect(first.headers["content-type"]).equal("application/cloudevents-batch+json; charset=utf-8");
      expect(event).deep.include({
        specversion: "1.0",
        id: `${chain.deployment.chainId}-${pending?.blockHash}-${pending?.logIndex}`,
        source: `/chains/${chain.deployment.chainId}/contracts/${chain.deployment.contracts.transferStateRepo.toLowerCase()}`,
        type: PENDING,
        subject: id,
        sequence: pending?.sequence,
      });
      expect([second.body, second.headers["webhook-id"]]).deep.equal([first.body, first.headers["webhook-id"]]);
    });

    it("without a signature, with another's, with a stale one or over another body is refused", async () => {
      const { api, functionUrl, newPayer, newPayee, payerBank, payeeBank, secretsOf } = system();
      const { id } = (await api.post(transferBody(await newPayer(), await newPayee()), { waitSeconds: 20 })).body;
      const url = functionUrl(payerBank, "debit");
      const secret = secretsOf(payerBank).functions.debit.webhookSecret;
      const another = secretsOf(payeeBank).functions.debit.webhookSecret;
      const event = { type: STARTED, transferId: id };

      const answers = await Promise.all([
        deliver(system(), url, event),
        deliver(system(), url, { ...event, secret: another }),
        deliver(system(), url, { ...event, secret, signedAt: new Date(Date.now() - SIX_MINUTES_MS) }),
        deliver(system(), url, { ...event, secret, signedAt: new Date(Date.now() + SIX_MINUTES_MS) }),
        deliver(system(), url, { ...event, secret, bodyInstead: "[]" }),
      ]);

      expect(answers.map(({ status }) => status)).deep.equal([401, 401, 401, 401, 401]);
      expect((await deliver(system(), url, { ...event, secret })).status).equal(200);
    });

    it("rightly signed, of a transfer that the chain does not know, posts nothing", async () => {
      const { functionUrl, payerBank, payeeBank, secretsOf } = system();
      const id = `0x${randomBytes(32).toString("hex")}`;
      for (const [bank, kind, type] of [
        [payerBank, "debit", STARTED],
        [payeeBank, "credit", PENDING],
        [payerBank, "refund", "eventmachine.transfer.reversing"],
      ] as const) {
        const secret = secretsOf(bank).functions[kind].webhookSecret;
        const answer = await deliver(system(), functionUrl(bank, kind), { type, transferId: id, secret });
        expect(answer).deep.equal({ status: 200, failed: [] });
        expect(await bank.find(postingReference(id, kind))).equal(undefined);
      }
    });

    it("rightly signed, of a transfer that has moved on, posts nothing", async () => {
      const { api, functionUrl, newPayer, newPayee, payerBank, payeeBank, postings, secretsOf } = system();
      const { id } = (await api.post(transferBody(await newPayer(), await newPayee()), { waitSeconds: 20 })).body;
      for (const [bank, kind, type] of [
        [payerBank, "debit", STARTED],
        [payeeBank, "credit", PENDING],
        [payerBank, "refund", "eventmachine.transfer.reversing"],
      ] as const) {
        const secret = secretsOf(bank).functions[kind].webhookSecret;
        const answer = await deliver(system(), functionUrl(bank, kind), { type, transferId: id, secret });
        expect(answer).deep.equal({ status: 200, failed: [] });
      }
      expect(await postings(id)).deep.equal({ debit: 1, credit: 1, refund: 0 });
      expect(await payerBank.find(postingReference(id, "refund"))).equal(undefined);
    });

    it("rightly signed, that claims the payer was debited when the chain does not say so, credits nobody", async () => {
      const { api, functionUrl, newPayer, newPayee, payerBank, payeeBank, secretsOf } = system();
      const [payer, payee] = [await newPayer(), await newPayee()];
      await payerBank.setFaults({ kind: "debit", holdBeforeCommit: true });
      const { id } = (await api.post(transferBody(payer, payee))).body;
      await waitFor("the chain has the start", async () => (await api.transfer(id)).state === "STARTED");

      const secret = secretsOf(payeeBank).functions.credit.webhookSecret;
      const answer = await deliver(system(), functionUrl(payeeBank, "credit"), { type: PENDING, transferId: id, secret });

      expect(answer).deep.equal({ status: 200, failed: [] });
      expect(await payeeBank.find(postingReference(id, "credit"))).equal(undefined);
      await payerBank.setFaults({});
      await expectOutcome(system(), id, { state: "COMPLETED" });
    });
  });
}
