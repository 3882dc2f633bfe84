import { expect } from "chai";
import { DEMO_BANKS } from "../../../scripts/stack/demo-network.js";
import { evidenceHash } from "../../../src/domain/evidence.js";
import { postingReference } from "../../../src/domain/posting.js";
import { type System, transferBody } from "../../../tools/system/stack.js";

const AMOUNT_MINOR = 12_345n;

/** What goes right. */
export function describeCompletion(system: () => System): void {
  describe("a transfer", () => {
    it("completes: STARTED, PENDING, COMPLETED, and the money is at the other bank once", async () => {
      const { api, payerBank, payeeBank, postings } = system();
      const [payer, payee] = DEMO_BANKS;
      const balances = () => Promise.all([payerBank.balance(payer.account), payeeBank.balance(payee.account)]);
      const [payerBefore, payeeBefore] = await balances();

      const { status, headers, body } = await api.post(transferBody(payer, payee, AMOUNT_MINOR), { waitSeconds: 20 });

      expect(status).equal(200);
      expect(headers.get("preference-applied")).equal("wait=20");
      expect(body).deep.include({ state: "COMPLETED", final: true, payer: { bank: payer.id }, payee: { bank: payee.id } });
      expect((await api.events(body.id)).map(({ type, state }) => [type, state])).deep.equal([
        ["eventmachine.transfer.started", "STARTED"],
        ["eventmachine.transfer.pending", "PENDING"],
        ["eventmachine.transfer.completed", "COMPLETED"],
      ]);
      expect(await balances()).deep.equal([payerBefore - AMOUNT_MINOR, payeeBefore + AMOUNT_MINOR]);
      expect(await postings(body.id)).deep.equal({ debit: 1, credit: 1, refund: 0 });
    });

    it("leaves on the chain the SHA-256 of each bank's receipt", async () => {
      const { api, chain, newPayer, newPayee, payerBank, payeeBank } = system();
      const { body } = await api.post(transferBody(await newPayer(), await newPayee()), { waitSeconds: 20 });
      const debit = await payerBank.find(postingReference(body.id, "debit"));
      const credit = await payeeBank.find(postingReference(body.id, "credit"));

      const evidence = async (name: "TransferPending" | "TransferCompleted") => {
        const [log] = await chain.transfers.queryFilter(chain.transfers.filters[name](body.id));
        return log?.args.evidence;
      };

      expect(await evidence("TransferPending")).equal(evidenceHash(debit?.receipt ?? ""));
      expect(await evidence("TransferCompleted")).equal(evidenceHash(credit?.receipt ?? ""));
    });

    it("carries a message of 140 characters of four bytes", async () => {
      const { api, newPayer, newPayee } = system();
      const body = { ...transferBody(await newPayer(), await newPayee()), message: "💸".repeat(140) };
      expect((await api.post(body, { waitSeconds: 20 })).body.state).equal("COMPLETED");
    });
  });
}
