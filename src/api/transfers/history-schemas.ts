import { type Static, Type } from "typebox";
import { REFUSALS, STATES } from "../../domain/transfer-state.js";
import { NextSequence } from "../http/page-schemas.js";
import { TransferEventSchema } from "../http/schemas.js";

export const TransferEventsSchema = Type.Object({
  transfer: Type.String(),
  events: Type.Array(TransferEventSchema),
  next: NextSequence,
});

const { time, observedAt, blockNumber, blockHash, transactionHash, logIndex } = TransferEventSchema.properties;

const RefusalSchema = Type.Object({
  sequence: Type.String({ description: "The contract counts refusals as it counts events." }),
  current: Type.Enum(STATES, { description: "The transfer's state, which stayed." }),
  to: Type.Enum(STATES, { description: "The state that was reported." }),
  cause: Type.Enum(REFUSALS),
  ...{ time, observedAt, blockNumber, blockHash, transactionHash, logIndex },
});

export const RefusalListSchema = Type.Object({
  transfer: Type.String(),
  refusals: Type.Array(RefusalSchema),
  next: NextSequence,
});

/** A refused item of a batch as clients see it. */
export type RefusalResource = Static<typeof RefusalSchema>;
