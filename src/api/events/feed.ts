import type { StreamPosition } from "../../domain/stored-event.js";
import { createWake } from "../../domain/wake.js";
import type { EventLog } from "../deps.js";
import { type StreamItem, toStreamItems } from "./stream-item.js";

/**
 * The newest of the stream, read once for all who follow it here. Followers that stand further back read the log by themselves until
 * they have come here.
 */
export interface EventFeed {
  /** Joins; the feed reads only while someone has. Leave by the function that comes back. */
  join(): () => void;
  /** What follows a position; `undefined` where that is not within what is kept. */
  after(position: StreamPosition): readonly StreamItem[] | undefined;
  /** Whether a position lies ahead of what was read so far. */
  isAhead(position: StreamPosition): boolean;
  /** A mark of now, for `changed`. */
  mark(): number;
  /** Resolves once something was read since the mark, after `timeoutMs`, or on abort. */
  changed(since: number, timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** Ends for good. */
  close(): void;
}

export interface FeedDeps {
  events: Pick<EventLog, "stream" | "streamHead" | "onChange">;
  /** Makes the cursor and the JSON of what is read. */
  items: Parameters<typeof toStreamItems>[0];
  onError: (error: unknown) => void;
}

// What all followers together keep: about a kilobyte each.
const KEPT_MAX = 5_000;
const PAGE_LIMIT = 1_000;
// Whatever becomes of a notification, and where events become final without one, the log is read again after this.
const FALLBACK_POLL_MS = 1_000;

/** @param options `finalOnly`: whether it tells only what cannot be taken back. */
export function createEventFeed(deps: FeedDeps, { finalOnly }: { finalOnly: boolean }): EventFeed {
  const stored = createWake();
  const read = createWake();
  let followers = 0;
  let reading: AbortController | undefined;
  let tail: Tail | undefined;

  async function run(signal: AbortSignal): Promise<void> {
    const forget = deps.events.onChange(stored.notify);
    let own: Tail | undefined;
    // Bounded by `signal`: until the last follower has left.
    while (!signal.aborted) {
      const mark = stored.mark();
      try {
        own ??= createTail(await deps.events.streamHead(finalOnly));
        const page = await deps.events.stream({ after: own.end(), limit: PAGE_LIMIT, finalOnly });
        if (signal.aborted) break;
        const isNews = tail === undefined || !isSame(own.end(), page.next);
        own.append(toStreamItems(deps.items, own.end(), page), page.next);
        tail = own;
        if (isNews) read.notify();
        if (page.more) continue;
      } catch (error) {
        // The store is away: followers wait, and are told all once it is back.
        deps.onError(error);
      }
      await stored.wait(mark, FALLBACK_POLL_MS, signal);
    }
    forget();
  }

  function stop(): void {
    reading?.abort();
    reading = undefined;
    tail = undefined;
  }

  return {
    join() {
      followers += 1;
      if (reading === undefined) {
        reading = new AbortController();
        void run(reading.signal);
      }
      return () => {
        followers -= 1;
        if (followers === 0) stop();
      };
    },
    after: (position) => tail?.after(position),
    isAhead: (position) => tail === undefined || isBefore(tail.end(), position),
    mark: read.mark,
    changed: read.wait,
    close: () => {
      stop();
      read.notify();
    },
  };
}

interface Tail {
  end(): StreamPosition;
  append(items: readonly StreamItem[], end: StreamPosition): void;
  after(position: StreamPosition): readonly StreamItem[] | undefined;
}

/** The newest items, and the position before each of them. */
function createTail(begin: StreamPosition): Tail {
  let items: StreamItem[] = [];
  let before = begin;
  let end = begin;
  return {
    end: () => end,
    append(more, newEnd) {
      for (const item of more) items.push(item);
      end = newEnd;
      if (items.length <= KEPT_MAX) return;
      before = items[items.length - KEPT_MAX - 1]?.position ?? before;
      items = items.slice(-KEPT_MAX);
    },
    after(position) {
      if (isSame(position, end)) return [];
      // The newest: a position that a reorganisation came back to is there twice, and from the later one less is to be undone.
      const at = items.findLastIndex((item) => isSame(item.position, position));
      if (at >= 0) return items.slice(at + 1);
      return isSame(position, before) ? items.slice() : undefined;
    },
  };
}

function isSame(a: StreamPosition, b: StreamPosition): boolean {
  return a.epoch === b.epoch && a.sequence === b.sequence;
}

function isBefore(a: StreamPosition, b: StreamPosition): boolean {
  return a.epoch < b.epoch || (a.epoch === b.epoch && a.sequence < b.sequence);
}
