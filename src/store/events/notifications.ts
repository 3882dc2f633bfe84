import { type Static, Type } from "typebox";
import { Value } from "typebox/value";

/** PostgreSQL's channel that tells of what is committed. */
export const NOTICES_CHANNEL = "event_machine_events";

const Notice = Type.Union([
  Type.Object({ about: Type.Literal("events"), ended: Type.Optional(Type.Array(Type.String())) }),
  Type.Object({ about: Type.Literal("refusals") }),
  Type.Object({ about: Type.Literal("api-keys") }),
  Type.Object({ about: Type.Literal("anything") }),
]);

/**
 * What listeners are told.
 *
 * - `events`: there are new ones, or some were taken back. `ended`: the ids of the transfers that have come to their end by them; absent
 *   where these must be asked for.
 * - `refusals`: the chain refused a start.
 * - `api-keys`: a key was changed or ended.
 * - `anything`: whatever it is, the listener must look for itself.
 */
export type Notice = Static<typeof Notice>;

// PostgreSQL takes less than 8 000 bytes, and an id is 69 of them.
const ENDED_MAX = 100;

/** The payload of a notification. */
export function writeNotice(notice: Notice): string {
  if (notice.about !== "events" || notice.ended === undefined || notice.ended.length <= ENDED_MAX) return JSON.stringify(notice);
  return JSON.stringify({ about: "events" });
}

/** What a payload says; `anything` for one of another version. */
export function parseNotice(payload: string | undefined): Notice {
  try {
    const value: unknown = JSON.parse(payload ?? "");
    if (Value.Check(Notice, value)) return value;
  } catch {
    // Below.
  }
  return { about: "anything" };
}
