import type { RefusalView } from "../../domain/transfer-record.js";
import { principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import { pageLimit, pageOf } from "../http/page.js";
import { SequencePageQuerySchema } from "../http/page-schemas.js";
import type { Meter } from "../http/rate-limit.js";
import { problems, TransferParamsSchema } from "../http/schemas.js";
import { findTransfer } from "./find-transfer.js";
import { RefusalListSchema, type RefusalResource, TransferEventsSchema } from "./history-schemas.js";
import { eventResource } from "./resource.js";

/** `GET /v1/transfers/{id}/events`, `GET /v1/transfers/{id}/refusals`. */
export function addTransferHistoryRoutes(
  app: ApiInstance,
  deps: Pick<ApiDeps, "transfers" | "authenticate" | "sessions">,
  rules: { meter: Meter },
): void {
  const onRequest = [requireScope(deps, "transfers:read", "transfers:read-any"), rules.meter];
  const common = { tags: ["transfers"], security: [{ bearer: [] }], params: TransferParamsSchema };

  app.get(
    "/v1/transfers/:id/events",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Read a transfer's events, in the order of the chain",
        operationId: "listTransferEvents",
        querystring: SequencePageQuerySchema,
        response: { 200: TransferEventsSchema, ...problems(400, 401, 403, 404, 429, 500, 503) },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { after = "0", limit } = request.query;
      await findTransfer(deps, principalOf(request), id);
      request.transferId = id;
      const found = await deps.transfers.events(id, { after: BigInt(after), limit: pageLimit(limit) + 1 });
      const { page, last } = pageOf(found, pageLimit(limit));
      return { transfer: id, events: page.map(eventResource), ...(last && { next: last.sequence.toString() }) };
    },
  );

  app.get(
    "/v1/transfers/:id/refusals",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Read which reports about a transfer the contract refused, in the order of the chain",
        description:
          "A refusal changes nothing, and any member's key can cause one: it is no event of the transfer. The first 20 of each cause are kept.",
        operationId: "listTransferRefusals",
        querystring: SequencePageQuerySchema,
        response: { 200: RefusalListSchema, ...problems(400, 401, 403, 404, 429, 500, 503) },
      },
    },
    async (request) => {
      const { id } = request.params;
      const { after = "0", limit } = request.query;
      await findTransfer(deps, principalOf(request), id);
      request.transferId = id;
      const found = await deps.transfers.refusals(id, { after: BigInt(after), limit: pageLimit(limit) + 1 });
      const { page, last } = pageOf(found, pageLimit(limit));
      return { transfer: id, refusals: page.map(refusalResource), ...(last && { next: last.sequence.toString() }) };
    },
  );
}

function refusalResource(refusal: RefusalView): RefusalResource {
  const { current, to, cause, transactionHash, logIndex, blockHash } = refusal;
  return {
    sequence: refusal.sequence.toString(),
    ...{ current, to, cause },
    time: refusal.blockTime.toISOString(),
    observedAt: refusal.observedAt.toISOString(),
    blockNumber: refusal.blockNumber.toString(),
    ...{ blockHash, transactionHash, logIndex },
  };
}
