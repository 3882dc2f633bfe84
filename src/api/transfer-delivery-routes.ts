import { type Static, Type } from "typebox";
import type { ApiInstance } from "./api-instance.js";
import { principalOf, requireScope } from "./authentication.js";
import type { ApiDeps } from "./deps.js";
import { findTransfer } from "./find-transfer.js";
import { deliveryResource, visibility } from "./function-resource.js";
import { DeliverySchema } from "./function-schemas.js";
import type { Meter } from "./meter.js";
import { problems, TransferParamsSchema } from "./schemas.js";

// More than the events of a transfer times the functions that anyone has.
const DELIVERIES_MAX = 1_000;

const TransferDeliveriesSchema = Type.Object({
  deliveries: Type.Array(Type.Object({ function: Type.String(), ...DeliverySchema.properties })),
});

/** What of a transfer's events waits for its next try, or was given up. */
export type TransferDeliveriesResource = Static<typeof TransferDeliveriesSchema>;

/** `GET /v1/transfers/{id}/deliveries`. */
export function addTransferDeliveryRoute(app: ApiInstance, deps: ApiDeps, rules: { meter: Meter }): void {
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
        response: { 200: TransferDeliveriesSchema, ...problems(401, 403, 404, 429, 500, 503) },
      },
    },
    async (request) => {
      const principal = principalOf(request);
      const { id } = request.params;
      await findTransfer(deps, principal, id);
      request.transferId = id;
      const found = await deps.functions.parkedOf(id, visibility(principal), DELIVERIES_MAX);
      return { deliveries: found.map((parked) => ({ function: parked.function, ...deliveryResource(parked) })) };
    },
  );
}
