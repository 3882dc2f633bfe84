import { type Static, Type } from "typebox";
import { VERDICTS } from "../../domain/reconciliation.js";
import { requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Meter } from "../http/rate-limit.js";
import { BankSchema, closed, problems, TIME } from "../http/schemas.js";
import { assertDay, DaySchema } from "./routes.js";

const Count = Type.Integer({ minimum: 0 });
const MinorUnits = Type.String({ description: "Minor units, a decimal string." });

const ReconciliationsSchema = Type.Object({
  day: DaySchema,
  reconciliations: Type.Array(
    Type.Object({
      bank: BankSchema,
      comparedAt: Type.String(TIME),
      counts: Type.Record(Type.String(), Count, { description: "How many postings have each verdict." }),
      differences: Type.Array(
        Type.Object({
          verdict: Type.Enum(VERDICTS),
          reference: Type.String({ description: "As the bank has it, or is expected to." }),
          currency: Type.String(),
          chainAmount: Type.Optional(MinorUnits),
          bankAmount: Type.Optional(MinorUnits),
          postings: Type.Integer({ minimum: 0, description: "How often the bank has it." }),
        }),
        { description: "At most 1000; `counts` has them all." },
      ),
    }),
  ),
  failures: Type.Array(
    Type.Object({
      bank: BankSchema,
      failedAt: Type.String(TIME),
      code: Type.String({ description: "An error code; the log has the rest." }),
    }),
    { description: "Banks whose statement of the day could not be compared the last time." },
  ),
});

/** What came of comparing the banks' statements of a day with the chain. */
export type ReconciliationsResource = Static<typeof ReconciliationsSchema>;

/** `GET /v1/reconciliations`. */
export function addReconciliationRoutes(app: ApiInstance, deps: ApiDeps, rules: { meter: Meter }): void {
  app.get(
    "/v1/reconciliations",
    {
      onRequest: [requireScope(deps, "stats:read"), rules.meter],
      schema: {
        operationId: "listReconciliations",
        summary: "What the banks' statements of a day and the chain agree on, and where they differ",
        description: "As the watcher found it last; it compares today's and yesterday's statements at regular times.",
        tags: ["operation"],
        security: [{ bearer: [] }],
        querystring: Type.Object({ day: DaySchema }, closed),
        response: { 200: ReconciliationsSchema, ...problems(400, 401, 403, 429, 500, 503) },
      },
    },
    async (request) => {
      const { day } = request.query;
      assertDay(day);
      const [found, failed] = await Promise.all([deps.books.reconciliations(day), deps.books.reconciliationFailures(day)]);
      return {
        day,
        reconciliations: found.map((one) => ({ ...one, comparedAt: one.comparedAt.toISOString() })),
        failures: failed.map((one) => ({ ...one, failedAt: one.failedAt.toISOString() })),
      };
    },
  );
}
