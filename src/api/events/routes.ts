import type { Principal } from "../../domain/principal.js";
import type { EventFilter } from "../../domain/stored-event.js";
import { principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import { EventListSchema, EventQuerySchema, type EventQueryString } from "../http/list-schemas.js";
import { pageLimit } from "../http/page.js";
import type { Meter } from "../http/rate-limit.js";
import { problems } from "../http/schemas.js";
import { logEventResource } from "./resource.js";

/** `GET /v1/events`: what is final, in the order of the chain. */
export function addEventRoutes(app: ApiInstance, deps: ApiDeps, rules: { meter: Meter }): void {
  app.get(
    "/v1/events",
    {
      onRequest: [requireScope(deps, "transfers:read", "transfers:read-any"), rules.meter],
      schema: {
        summary: "Read events, in the order of the chain",
        description:
          "Events that are final, of the caller's own transfers; with the scope `transfers:read-any`, of everybody's. Go on with `next` as `after`.",
        operationId: "listEvents",
        tags: ["events"],
        security: [{ bearer: [] }],
        querystring: EventQuerySchema,
        response: { 200: EventListSchema, ...problems(400, 401, 403, 429, 500, 503) },
      },
    },
    async (request) => {
      const filter = toEventFilter(principalOf(request), request.query);
      const { after = "0", limit } = request.query;
      const page = await deps.events.read({ ...filter, after: BigInt(after), limit: pageLimit(limit) });
      return {
        events: page.events.map((event) => logEventResource(event, deps.network.chainId)),
        next: page.next.toString(),
        final: page.final.toString(),
      };
    },
  );
}

/** What a caller asks of the events, and may see. */
export function toEventFilter(
  principal: Principal,
  { type, bank, transfer }: Pick<EventQueryString, "type" | "bank" | "transfer">,
): EventFilter {
  return {
    ...(!principal.scopes.includes("transfers:read-any") && { principal: principal.id }),
    ...(type !== undefined && { type }),
    ...(bank !== undefined && { bank }),
    ...(transfer !== undefined && { transfer }),
  };
}
