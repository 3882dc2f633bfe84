import { postingReference } from "../domain/posting.js";
import { type Leg, reportAs } from "./leg.js";

// A refused refund is for people to look at: the payer's money is owed whatever happens.
const report = reportAs("REVERSED", "SUSPENDED");

/** REVERSING: gives the money back to the account it was taken from. */
export const refund: Leg = {
  kind: "refund",
  side: "payer",
  state: "REVERSING",
  needsAccount: false,
  report,
  async handle(transfer, { bank }) {
    const reference = postingReference(transfer.id, "refund");
    const refundOf = postingReference(transfer.id, "debit");
    const { amountMinor, currency } = transfer;
    return report(transfer.id, await bank.post({ kind: "refund", reference, refundOf, amountMinor, currency: currency.code }));
  },
};
