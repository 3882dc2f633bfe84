import type { FastifyBaseLogger } from "fastify";
import { addAccountRoutes } from "./account-routes.js";
import { type BankApp, createBankApp } from "./bank-app.js";
import { createBankFaults } from "./bank-faults.js";
import { FaultsBody } from "./bank-schemas.js";
import { createGroupCommit } from "./group-commit.js";
import type { Ledger } from "./ledger.js";
import { addLedgerRoutes } from "./ledger-routes.js";
import { addPostingRoutes } from "./posting-routes.js";

/**
 * Builds a bank's HTTP server; the caller listens, and closes the ledger after the server.
 *
 * @param options.token bearer token that every route but `/healthz` asks for
 * @param options.statementToken a token that reads statements and does nothing else
 * @param options.faultsEnabled whether `/v1/faults` exists, by which anyone with the token makes the bank misbehave
 * @param options.commitWindowMs how long a posting waits for others to share its commit; 0 takes those of the same turn
 */
export function createBankServer(options: {
  ledger: Ledger;
  token: string;
  statementToken?: string | undefined;
  logger: FastifyBaseLogger;
  faultsEnabled?: boolean;
  commitWindowMs?: number;
}): BankApp {
  const { ledger, token, statementToken, logger, faultsEnabled = false, commitWindowMs = 2 } = options;
  const app = createBankApp({ token, statementToken, logger });
  const faults = createBankFaults();
  const groupCommit = createGroupCommit(ledger, { windowMs: commitWindowMs });
  addPostingRoutes(app, { ledger, groupCommit, faults });
  addAccountRoutes(app, { ledger, groupCommit });
  addLedgerRoutes(app, { ledger });
  // Whoever is held must be let go, or closing would wait for them.
  app.addHook("preClose", async () => faults.replace({}));
  if (!faultsEnabled) return app;

  app.get("/v1/faults", async () => faults.settings());
  app.put("/v1/faults", { schema: { body: FaultsBody } }, async ({ body }) => {
    faults.replace(body);
    return faults.settings();
  });
  app.delete("/v1/faults", async (_request, reply) => {
    faults.replace({});
    return reply.code(204).send();
  });
  return app;
}
