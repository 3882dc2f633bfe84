import { Type } from "typebox";
import { AppError } from "../../domain/app-error.js";
import { principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Cursors } from "../http/cursor.js";
import { pageLimit, pageOf } from "../http/page.js";
import type { Meter } from "../http/rate-limit.js";
import { problems, TransferParamsSchema } from "../http/schemas.js";
import { addOutcomeRoutes } from "./outcome-routes.js";
import { findSuspended, suspendedResources, visibleBank } from "./resource.js";
import {
  ConfirmationBodySchema,
  ProposalBodySchema,
  ResolutionSchema,
  SuspendedListSchema,
  SuspendedQuerySchema,
  SuspendedTransferSchema,
} from "./schemas.js";

const COMMON = { tags: ["suspended transfers"], security: [{ bearer: [] }] };

/**
 * `/v1/suspended-transfers`: what waits for people. Two arbiters let a transfer go on, one proposing and another confirming; which
 * principal signs with which arbiter's key is configured. Or two people of the open leg's bank report its outcome.
 */
export function addSuspendedTransferRoutes(app: ApiInstance, deps: ApiDeps, rules: { cursors: Cursors; meter: Meter }): void {
  const onRequest = [requireScope(deps, "transfers:resolve", "transfers:report-outcome", "transfers:read-any"), rules.meter];

  app.get(
    "/v1/suspended-transfers",
    {
      onRequest,
      schema: {
        ...COMMON,
        summary: "List suspended transfers, the newest first, with what is proposed for them",
        operationId: "listSuspendedTransfers",
        querystring: SuspendedQuerySchema,
        response: { 200: SuspendedListSchema, ...problems(400, 401, 403, 429, 500, 503) },
      },
    },
    async (request) => {
      const { cursor } = request.query;
      const bank = await bankOfQuery(deps, request);
      const limit = pageLimit(request.query.limit);
      const scope = ["suspended-transfers", principalOf(request).id, bank ?? null];
      const [at = "", id = ""] = cursor === undefined ? [] : rules.cursors.read(scope, cursor);
      const found = await deps.transfers.list({
        ...{ state: "SUSPENDED", limit: limit + 1 },
        ...(bank !== undefined && { bank }),
        ...(cursor !== undefined && { before: { at: new Date(at), id } }),
      });
      const { page, last } = pageOf(found, limit);
      return {
        suspendedTransfers: await suspendedResources(
          deps,
          page.flatMap(({ view }) => (view === undefined ? [] : [view])),
        ),
        ...(last && { next: rules.cursors.write(scope, [last.position.at.toISOString(), last.position.id]) }),
      };
    },
  );

  app.get(
    "/v1/suspended-transfers/:id",
    {
      onRequest,
      schema: {
        ...COMMON,
        summary: "Read a suspended transfer, and what is proposed for it",
        operationId: "getSuspendedTransfer",
        params: TransferParamsSchema,
        response: { 200: SuspendedTransferSchema, ...problems(401, 403, 404, 429, 500, 503) },
      },
    },
    async (request) => {
      const { id } = request.params;
      const [resource] = await suspendedResources(deps, [await findSuspended(deps, principalOf(request), id)]);
      request.transferId = id;
      if (resource === undefined) throw new RangeError("One was asked for.");
      return resource;
    },
  );

  addResolutionRoutes(app, deps, rules);
  addOutcomeRoutes(app, deps, rules);
}

/** The bank that a list is asked for; for a person who sees one bank's transfers only, that bank. */
async function bankOfQuery(
  deps: ApiDeps,
  request: Parameters<typeof principalOf>[0] & { query: { bank?: string } },
): Promise<string | undefined> {
  const { bank } = request.query;
  const visible = await visibleBank(deps, principalOf(request));
  if (visible !== undefined && bank !== undefined && bank !== visible) {
    throw new AppError("forbidden", `This principal reports outcomes for ${visible} and sees its transfers only.`);
  }
  return visible ?? bank;
}

function addResolutionRoutes(app: ApiInstance, deps: ApiDeps, rules: { meter: Meter }): void {
  const onRequest = [requireScope(deps, "transfers:resolve"), rules.meter];
  const common = { ...COMMON, params: TransferParamsSchema };

  app.post(
    "/v1/suspended-transfers/:id/resolution",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Propose, as an arbiter, how a suspended transfer is to go on",
        operationId: "proposeResolution",
        body: ProposalBodySchema,
        response: { 201: ResolutionSchema, ...problems(400, 401, 403, 404, 409, 413, 415, 429, 500, 503) },
      },
    },
    async (request, reply) => {
      const { to, reason } = request.body;
      const { id } = await findSuspended(deps, principalOf(request), request.params.id);
      request.transferId = id;
      const what = { method: "propose", transferId: id, to, reason } as const;
      const { transactionHash } = await deps.resolutions.write(principalOf(request).id, what);
      return reply.code(201).send({ transfer: id, to, ...(reason !== undefined && { reason }), transactionHash });
    },
  );

  app.post(
    "/v1/suspended-transfers/:id/resolution/confirmation",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Confirm, as another arbiter, what is proposed: the transfer goes on",
        operationId: "confirmResolution",
        body: ConfirmationBodySchema,
        response: { 200: ResolutionSchema, ...problems(400, 401, 403, 404, 409, 413, 415, 429, 500, 503) },
      },
    },
    async (request) => {
      const { to } = request.body;
      const { id } = await findSuspended(deps, principalOf(request), request.params.id);
      request.transferId = id;
      const what = { method: "confirm", transferId: id, to } as const;
      const { transactionHash } = await deps.resolutions.write(principalOf(request).id, what);
      return { transfer: id, to, transactionHash };
    },
  );

  app.delete(
    "/v1/suspended-transfers/:id/resolution",
    {
      onRequest,
      schema: {
        ...common,
        summary: "Take back, as any arbiter, what is proposed",
        operationId: "withdrawResolution",
        response: {
          204: Type.Null({ description: "Nothing is proposed any more" }),
          ...problems(401, 403, 404, 409, 429, 500, 503),
        },
      },
    },
    async (request, reply) => {
      const { id } = await findSuspended(deps, principalOf(request), request.params.id);
      request.transferId = id;
      await deps.resolutions.write(principalOf(request).id, { method: "withdraw", transferId: id });
      return reply.code(204).send(null);
    },
  );
}
