import { type BankApp, STATEMENT_ROUTE } from "./bank-app.js";
import { EntriesQuery, entryJson, StatementQuery } from "./bank-schemas.js";
import type { Ledger } from "./ledger.js";

const STATEMENT_PAGE = 1_000;

/** The ledger as an auditor reads it, and the bank's health. */
export function addLedgerRoutes(app: BankApp, { ledger }: { ledger: Ledger }): void {
  app.get("/v1/ledger/entries", { schema: { querystring: EntriesQuery } }, async ({ query }) => ({
    entries: ledger.entries(query).map(entryJson),
  }));

  app.get(STATEMENT_ROUTE, { schema: { querystring: StatementQuery } }, async ({ query }) => {
    const limit = query.limit ?? STATEMENT_PAGE;
    const entries = ledger.statement({ ...query, limit });
    const last = entries.length < limit ? undefined : entries.at(-1);
    return {
      lines: entries.map(({ postingId, reference, kind, amountMinor, currency, bookedAt }) => ({
        ...{ postingId, reference, kind, currency, bookedAt },
        amount: (amountMinor < 0n ? -amountMinor : amountMinor).toString(),
      })),
      ...(last !== undefined && { next: String(last.id) }),
    };
  });

  app.get("/v1/ledger/totals", async () => {
    const { currencies, ...counts } = ledger.totals();
    return {
      currencies: currencies.map(({ currency, allMinor, customersMinor, clearingMinor, equityMinor }) => ({
        currency,
        all: allMinor.toString(),
        customers: customersMinor.toString(),
        clearing: clearingMinor.toString(),
        equity: equityMinor.toString(),
      })),
      ...counts,
    };
  });

  app.get("/healthz", async () => {
    // A read of the file: a bank that cannot read its ledger is not healthy.
    ledger.find("healthz");
    return { status: "ok", bank: ledger.bank };
  });
}
