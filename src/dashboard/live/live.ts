import { batch, effect, signal, untracked } from "@preact/signals";
import { call, withQuery } from "../api/client.js";
import type { ActivityResource, EventList, EventResource } from "../api/types.js";
import { may, session } from "../session.js";
import { type Activity, createActivity } from "./activity.js";
import { followEvents, type StreamMessage, type StreamState } from "./event-stream.js";

/** How the page stands to the event stream; `off` where nobody is signed in, `paused` while nobody looks. */
export const streamState = signal<StreamState | "off" | "paused">("off");
/** The sequence of the newest event that was taken in. */
export const sequence = signal<string | undefined>(undefined);
/** How often an event was missing between two others; the page then begins anew. It stays 0 unless something is broken. */
export const gaps = signal(0);
/** The newest events first. */
export const recent = signal<readonly EventResource[]>([]);
/** Undefined until the first snapshot, or where the caller may not see it. It changes in place: `ticks` says when. */
export const activity = signal<Activity | undefined>(undefined);
export const ticks = signal(0);

const RECENT_MAX = 60;
// Events are taken in as they come, and drawn together: however many there are, the page is drawn at most four times a second.
const DRAW_EVERY_MS = 250;
const SNAPSHOT_RETRY_MS = 3_000;
// Who looks elsewhere for so long gives the stream back: a browser has few connections to one server, for all its tabs.
const PAUSE_AFTER_MS = 60_000;

type Listener = (events: readonly EventResource[]) => void;
const listeners = new Set<Listener>();

/** Calls back with what has happened, at most four times a second, until the function that comes back is called. */
export function onEvents(listener: Listener): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

let stop: (() => void) | undefined;

/** Follows the events while somebody is signed in who may, and looks at the page. */
export function runLive(): void {
  effect(() => {
    stop?.();
    stop = undefined;
    if (session.value.kind === "signed-in" && may("transfers:read", "transfers:read-any")) stop = untracked(begin);
    else streamState.value = "off";
  });
  let pausing: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(pausing);
    if (document.visibilityState === "hidden") {
      pausing = setTimeout(() => {
        stop?.();
        if (streamState.value !== "off") streamState.value = "paused";
      }, PAUSE_AFTER_MS);
    } else if (streamState.value === "paused") stop = begin();
  });
}

/** Begins with a snapshot, where the caller may have one, and goes on with every event after it. */
function begin(): () => void {
  const abort = new AbortController();
  let stream: { close(): void } | undefined;
  const inbox: StreamMessage[] = [];
  const timer = setInterval(() => takeIn(inbox, restart), DRAW_EVERY_MS);

  async function open(): Promise<void> {
    streamState.value = "connecting";
    const snapshot = may("stats:read") ? await readSnapshot(abort.signal) : undefined;
    if (abort.signal.aborted) return;
    activity.value = snapshot && createActivity(snapshot);
    sequence.value = snapshot?.sequence;
    ticks.value += 1;
    recent.value = await readNewest(snapshot, abort.signal);
    if (abort.signal.aborted) return;
    stream = followEvents(
      { after: snapshot?.sequence },
      {
        message: (message) => void inbox.push(message),
        state: (state) => {
          streamState.value = state;
        },
      },
    );
  }

  function restart(): void {
    stream?.close();
    inbox.length = 0;
    void open();
  }

  void open();
  return () => {
    abort.abort();
    clearInterval(timer);
    stream?.close();
  };
}

/** Until the API answers: nothing is live without it. */
async function readSnapshot(signal: AbortSignal): Promise<ActivityResource | undefined> {
  while (!signal.aborted) {
    try {
      return await call<ActivityResource>("/v1/stats/activity", { signal });
    } catch {
      if (signal.aborted) return undefined;
      streamState.value = "resuming";
      await new Promise((resolve) => setTimeout(resolve, SNAPSHOT_RETRY_MS));
    }
  }
  return undefined;
}

/** What happened last before the stream goes on: only to be shown, so where it cannot be had the list begins empty. */
async function readNewest(snapshot: ActivityResource | undefined, signal: AbortSignal): Promise<EventResource[]> {
  if (snapshot === undefined) return [];
  const after = Math.max(0, Number(snapshot.sequence) - RECENT_MAX);
  const { events } = await call<EventList>(withQuery("/v1/events", { after: String(after), limit: String(RECENT_MAX) }), {
    signal,
  }).catch(() => ({ events: [] }));
  return events.filter(({ sequence: own }) => BigInt(own) <= BigInt(snapshot.sequence)).reverse();
}

/** Takes in what has come since the last time. What is void, or not whole, begins anew. */
function takeIn(inbox: StreamMessage[], restart: () => void): void {
  const messages = inbox.splice(0);
  if (messages.length === 0) return;
  const happened: EventResource[] = [];
  for (const message of messages) {
    if (message.kind === "reset" || (message.kind === "event" && isGap(message.event))) {
      restart();
      return;
    }
    activity.value?.count(message.event, message.kind);
    if (message.kind === "event") happened.push(message.event);
    sequence.value = message.kind === "event" ? message.event.sequence : String(BigInt(message.event.sequence) - 1n);
  }
  const removed = new Set(messages.flatMap((one) => (one.kind === "removed" ? [one.event.id] : [])));
  batch(() => {
    recent.value = [...happened.reverse(), ...recent.value].filter(({ id }) => !removed.has(id)).slice(0, RECENT_MAX);
    ticks.value += 1;
  });
  for (const listener of listeners) listener(happened);
}

/** Whoever is told everybody's events is told every sequence, or how many refusals lie between. The snapshot may stand among them. */
function isGap(event: EventResource): boolean {
  const before = sequence.value;
  if (
    before === undefined ||
    !may("transfers:read-any") ||
    BigInt(event.sequence) - BigInt(event.refusalsBefore) - 1n <= BigInt(before)
  )
    return false;
  gaps.value += 1;
  return true;
}
