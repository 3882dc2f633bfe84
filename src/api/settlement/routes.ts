import { type Static, Type } from "typebox";
import { AppError } from "../../domain/app-error.js";
import { requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Meter } from "../http/rate-limit.js";
import { BankSchema, closed, MoneySchema, problems } from "../http/schemas.js";

export const DaySchema = Type.String({
  pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
  description: "A day by UTC, YYYY-MM-DD.",
  examples: ["2026-11-21"],
});

const PositionsQuerySchema = Type.Object({ day: DaySchema }, closed);

const PositionsSchema = Type.Object({
  day: DaySchema,
  positions: Type.Array(
    Type.Object({
      payer: Type.Object({ bank: BankSchema }),
      payee: Type.Object({ bank: BankSchema }),
      amount: MoneySchema,
      transfers: Type.Integer({ minimum: 1, description: "How many were completed." }),
    }),
  ),
});

/** What banks owe each other from the transfers that were completed on a day. */
export type PositionsResource = Static<typeof PositionsSchema>;

/** `GET /v1/positions`. */
export function addSettlementRoutes(app: ApiInstance, deps: ApiDeps, rules: { meter: Meter }): void {
  app.get(
    "/v1/positions",
    {
      onRequest: [requireScope(deps, "stats:read"), rules.meter],
      schema: {
        operationId: "getPositions",
        summary: "What the payers' banks owe the payees' banks from the transfers that were completed on a day",
        description: "By block time, for each pair of banks and currency; gross, so both directions are named.",
        tags: ["operation"],
        security: [{ bearer: [] }],
        querystring: PositionsQuerySchema,
        response: { 200: PositionsSchema, ...problems(400, 401, 403, 429, 500, 503) },
      },
    },
    async (request) => {
      const { day } = request.query;
      assertDay(day);
      const positions = await deps.books.positions(day);
      return {
        day,
        positions: positions.map(({ payerBank, payeeBank, currency, amountMinor, transfers }) => ({
          payer: { bank: payerBank },
          payee: { bank: payeeBank },
          amount: { amount: amountMinor.toString(), currency },
          transfers,
        })),
      };
    },
  );
}

/** @throws AppError `invalid-request` for a day that no calendar has */
export function assertDay(day: string): void {
  const time = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(time.getTime()) || time.toISOString().slice(0, 10) !== day || day < "1970-01-01") {
    throw new AppError("invalid-request", "Give a day of the calendar as YYYY-MM-DD.", { details: { field: "/day" } });
  }
}
