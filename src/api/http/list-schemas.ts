import { type Static, Type } from "typebox";
import { HISTORY_EVENT_TYPES } from "../../chain/contracts/chain-event.js";
import { BIC8_PATTERN } from "../../domain/ids.js";
import { STATES } from "../../domain/transfer-state.js";
import { Cursor, NextCursor, PageLimit, SequenceParameter } from "./page-schemas.js";
import { BankSchema, closed, MoneySchema, TIME, TransferEventSchema, TransferSchema } from "./schemas.js";

const BankFilter = Type.Optional(
  Type.String({ pattern: BIC8_PATTERN.source, description: "The BIC8 of a bank, on either side.", examples: ["FAASTHB1"] }),
);
const SequenceSchema = Type.String({ description: "Decimal; gapless over all transfers of the network.", examples: ["42"] });

export const TransferQuerySchema = Type.Object(
  {
    state: Type.Optional(Type.Enum(STATES)),
    bank: BankFilter,
    id: Type.Optional(
      Type.String({
        pattern: "^0x[0-9a-f]{4,64}$",
        description: "The id of a transfer, or the beginning of one.",
        examples: ["0x9f86"],
      }),
    ),
    from: Type.Optional(Type.String({ description: "RFC 3339. Accepted at this time or later." })),
    to: Type.Optional(Type.String({ description: "RFC 3339. Accepted before this time." })),
    cursor: Cursor,
    limit: PageLimit,
  },
  closed,
);

export const TransferListSchema = Type.Object({
  transfers: Type.Array(TransferSchema),
  next: NextCursor,
});

export const EventQuerySchema = Type.Object(
  {
    after: Type.Optional(SequenceParameter),
    type: Type.Optional(Type.Enum(HISTORY_EVENT_TYPES)),
    bank: BankFilter,
    transfer: Type.Optional(Type.String({ pattern: "^0x[0-9a-f]{64}$", description: "The id of a transfer." })),
    limit: PageLimit,
  },
  closed,
);

/** What is asked of the events. */
export type EventQueryString = Static<typeof EventQuerySchema>;

export const EventSchema = Type.Object({
  id: Type.String({ description: "As in the CloudEvent: chain, block hash, log index." }),
  ...TransferEventSchema.properties,
  transfer: Type.String({ description: "The transfer's id." }),
  payer: Type.Optional(Type.Object({ bank: BankSchema })),
  payee: Type.Optional(Type.Object({ bank: BankSchema })),
  amount: Type.Optional(MoneySchema),
  deadline: Type.Optional(Type.String(TIME)),
  suspendedFrom: Type.Optional(Type.Enum(STATES)),
  refusalsBefore: Type.Integer({
    minimum: 0,
    description:
      "How many items the contract refused since the event before: `sequence - refusalsBefore - 1` is that event's sequence, among everybody's events. A refusal changes no transfer and is no event; see `/v1/transfers/{id}/refusals`.",
  }),
});

/** An event as clients see it. */
export type EventResource = Static<typeof EventSchema>;

export const EventListSchema = Type.Object({
  events: Type.Array(EventSchema),
  next: Type.String({
    ...SequenceSchema,
    description: "Ask for what comes after it next. It moves on even where nothing matches.",
  }),
  final: Type.String({
    ...SequenceSchema,
    description: "The newest event that is final: once `next` is there, all has been read.",
  }),
});

export const BankResourceSchema = Type.Object({
  bank: BankSchema,
  active: Type.Boolean({ description: "Whether transfers may start from and to it." }),
  sealingKey: Type.Object({
    version: Type.Integer(),
    publicKey: Type.String({ description: "X25519 (RFC 7748), 32 bytes in hex." }),
  }),
  registersHere: Type.Boolean({ description: "Whether this deployment registers phone numbers for it." }),
});

export const BankListSchema = Type.Object({ banks: Type.Array(BankResourceSchema), next: NextCursor });

export const BankParamsSchema = Type.Object({ bank: Type.String({ description: "BIC8 (ISO 9362:2014)." }) });
