import { postingReference } from "../domain/posting.js";
import { type Leg, reportAs } from "./leg.js";

const report = reportAs("PENDING", "REJECTED");

/** STARTED: takes the money from the payer. A no is the bank's, or made definite by closing the reference. */
export const debit: Leg = {
  kind: "debit",
  side: "payer",
  state: "STARTED",
  needsAccount: true,
  report,
  async handle(transfer, { bank }) {
    const reference = postingReference(transfer.id, "debit", transfer.resumptions);
    const { amountMinor, currency } = transfer;
    const expected = { kind: "debit", amountMinor, currency: currency.code } as const;
    // An earlier try may have posted: closing answers what the bank answered first, whatever we think now.
    if (transfer.overdue) return report(transfer, await bank.close(reference, "AB06", expected));
    const account = await transfer.account();
    if (account === undefined) return report(transfer, await bank.close(reference, "BE23", expected));
    return report(transfer, await bank.post({ kind: "debit", reference, account, amountMinor, currency: currency.code }));
  },
};
