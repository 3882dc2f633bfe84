import { STATES, type State } from "../../domain/transfer-state.js";
import type { RecentChanges } from "../../store/stats/changes.js";
import { requireScope } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import type { ApiInstance } from "../http/api-instance.js";
import type { Meter } from "../http/rate-limit.js";
import { problems } from "../http/schemas.js";
import type { ActivityResource } from "./schemas.js";
import { ActivitySchema, StatsSchema } from "./schemas.js";
import { createStatsReader } from "./stats.js";

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
