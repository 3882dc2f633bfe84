import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { problemType } from "../../../src/domain/app-error.js";
import type { Problem } from "../../../tools/system/api-client.js";
import { type System, transferBody } from "../../../tools/system/stack.js";
import { expectOutcome } from "../expect-outcome.js";

const AT_ONCE = 20;

/** One Idempotency-Key, one transfer. */
export function describeSameRequest(system: () => System): void {
  describe("the same request again", () => {
    it("is told of the same transfer, and money moves once", async () => {
      const { api, newPayer, newPayee, payerBank, payeeBank } = system();
      const [payer, payee] = [await newPayer(50_000n), await newPayee()];
      const key = randomUUID();
      const first = await api.post(transferBody(payer, payee), { key });
      const atOnce = await api.post(transferBody(payer, payee), { key });
      await expectOutcome(system(), first.body.id, { state: "COMPLETED" });
      const later = await api.post(transferBody(payer, payee), { key, waitSeconds: 20 });

      expect([first.status, atOnce.status, later.status]).deep.equal([202, 202, 200]);
      expect([first, atOnce, later].map(({ headers }) => headers.get("idempotent-replayed"))).deep.equal([null, "true", "true"]);
      const { id, acceptedAt, deadline, amount, links } = first.body;
      expect(atOnce.body).deep.include({ id, acceptedAt, deadline, amount, links });
      expect(later.body).deep.include({ id, acceptedAt, deadline, amount, links, state: "COMPLETED" });
      await expectOutcome(system(), id, { state: "COMPLETED" });
      expect(await payerBank.balance(payer.account)).equal(40_000n);
      expect(await payeeBank.balance(payee.account)).equal(10_000n);
    });

    it("with another body is refused, and told which field differs", async () => {
      const { api, newPayer, newPayee } = system();
      const [payer, payee, other] = [await newPayer(), await newPayee(), await newPayee()];
      const key = randomUUID();
      const deadline = new Date(Date.now() + 600_000).toISOString();
      const body = { ...transferBody(payer, payee), message: "rent", deadline };
      const { id } = (await api.post(body, { key })).body;

      const changed: [string, typeof body][] = [
        ["/payer/phone", { ...body, payer: { phone: other.phone } }],
        ["/payee/phone", { ...body, payee: { phone: other.phone } }],
        ["/amount/amount", { ...body, amount: { ...body.amount, amount: "10001" } }],
        ["/amount/currency", { ...body, amount: { ...body.amount, currency: "USD" } }],
        ["/message", { ...body, message: "Rent" }],
        ["/deadline", { ...body, deadline: new Date(Date.now() + 700_000).toISOString() }],
      ];
      for (const [field, differing] of changed) {
        const { status, body: problem } = await api.post<Problem>(differing, { key });
        expect({ status, type: problem.type, field: problem.field }).deep.equal({
          status: 422,
          type: problemType("idempotency-key-reused"),
          field,
        });
      }
      await expectOutcome(system(), id, { state: "COMPLETED" });
    });

    it(`${AT_ONCE} times at once is one transfer, and one debit`, async () => {
      const { api, newPayer, newPayee, payerBank } = system();
      const [payer, payee] = [await newPayer(50_000n), await newPayee()];
      const key = randomUUID();

      const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => api.post(transferBody(payer, payee), { key })));

      expect(answers.map(({ status }) => status)).deep.equal(Array.from({ length: AT_ONCE }, () => 202));
      const ids = new Set(answers.map(({ body }) => body.id));
      expect(ids.size).equal(1);
      expect(answers.filter(({ headers }) => !headers.has("idempotent-replayed"))).length(1);
      for (const id of ids) await expectOutcome(system(), id, { state: "COMPLETED" });
      expect(await payerBank.balance(payer.account)).equal(40_000n);
    });
  });
}
