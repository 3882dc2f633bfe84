import type { EventFilter, StreamPosition } from "../../domain/stored-event.js";
import type { EventFeed, FeedDeps } from "./feed.js";
import { concerns, type StreamItem, toStreamItems } from "./stream-item.js";

/** What a follower is told at once; `position`: where it then stands, also where nothing concerned it. */
export interface StreamBatch {
  items: StreamItem[];
  position: StreamPosition;
}

export interface FollowOptions {
  from: StreamPosition;
  filter: EventFilter;
  finalOnly: boolean;
  /** The most items in a batch. */
  limit: number;
  /** After so long without anything an empty batch comes. */
  quietMs: number;
  signal: AbortSignal;
}

// After the store failed, or has less than it had: a rebuild has not come so far again.
const RETRY_MS = 1_000;

/**
 * Follows the events from a position on, without end and without gap: pages of the log, and then what the feed reads. A follower
 * that is slow holds nothing but its own position: once the feed no longer keeps what it needs, it reads the log again.
 */
export async function* followEvents(deps: FeedDeps, feed: EventFeed, options: FollowOptions): AsyncGenerator<StreamBatch> {
  const { filter, limit, quietMs, signal } = options;
  let position = options.from;
  // A position that the store has not confirmed may be of a future that never comes.
  let confirmed = false;
  // Without end, until `signal`; each round waits, reads or yields.
  while (!signal.aborted) {
    const mark = feed.mark();
    const kept = feed.after(position);
    if (kept?.length === 0 || (kept === undefined && confirmed && feed.isAhead(position))) {
      const before = feed.mark();
      await feed.changed(mark, quietMs, signal);
      if (feed.mark() === before) yield { items: [], position };
      continue;
    }
    const next = kept === undefined ? await readLog(deps, options, position) : { items: kept.slice(0, limit), end: undefined };
    if (next === undefined || leadsNowhere(next, position)) {
      await feed.changed(mark, RETRY_MS, signal);
      continue;
    }
    confirmed ||= kept === undefined;
    for (const batch of inBatches(next.items, limit, next.end ?? next.items.at(-1)?.position ?? position)) {
      position = batch.position;
      yield { items: batch.items.filter((item) => concerns(item, filter)), position };
    }
  }
}

function leadsNowhere(
  { items, end }: { items: readonly StreamItem[]; end: StreamPosition | undefined },
  from: StreamPosition,
): boolean {
  return items.length === 0 && end?.epoch === from.epoch && end.sequence === from.sequence;
}

/** A page of the log; `undefined` where the store gives none. */
async function readLog(deps: FeedDeps, { filter, limit, finalOnly }: FollowOptions, after: StreamPosition) {
  try {
    const page = await deps.events.stream({ ...filter, after, limit, finalOnly });
    return { items: toStreamItems(deps.items, after, page), end: page.next };
  } catch (error) {
    deps.onError(error);
    return undefined;
  }
}

/** A page with what a reorganisation took back can be longer than a batch. `end`: where a reader of all of it stands. */
function inBatches(items: readonly StreamItem[], limit: number, end: StreamPosition): StreamBatch[] {
  const batches: StreamBatch[] = [];
  for (let from = 0; from < items.length || from === 0; from += limit) {
    const some = items.slice(from, from + limit);
    const isLast = from + limit >= items.length;
    batches.push({ items: some, position: isLast ? end : (some.at(-1)?.position ?? end) });
  }
  return batches;
}
