import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { Wallet } from "ethers";
import { DEMO_ORGANISATION } from "../../../scripts/stack/demo-network.js";
import { bankIdToBytes, organisationToBytes } from "../../../src/domain/ids.js";
import { postingReference } from "../../../src/domain/posting.js";
import { stateNumber } from "../../../src/domain/transfer-state.js";
import { type System, transferBody } from "../../../tools/system/stack.js";
import { waitFor } from "../../../tools/system/wait-for.js";
import { expectOutcome } from "../expect-outcome.js";

/** What banks, and their word on the chain, refuse. */
export function describeRefusals(system: () => System): void {
  describe("a refusal", () => {
    it("for insufficient funds is REJECTED with AM04, moves nothing, and a top-up does not change it", async () => {
      const { api, newPayer, newPayee, payerBank, payeeBank } = system();
      const [payer, payee] = [await newPayer(9_999n), await newPayee()];
      const key = randomUUID();
      const { id } = (await api.post(transferBody(payer, payee), { key })).body;
      await expectOutcome(system(), id, { state: "REJECTED", reason: "AM04" });

      await payerBank.deposit(payer.account, `top-up-${key}`, 50_000n);
      const again = await api.post(transferBody(payer, payee), { key, waitSeconds: 20 });

      expect(again.body).deep.include({ id, state: "REJECTED", reason: "AM04" });
      await expectOutcome(system(), id, { state: "REJECTED", reason: "AM04" });
      expect(await payerBank.balance(payer.account)).equal(59_999n);
      expect(await payeeBank.balance(payee.account)).equal(0n);
    });

    it("of a closed payee's account is REVERSED with AC04, and the payer has the money back once", async () => {
      const { api, newPayer, newPayee, payerBank, payeeBank } = system();
      const [payer, payee] = [await newPayer(50_000n), await newPayee()];
      await payeeBank.closeAccount(payee.account);
      const { id } = (await api.post(transferBody(payer, payee))).body;

      await expectOutcome(system(), id, { state: "REVERSED", reason: "AC04" });

      expect((await api.events(id)).map(({ state }) => state)).deep.equal(["STARTED", "PENDING", "REVERSING", "REVERSED"]);
      expect(await payerBank.balance(payer.account)).equal(50_000n);
      expect(await payeeBank.balance(payee.account)).equal(0n);
    });

    it("of the refund too, both accounts being closed, is SUSPENDED with the bank's reason: nothing is lost", async () => {
      const { api, newPayer, newPayee, payerBank, payeeBank, postings } = system();
      const [payer, payee] = [await newPayer(50_000n), await newPayee()];
      await payeeBank.closeAccount(payee.account);
      await payeeBank.setFaults({ kind: "credit", holdBeforeCommit: true });
      const { id } = (await api.post(transferBody(payer, payee))).body;
      await waitFor("the payer is debited", async () => (await api.transfer(id)).state === "PENDING");
      await payerBank.closeAccount(payer.account);
      await payeeBank.setFaults({});

      const suspended = await waitFor("it is suspended", async () => {
        const transfer = await api.transfer(id);
        return transfer.state === "SUSPENDED" && transfer;
      });

      expect(suspended).deep.include({ final: false, suspendedFrom: "REVERSING", reason: "AC04" });
      expect(await postings(id)).deep.equal({ debit: 1, credit: 0, refund: 0 });
      expect(await payerBank.balance(payer.account)).equal(40_000n);
    });

    it("of an organisation that the payer's bank has dismissed keeps the transfer off the chain, until it is admitted again", async () => {
      const { api, chain, newPayer, newPayee, payerBank, secretsOf } = system();
      const [payer, payee] = [await newPayer(50_000n), await newPayee()];
      const bankRepo = chain.banks.connect(new Wallet(secretsOf(payerBank).adminKey, chain.provider));
      const [bank, organisation] = [bankIdToBytes(payerBank.id), organisationToBytes(DEMO_ORGANISATION)];
      await (await bankRepo.dismissOrganisation(bank, organisation)).wait();

      const refused = await api.post(transferBody(payer, payee));
      expect(refused.status).equal(202);
      const { id } = refused.body;
      const rejected = await expectOutcome(system(), id, { state: "REJECTED" });
      expect(rejected.cause).equal("organisation-not-admitted");
      expect(Number((await chain.transfers.get(id)).phase)).equal(stateNumber("NONE"));
      expect(await chain.transfers.isKnown(id)).equal(false);
      expect(await payerBank.find(postingReference(id, "debit"))).equal(undefined);
      expect(await payerBank.balance(payer.account)).equal(50_000n);

      await (await bankRepo.admitOrganisation(bank, organisation)).wait();
      const admitted = await api.post(transferBody(payer, payee), { waitSeconds: 20 });
      expect(admitted.body.state).equal("COMPLETED");
      expect((await api.transfer(id)).state).equal("REJECTED");
    });
  });
}
