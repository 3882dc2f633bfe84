import { AppError } from "../../domain/app-error.js";
import { BIC8_PATTERN } from "../../domain/ids.js";
import { requireScope } from "../auth/authentication.js";
import type { ApiDeps, BankView } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Cursors } from "../http/cursor.js";
import { BankListSchema, BankParamsSchema, BankResourceSchema } from "../http/list-schemas.js";
import { pageLimit, pageOf } from "../http/page.js";
import { CursorPageQuerySchema } from "../http/page-schemas.js";
import type { Meter } from "../http/rate-limit.js";
import { problems } from "../http/schemas.js";

/** `GET /v1/banks`, `GET /v1/banks/{bank}`: the members, for every caller with a key. */
export function addBankRoutes(app: ApiInstance, deps: ApiDeps, rules: { cursors: Cursors; meter: Meter }): void {
  const onRequest = [requireScope(deps), rules.meter];
  const resource = (bank: BankView) => ({ ...bank, registersHere: deps.banks.operates(bank.bank) });

  app.get(
    "/v1/banks",
    {
      onRequest,
      schema: {
        summary: "List the member banks, those that take no part any more among them",
        operationId: "listBanks",
        tags: ["banks"],
        security: [{ bearer: [] }],
        querystring: CursorPageQuerySchema,
        response: { 200: BankListSchema, ...problems(400, 401, 429, 500, 503) },
      },
    },
    async (request) => {
      const limit = pageLimit(request.query.limit);
      const [after] = request.query.cursor === undefined ? [] : rules.cursors.read("banks", request.query.cursor);
      const { page, last } = pageOf(await deps.banks.list({ ...(after !== undefined && { after }), limit: limit + 1 }), limit);
      return { banks: page.map(resource), ...(last && { next: rules.cursors.write("banks", [last.bank]) }) };
    },
  );

  app.get(
    "/v1/banks/:bank",
    {
      onRequest,
      schema: {
        summary: "Read a member bank",
        operationId: "getBank",
        tags: ["banks"],
        security: [{ bearer: [] }],
        params: BankParamsSchema,
        response: { 200: BankResourceSchema, ...problems(401, 404, 429, 500, 503) },
      },
    },
    async (request) => {
      const { bank } = request.params;
      const found = BIC8_PATTERN.test(bank) ? await deps.banks.find(bank) : undefined;
      if (found === undefined) throw new AppError("not-found", "There is no such bank.");
      return resource(found);
    },
  );
}
