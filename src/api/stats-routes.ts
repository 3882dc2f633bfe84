import { type Static, Type } from "typebox";
import { STATES, type State } from "../domain/transfer-state.js";
import type { RecentChanges } from "../store/changes.js";
import type { ApiInstance } from "./api-instance.js";
import { requireScope } from "./authentication.js";
import type { ApiDeps } from "./deps.js";
import type { Meter } from "./meter.js";
import { problems } from "./schemas.js";
import { createStatsReader } from "./stats.js";

const Count = Type.Integer({ minimum: 0 });
const Seconds = Type.Number({ minimum: 0 });
const Milliseconds = Type.Integer({ minimum: 0 });

const StatsSchema = Type.Object({
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

const ActivitySchema = Type.Object({
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

/** `GET /v1/stats`, `/v1/stats/activity`. */
export function addStatsRoutes(
  app: ApiInstance,
  deps: Pick<ApiDeps, "authenticate" | "sessions" | "stats" | "clock" | "monotonicMs">,
  meter: Meter,
): void {
  const read = createStatsReader(deps.stats, deps);
  app.get(
    "/v1/stats",
    {
      onRequest: [requireScope(deps, "stats:read"), meter],
      schema: {
        operationId: "getStats",
        summary: "How the system does: what is open, what waits, how fast it goes",
        tags: ["operation"],
        security: [{ bearer: [] }],
        response: { 200: StatsSchema, ...problems(401, 403, 429, 500, 503) },
      },
    },
    async () => await read(),
  );

  app.get(
    "/v1/stats/activity",
    {
      onRequest: [requireScope(deps, "stats:read"), meter],
      schema: {
        operationId: "getActivity",
        summary: "How transfers went from state to state in the last five minutes, second by second of block time",
        tags: ["operation"],
        security: [{ bearer: [] }],
        response: { 200: ActivitySchema, ...problems(401, 403, 429, 500, 503) },
      },
    },
    async () => activityResource(await deps.stats.changes(), deps.clock()),
  );
}

function activityResource({ sequence, windowSeconds, transfers, changes }: RecentChanges, nowMs: number): ActivityResource {
  return {
    time: new Date(nowMs).toISOString(),
    sequence: sequence.toString(),
    windowSeconds,
    transfers: Object.fromEntries(transfers.map(({ state, count }) => [state, count])),
    changes: changes.map(({ second, from, to, count }) => ({
      time: second.toISOString(),
      from: stateOf(from),
      to: stateOf(to),
      count,
    })),
  };
}

function stateOf(name: string): State {
  const state = STATES.find((known) => known === name);
  if (state === undefined) throw new RangeError("The store holds a state that is none.");
  return state;
}
