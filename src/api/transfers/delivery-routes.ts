import { type Static, Type } from "typebox";
import { principalOf, requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import { deliveryResource, visibility } from "../functions/resource.js";
import { DeliverySchema } from "../functions/schemas.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Cursors } from "../http/cursor.js";
import { pageLimit, pageOf } from "../http/page.js";
import { CursorPageQuerySchema, NextCursor } from "../http/page-schemas.js";
import type { Meter } from "../http/rate-limit.js";
import { problems, TransferParamsSchema } from "../http/schemas.js";
import { findTransfer } from "./find-transfer.js";

const TransferDeliveriesSchema = Type.Object({
  deliveries: Type.Array(Type.Object({ function: Type.String(), ...DeliverySchema.properties })),
  next: NextCursor,
});

/** What of a transfer's events waits for its next try, or was given up. */
export type TransferDeliveriesResource = Static<typeof TransferDeliveriesSchema>;

/** `GET /v1/transfers/{id}/deliveries`. */
export function addTransferDeliveryRoute(app: ApiInstance, deps: ApiDeps, rules: { cursors: Cursors; meter: Meter }): void {
  app.get(
    "/v1/transfers/:id/deliveries",
    {
      onRequest: [requireScope(deps, "functions:read", "functions:write"), rules.meter],
      schema: {
        summary: "List the deliveries of a transfer's events that wait or are dead",
        description: "To the caller's own functions and the deployment's; with the scope `transfers:read-any`, to everybody's.",
        operationId: "listTransferDeliveries",
        tags: ["transfers"],
        security: [{ bearer: [] }],
        params: TransferParamsSchema,
        querystring: CursorPageQuerySchema,
        response: { 200: TransferDeliveriesSchema, ...problems(400, 401, 403, 404, 429, 500, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const { id } = request.params;
      await findTransfer(deps, principal, id);
      request.transferId = id;
      const limit = pageLimit(request.query.limit);
      const scope = ["transfer-deliveries", principal.id, id];
      const after = request.query.cursor === undefined ? undefined : positionOf(rules.cursors.read(scope, request.query.cursor));
      const found = await deps.functions.parkedOf(id, { ...visibility(principal), ...(after && { after }) }, limit + 1);
      const { page, last } = pageOf(found, limit);
      return {
        deliveries: page.map((parked) => ({ function: parked.function, ...deliveryResource(parked) })),
        ...(last && { next: rules.cursors.write(scope, [last.sequence.toString(), last.function]) }),
      };
    },
  );
}

function positionOf([sequence = "0", name = ""]: readonly string[]): { sequence: bigint; function: string } {
  return { sequence: BigInt(sequence), function: name };
}
