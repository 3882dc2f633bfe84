import { AppError } from "../../domain/app-error.js";
import type { BankApp } from "./bank-app.js";
import { AccountsQuery, accountJson, DepositBody, NumberParams, outcomeJson, SeedBody, StatusBody } from "./bank-schemas.js";
import type { GroupCommit } from "./group-commit.js";
import type { Ledger } from "./ledger.js";

/** Setting up and looking at accounts: for operators, demos and tests. */
export function addAccountRoutes(app: BankApp, { ledger, groupCommit }: { ledger: Ledger; groupCommit: GroupCommit }): void {
  app.get("/v1/accounts", { schema: { querystring: AccountsQuery } }, async ({ query }) => ({
    accounts: ledger.accounts(query).map(accountJson),
  }));

  app.get("/v1/accounts/:number", { schema: { params: NumberParams } }, async ({ params: { number } }) => {
    const account = ledger.account(number);
    if (account === undefined) throw new AppError("not-found", "There is no such account");
    return accountJson(account);
  });

  app.put("/v1/accounts/:number", { schema: { params: NumberParams, body: SeedBody } }, async ({ params: { number }, body }) => {
    const { currency, openingBalance, status = "open" } = body;
    return accountJson(ledger.seedAccount({ number, currency, openingMinor: BigInt(openingBalance), status }));
  });

  app.patch(
    "/v1/accounts/:number",
    { schema: { params: NumberParams, body: StatusBody } },
    async ({ params: { number }, body }) => accountJson(ledger.setAccountStatus(number, body.status)),
  );

  const deposit = { schema: { params: NumberParams, body: DepositBody } };
  app.post("/v1/accounts/:number/deposits", deposit, async ({ params: { number: account }, body }) => {
    const { reference, amount, currency } = body;
    const outcomes = await groupCommit.post([{ kind: "deposit", reference, account, amountMinor: BigInt(amount), currency }]);
    return outcomes.map(outcomeJson)[0];
  });
}
