import type { Static } from "typebox";
import { Type } from "typebox";
import { STATES } from "../../domain/transfer-state.js";

export const Count = Type.Integer({ minimum: 0 });

export const Seconds = Type.Number({ minimum: 0 });

export const Milliseconds = Type.Integer({ minimum: 0 });

export const StatsSchema = Type.Object({
  time: Type.String({ format: "date-time" }),
  transfers: Type.Record(Type.String(), Count, { description: "How many are in each state; none: left out." }),
  startsWaiting: Type.Object(
    { count: Count, oldestAgeSeconds: Seconds },
    { description: "Accepted, and not yet known to be on the chain for good." },
  ),
  oldestOpen: Type.Optional(
    Type.Object(
      { id: Type.String(), state: Type.Enum(STATES), ageSeconds: Seconds },
      { description: "The oldest transfer whose next step is a bank's." },
    ),
  ),
  rates: Type.Object(
    { windowSeconds: Type.Integer({ minimum: 1 }), perSecond: Type.Record(Type.String(), Type.Number()) },
    { description: "Transfers that entered each state, a second, by block time, in the window that ends now." },
  ),
  durations: Type.Record(
    Type.String(),
    Type.Object({ count: Count, p50Ms: Milliseconds, p95Ms: Milliseconds, p99Ms: Milliseconds }),
    {
      description:
        "Of the newest events: start (accepted to chain), debit, credit, refund, total (accepted to final). As this store saw " +
        "them: after a rebuild they mean nothing until new transfers have come.",
    },
  ),
  functions: Type.Array(
    Type.Object({
      name: Type.String(),
      behind: Type.Integer({ minimum: 0, description: "Events between its position and the newest that may be acted upon." }),
      waiting: Type.Integer({ minimum: 0, description: "Deliveries that failed and come again." }),
      dead: Type.Integer({ minimum: 0, description: "Deliveries that were given up." }),
      maxAttempts: Type.Integer({ minimum: 0, description: "Of the deliveries that come again." }),
      disabled: Type.Boolean(),
    }),
  ),
  watching: Type.Boolean({ description: "Whether a watcher holds the lease." }),
  blocks: Type.Object({
    head: Type.String(),
    projected: Type.Optional(Type.String()),
    behind: Type.Optional(Count),
  }),
});

/** How the system does, for people without Prometheus. */
export type StatsResource = Static<typeof StatsSchema>;

export const ActivitySchema = Type.Object({
  time: Type.String({ format: "date-time" }),
  sequence: Type.String({ description: "Of the newest event that is counted. Follow the events after it, and count on." }),
  windowSeconds: Type.Integer({ minimum: 1 }),
  transfers: Type.Record(Type.String(), Count, { description: "How many are in each state; none: left out." }),
  changes: Type.Array(
    Type.Object({
      time: Type.String({ format: "date-time", description: "The second, by block time." }),
      from: Type.Enum(STATES),
      to: Type.Enum(STATES),
      count: Count,
    }),
    { description: "How many transfers went from one state to another, in each second of the window." },
  ),
});

/** How transfers have gone from state to state lately. */
export type ActivityResource = Static<typeof ActivitySchema>;
