import { AppError } from "../domain/app-error.js";
import { postingReference } from "../domain/posting.js";
import { type Leg, type LegTransfer, reportAs } from "./leg.js";

const report = reportAs("COMPLETED", "REVERSING");

/** PENDING: gives the money to the payee. The payer is debited, so a deadline no longer ends it. */
export const credit: Leg = {
  kind: "credit",
  side: "payee",
  state: "PENDING",
  needsAccount: true,
  report,
  async handle(transfer, { bank }) {
    const reference = postingReference(transfer.id, "credit", transfer.resumptions);
    const account = await openAccount(transfer);
    if (account === "unreadable")
      return { transferId: transfer.id, to: "SUSPENDED", reason: "MS03", resumptions: transfer.resumptions };
    // An earlier try may have posted: closing answers what the bank answered first, whatever we think now.
    const { amountMinor, currency } = transfer;
    const expected = { kind: "credit", amountMinor, currency: currency.code } as const;
    if (account === undefined) return report(transfer, await bank.close(reference, "BE23", expected));
    return report(
      transfer,
      await bank.post({ kind: "credit", reference, account: account.number, amountMinor, currency: currency.code }),
    );
  },
};

/** What cannot be opened is tried again until the deadline; then people must find the key. It is never a no. */
async function openAccount(transfer: LegTransfer): Promise<{ number: string } | "unreadable" | undefined> {
  try {
    const number = await transfer.account();
    return number === undefined ? undefined : { number };
  } catch (error) {
    if (error instanceof AppError && error.code === "cannot-open" && transfer.overdue) return "unreadable";
    throw error;
  }
}
