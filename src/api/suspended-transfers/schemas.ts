import { type Static, Type } from "typebox";
import { BANK_REFERENCE_MAX, NOTE_MAX } from "../../domain/outcome-statement.js";
import { STATES } from "../../domain/transfer-state.js";
import { TransferListSchema, TransferQuerySchema } from "../http/list-schemas.js";
import { BankSchema, closed, TransferSchema } from "../http/schemas.js";

const { bank, cursor, limit } = TransferQuerySchema.properties;
const ReasonSchema = Type.String({
  pattern: "^[A-Z0-9]{4}$",
  description: "ISO 20022 external status reason code.",
  examples: ["AB08"],
});
const ToSchema = Type.Enum(STATES, {
  description: "The state that it was suspended from, or the negative outcome once the open leg's bank is deactivated.",
});

const HashSchema = Type.String({
  pattern: "^0x[0-9a-f]{64}$",
  description: "SHA-256 of the statement: the evidence on the chain.",
});

export const SuspendedQuerySchema = Type.Object({ bank, cursor, limit }, closed);

export const SuspendedTransferSchema = Type.Object({
  ...TransferSchema.properties,
  openLegBank: { ...BankSchema, description: "The bank of the leg that it waits for, whose people can report the outcome." },
  allowed: Type.Array(Type.Enum(STATES), { description: "The states that arbiters may let it go on in." }),
  allowedOutcomes: Type.Array(Type.Enum(STATES), { description: "The outcomes that the open leg's bank may report." }),
  outcomeProposal: Type.Optional(
    Type.Object(
      {
        to: Type.Enum(STATES),
        reason: Type.Optional(ReasonSchema),
        by: Type.String({ description: "The person's address." }),
        evidence: HashSchema,
        note: Type.Optional(Type.String({ description: "The person's statement; absent where this store does not hold it." })),
        bankReference: Type.Optional(Type.String()),
      },
      { description: "The outcome that one person of the open leg's bank has proposed, and another is to confirm." },
    ),
  ),
  proposal: Type.Optional(
    Type.Object(
      { to: Type.Enum(STATES), reason: Type.Optional(ReasonSchema), by: Type.String({ description: "The arbiter's address." }) },
      { description: "What one arbiter has proposed, and another is to confirm." },
    ),
  ),
});

/** A suspended transfer as arbiters and the banks' people see it. */
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

export const OutcomeBodySchema = Type.Object(
  {
    to: Type.Enum(STATES, { description: "One of the transfer's `allowedOutcomes`." }),
    reason: Type.Optional({ ...ReasonSchema, description: "Needed for REJECTED and REVERSING, and for nothing else." }),
    note: Type.String({
      minLength: 1,
      maxLength: NOTE_MAX,
      description:
        "How the person knows the outcome, one line, for the second person and for auditors. No names, no account numbers.",
    }),
    bankReference: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: BANK_REFERENCE_MAX,
        description: "The bank's own reference of the payment, one line.",
      }),
    ),
  },
  closed,
);

export const OutcomeConfirmationBodySchema = Type.Object(
  {
    to: Type.Enum(STATES, { description: "The outcome that was proposed." }),
    evidence: { ...HashSchema, description: "The hash of the statement that is confirmed." },
  },
  closed,
);

export const OutcomeSchema = Type.Object({
  transfer: Type.String({ description: "The transfer's id." }),
  to: Type.Enum(STATES),
  reason: Type.Optional(ReasonSchema),
  evidence: HashSchema,
  transactionHash: Type.String(),
});
