import type { Static } from "typebox";
import type { Principal } from "../../domain/principal.js";
import type { ListedTransfer, TransferListQuery } from "../../domain/transfer-record.js";
import { principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Cursors } from "../http/cursor.js";
import { TransferListSchema, TransferQuerySchema } from "../http/list-schemas.js";
import { pageLimit, pageOf } from "../http/page.js";
import type { Meter } from "../http/rate-limit.js";
import { parseTimeMs } from "../http/rfc3339.js";
import { problems } from "../http/schemas.js";
import { type KnownTransfer, transferResource } from "./resource.js";

type QueryString = Static<typeof TransferQuerySchema>;

/** `GET /v1/transfers`: the caller's own, or with `transfers:read-any` everybody's, newest first. */
export function addTransferListRoute(app: ApiInstance, deps: ApiDeps, rules: { cursors: Cursors; meter: Meter }): void {
  app.get(
    "/v1/transfers",
    {
      onRequest: [requireScope(deps, "transfers:read", "transfers:read-any"), rules.meter],
      schema: {
        summary: "List transfers, newest first",
        description: "The caller's own; with the scope `transfers:read-any`, everybody's.",
        operationId: "listTransfers",
        tags: ["transfers"],
        security: [{ bearer: [] }],
        querystring: TransferQuerySchema,
        response: { 200: TransferListSchema, ...problems(400, 401, 403, 429, 500, 503) },
      },
    },
    async (request) => {
      const limit = pageLimit(request.query.limit);
      const scope = scopeOf(principalOf(request), request.query);
      const query = toQuery(principalOf(request), request.query);
      const before = request.query.cursor === undefined ? undefined : positionOf(rules.cursors.read(scope, request.query.cursor));
      // One more than asked for, to know whether another page follows.
      const found = await deps.transfers.list({ ...query, ...(before && { before }), limit: limit + 1 });
      const { page, last } = pageOf(found, limit);
      return {
        transfers: page.map((listed) => transferResource(known(listed))),
        ...(last && { next: rules.cursors.write(scope, [last.position.at.toISOString(), last.position.id]) }),
      };
    },
  );
}

function toQuery(principal: Principal, given: QueryString): Omit<TransferListQuery, "limit"> {
  const { state, bank, id, from, to } = given;
  return {
    ...(!principal.scopes.includes("transfers:read-any") && { principal: principal.id }),
    ...(state !== undefined && { state }),
    ...(bank !== undefined && { bank }),
    ...(id !== undefined && { idPrefix: id }),
    ...(from !== undefined && { from: new Date(parseTimeMs(from, "`from`")) }),
    ...(to !== undefined && { to: new Date(parseTimeMs(to, "`to`")) }),
  };
}

/** Whose list it is, and of what: another principal's cursor is no cursor here. */
function scopeOf(principal: Principal, { state, bank, id, from, to }: QueryString): unknown {
  return ["transfers", principal.id, state ?? null, bank ?? null, id ?? null, from ?? null, to ?? null];
}

function positionOf([at = "", id = ""]: readonly string[]): { at: Date; id: string } {
  return { at: new Date(at), id };
}

function known({ entry, view, earlierChain }: ListedTransfer): KnownTransfer {
  const rest = earlierChain === undefined ? {} : { earlierChain };
  if (view !== undefined) return entry === undefined ? { view, ...rest } : { entry, view, ...rest };
  if (entry === undefined) throw new RangeError("A listed transfer is known to the journal or to the chain.");
  return { entry, ...rest };
}
