import type { FastifyReply } from "fastify";
import { principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import { parsePrefer, preferenceApplied } from "../http/prefer.js";
import type { Meter } from "../http/rate-limit.js";
import { problems, TransferBodySchema, TransferHeadersSchema, TransferParamsSchema, TransferSchema } from "../http/schemas.js";
import type { MissBudget } from "../phone-accounts/lookup-throttle.js";
import { findTransfer } from "./find-transfer.js";
import { transferResource } from "./resource.js";
import { type DeadlineLimits, startTransfer } from "./start-transfer.js";
import { createFinalWaiter } from "./wait-until-final.js";

/** `POST /v1/transfers`, `GET /v1/transfers/{id}`. */
export function addTransferRoutes(
  app: ApiInstance,
  deps: ApiDeps,
  rules: { misses: MissBudget; deadlines: DeadlineLimits; meter: Meter },
): void {
  const waiter = createFinalWaiter(deps);
  app.addHook("preClose", async () => waiter.stop());
  const mayRead = requireScope(deps, "transfers:read", "transfers:read-any");

  app.post(
    "/v1/transfers",
    {
      onRequest: [requireScope(deps, "transfers:write"), rules.meter],
      schema: {
        summary: "Start a transfer",
        operationId: "startTransfer",
        tags: ["transfers"],
        security: [{ bearer: [] }],
        headers: TransferHeadersSchema,
        body: TransferBodySchema,
        response: {
          200: { ...TransferSchema, description: "Final, within the time that `Prefer: wait` gave" },
          202: { ...TransferSchema, description: "Accepted, durably; not final yet" },
          ...problems(400, 401, 403, 404, 413, 415, 422, 429, 500, 503),
        },
      },
    },
    async (request, reply) => {
      const preference = parsePrefer(request.headers.prefer);
      const by = { principal: principalOf(request), idempotencyKey: request.headers["idempotency-key"] };
      const { known, replayed } = await startTransfer(deps, rules, by, request.body);
      request.transferId = transferResource(known).id;
      const { known: latest, waited } = await waiter.wait(known, preference.waitSeconds, {
        ends: endedByClose(reply),
        isNew: !replayed,
      });
      const resource = transferResource(latest);
      if (replayed) reply.header("idempotent-replayed", "true");
      const isAsync = !(waited && resource.final);
      return reply
        .code(isAsync ? 202 : 200)
        .headers(preferenceApplied(preference, { waited, isAsync }))
        .header("location", resource.links.self)
        .send(resource);
    },
  );

  app.get(
    "/v1/transfers/:id",
    {
      onRequest: [mayRead, rules.meter],
      schema: {
        summary: "Read a transfer",
        operationId: "getTransfer",
        tags: ["transfers"],
        security: [{ bearer: [] }],
        params: TransferParamsSchema,
        response: { 200: TransferSchema, ...problems(401, 403, 404, 429, 500, 503) },
      },
    },
    async (request) => {
      const found = await findTransfer(deps, principalOf(request), request.params.id);
      request.transferId = request.params.id;
      return transferResource(found);
    },
  );
}

function endedByClose(reply: FastifyReply): AbortController {
  const controller = new AbortController();
  // With a reason, or an error would be made for each, stack and all.
  reply.raw.once("close", () => controller.abort("the client has gone"));
  return controller;
}
