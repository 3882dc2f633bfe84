import { type Static, Type } from "typebox";
import { EventQuerySchema } from "../http/list-schemas.js";
import { closed } from "../http/schemas.js";

const { type, bank, transfer } = EventQuerySchema.properties;

export const StreamQuerySchema = Type.Object(
  {
    after: Type.Optional(
      Type.String({
        maxLength: 64,
        description:
          "A cursor of the stream, or the sequence of an event: what comes after it is told. `0`: from the first event on; without it, what comes from now on.",
        examples: ["0"],
      }),
    ),
    finality: Type.Optional(
      Type.Enum(["latest", "final"], {
        description:
          "`latest`, as without it: at once, and what a reorganisation takes back is told as removed. `final`: once it can no longer be taken back.",
      }),
    ),
    type,
    bank,
    transfer,
  },
  closed,
);

/** What is asked of a stream. */
export type StreamQueryString = Static<typeof StreamQuerySchema>;

export const StreamHeadersSchema = Type.Object({
  "last-event-id": Type.Optional(
    Type.String({
      description: "The cursor of the last event that was received; goes before `after`. An EventSource sends it by itself.",
    }),
  ),
});

export const EVENT_STREAM_RESPONSE = {
  description:
    "Server-sent events. Each has the cursor as its `id` and an event as its data; those of the type `removed` are to be undone, newest first; after one of the type `reset` all is void that came after its `after`. Comments keep the connection alive.",
  content: { "text/event-stream": { schema: Type.String({ examples: ['id: d0d0d0d0-0-42\ndata: {"sequence":"42"}\n\n'] }) } },
};

export const SWITCHING_PROTOCOLS_RESPONSE = Type.Null({ description: "The WebSocket is open" });
