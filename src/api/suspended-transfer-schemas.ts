import { type Static, Type } from "typebox";
import { STATES } from "../domain/transfer-state.js";
import { TransferListSchema, TransferQuerySchema } from "./list-schemas.js";
import { closed, TransferSchema } from "./schemas.js";

const { bank, cursor, limit } = TransferQuerySchema.properties;
const ReasonSchema = Type.String({
  pattern: "^[A-Z0-9]{4}$",
  description: "ISO 20022 external status reason code.",
  examples: ["AB08"],
});
const ToSchema = Type.Enum(STATES, {
  description: "The state that it was suspended from, or the negative outcome once the open leg's bank is deactivated.",
});

export const SuspendedQuerySchema = Type.Object({ bank, cursor, limit }, closed);

export const SuspendedTransferSchema = Type.Object({
  ...TransferSchema.properties,
  allowed: Type.Array(Type.Enum(STATES), { description: "The states that arbiters may let it go on in." }),
  proposal: Type.Optional(
    Type.Object(
      { to: Type.Enum(STATES), reason: Type.Optional(ReasonSchema), by: Type.String({ description: "The arbiter's address." }) },
      { description: "What one arbiter has proposed, and another is to confirm." },
    ),
  ),
});

/** A suspended transfer as arbiters see it. */
export type SuspendedTransferResource = Static<typeof SuspendedTransferSchema>;

export const SuspendedListSchema = Type.Object({
  suspendedTransfers: Type.Array(SuspendedTransferSchema),
  next: TransferListSchema.properties.next,
});

export const ProposalBodySchema = Type.Object(
  {
    to: ToSchema,
    reason: Type.Optional({ ...ReasonSchema, description: "Needed for the negative outcome, and for nothing else." }),
  },
  closed,
);

export const ConfirmationBodySchema = Type.Object(
  { to: Type.Enum(STATES, { description: "What is confirmed: what was proposed, or it is refused." }) },
  closed,
);

export const ResolutionSchema = Type.Object({
  transfer: Type.String({ description: "The transfer's id." }),
  to: Type.Enum(STATES),
  reason: Type.Optional(ReasonSchema),
  transactionHash: Type.String(),
});
