import { postingReference } from "../domain/posting.js";
import { type Leg, reportAs } from "./leg.js";
import { postedReference } from "./resumed-postings.js";

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
    const reference = postingReference(transfer.id, "refund", transfer.resumptions);
    const { amountMinor, currency } = transfer;
    const refundOf = await postedReference(bank, transfer, { kind: "debit", amountMinor, currency: currency.code });
    return report(transfer, await bank.post({ kind: "refund", reference, refundOf, amountMinor, currency: currency.code }));
  },
};
