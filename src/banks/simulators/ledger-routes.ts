import type { BankApp } from "./bank-app.js";
import { EntriesQuery, entryJson } from "./bank-schemas.js";
import type { Ledger } from "./ledger.js";

/** The ledger as an auditor reads it, and the bank's health. */
export function addLedgerRoutes(app: BankApp, { ledger }: { ledger: Ledger }): void {
  app.get("/v1/ledger/entries", { schema: { querystring: EntriesQuery } }, async ({ query }) => ({
    entries: ledger.entries(query).map(entryJson),
  }));

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
