import { transferBody } from "../../tools/system/stack.js";
import { waitFor } from "../../tools/system/wait-for.js";
import type { Running } from "./dashboard-page.js";

/** A transfer whose refund is refused too: both accounts are closed meanwhile. */
export async function suspend({ system }: Pick<Running, "system">): Promise<string> {
  const { api, newPayer, newPayee, payerBank, payeeBank } = system;
  const [payer, payee] = [await newPayer(50_000n), await newPayee()];
  await payeeBank.closeAccount(payee.account);
  await payeeBank.setFaults({ kind: "credit", holdBeforeCommit: true });
  const { id } = (await api.post(transferBody(payer, payee))).body;
  await waitFor("the payer is debited", async () => (await api.transfer(id)).state === "PENDING");
  await payerBank.closeAccount(payer.account);
  await payeeBank.setFaults({});
  await waitFor("it is suspended", async () => (await api.transfer(id)).state === "SUSPENDED");
  return id;
}
