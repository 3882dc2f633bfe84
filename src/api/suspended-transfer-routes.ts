import { Type } from "typebox";
import { AppError } from "../domain/app-error.js";
import { openLeg, type State } from "../domain/transfer-state.js";
import type { ApiInstance } from "./api-instance.js";
import { principalOf, requireScope } from "./authentication.js";
import type { Cursors } from "./cursor.js";
import type { ApiDeps, TransferView } from "./deps.js";
import type { Meter } from "./meter.js";
import { pageLimit } from "./page.js";
import { problems, TransferParamsSchema } from "./schemas.js";
import {
  ConfirmationBodySchema,
  ProposalBodySchema,
  ResolutionSchema,
  SuspendedListSchema,
  SuspendedQuerySchema,
  type SuspendedTransferResource,
  SuspendedTransferSchema,
} from "./suspended-transfer-schemas.js";
import { transferResource } from "./transfer-resource.js";

const ID_PATTERN = /^0x[0-9a-f]{64}$/;
const NEGATIVE: Partial<Record<State, State>> = { STARTED: "REJECTED", PENDING: "REVERSING" };
const COMMON = { tags: ["suspended transfers"], security: [{ bearer: [] }] };

/**
 * `/v1/suspended-transfers`: what waits for people. Two arbiters let a transfer go on, one proposing and another confirming; which
 * principal signs with which arbiter's key is configured.
 */
export function addSuspendedTransferRoutes(app: ApiInstance, deps: ApiDeps, rules: { cursors: Cursors; meter: Meter }): void {
  const onRequest = [requireScope(deps, "transfers:resolve", "transfers:read-any"), rules.meter];

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
      const { bank, cursor } = request.query;
      const limit = pageLimit(request.query.limit);
      const scope = ["suspended-transfers", principalOf(request).id, bank ?? null];
      const [at = "", id = ""] = cursor === undefined ? [] : rules.cursors.read(scope, cursor);
      const found = await deps.transfers.list({
        ...{ state: "SUSPENDED", limit: limit + 1 },
        ...(bank !== undefined && { bank }),
        ...(cursor !== undefined && { before: { at: new Date(at), id } }),
      });
      const page = found.slice(0, limit);
      const last = found.length > limit ? page.at(-1)?.position : undefined;
      return {
        suspendedTransfers: await resources(
          deps,
          page.flatMap(({ view }) => (view === undefined ? [] : [view])),
        ),
        ...(last && { next: rules.cursors.write(scope, [last.at.toISOString(), last.id]) }),
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
      const [resource] = await resources(deps, [await findSuspended(deps, id)]);
      request.transferId = id;
      if (resource === undefined) throw new RangeError("One was asked for.");
      return resource;
    },
  );

  addResolutionRoutes(app, deps, rules);
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
      const { id } = await findSuspended(deps, request.params.id);
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
      const { id } = await findSuspended(deps, request.params.id);
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
      const { id } = await findSuspended(deps, request.params.id);
      request.transferId = id;
      await deps.resolutions.write(principalOf(request).id, { method: "withdraw", transferId: id });
      return reply.code(204).send(null);
    },
  );
}

async function findSuspended(deps: ApiDeps, id: string): Promise<TransferView> {
  const view = ID_PATTERN.test(id) ? await deps.transfers.find(id) : undefined;
  if (view?.state !== "SUSPENDED") throw new AppError("not-found", "There is no such suspended transfer.");
  return view;
}

async function resources(deps: ApiDeps, views: readonly TransferView[]): Promise<SuspendedTransferResource[]> {
  if (views.length === 0) return [];
  const [proposals, banks] = await Promise.all([deps.resolutions.read(views.map(({ id }) => id)), deps.banks.list()]);
  const active = new Set(banks.filter((bank) => bank.active).map(({ bank }) => bank));
  return views.map((view, index) => {
    const proposal = proposals[index];
    return {
      ...transferResource({ view }),
      allowed: allowed(view, active),
      ...(proposal && {
        proposal: { to: proposal.to, by: proposal.by, ...(proposal.reason !== undefined && { reason: proposal.reason }) },
      }),
    };
  });
}

/** As the contract has it: back to where it was suspended from; the negative outcome only where the open leg's bank is gone. */
function allowed({ suspendedFrom, payerBank, payeeBank }: TransferView, active: ReadonlySet<string>): State[] {
  if (suspendedFrom === undefined) return [];
  const negative = NEGATIVE[suspendedFrom];
  const bank = openLeg(suspendedFrom) === "PAYER" ? payerBank : payeeBank;
  return negative === undefined || active.has(bank) ? [suspendedFrom] : [suspendedFrom, negative];
}
