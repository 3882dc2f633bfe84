import type { EventResource } from "../api/types.js";

/** What the stream tells: an event; one to be undone; or that all after a sequence is void. */
export type StreamMessage =
  | { kind: "event" | "removed"; event: EventResource; cursor: string }
  | { kind: "reset"; cursor: string };

export type StreamState = "connecting" | "live" | "resuming";

// After an answer that is no stream (the server is full, or away), it is asked again after this, and twice as long each time.
const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 30_000;

/**
 * Follows the events after a cursor or sequence; from now on without one. The browser comes again by itself after an interruption,
 * with the last cursor; where it gives up, this does. So nothing is missed and nothing told twice.
 */
export function followEvents(
  { after }: { after: string | undefined },
  on: { message(message: StreamMessage): void; state(state: StreamState): void },
): { close(): void } {
  let cursor = after;
  let retryMs = FIRST_RETRY_MS;
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function open(): void {
    const from = cursor === undefined ? "" : `?${new URLSearchParams({ after: cursor })}`;
    source = new EventSource(`/v1/events/stream${from}`);
    source.onopen = () => {
      retryMs = FIRST_RETRY_MS;
      on.state("live");
    };
    source.onmessage = (message) => tell("event", message);
    source.addEventListener("removed", (message) => tell("removed", message));
    source.addEventListener("reset", ({ lastEventId }) => {
      cursor = lastEventId;
      on.message({ kind: "reset", cursor });
    });
    source.onerror = () => {
      on.state("resuming");
      if (source?.readyState !== EventSource.CLOSED) return;
      timer = setTimeout(open, retryMs);
      retryMs = Math.min(MAX_RETRY_MS, retryMs * 2);
    };
  }

  function tell(kind: "event" | "removed", { data, lastEventId }: MessageEvent<string>): void {
    cursor = lastEventId;
    on.message({ kind, event: JSON.parse(data), cursor });
  }

  on.state("connecting");
  open();
  return {
    close() {
      clearTimeout(timer);
      source?.close();
    },
  };
}
