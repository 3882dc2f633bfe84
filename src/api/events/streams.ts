import type { FastifyRequest } from "fastify";
import { AppError } from "../../domain/app-error.js";
import type { Scope } from "../../domain/principal.js";
import type { EventFilter, StreamPosition } from "../../domain/stored-event.js";
import { isStillAllowed, principalOf } from "../auth/authentication.js";
import type { ApiDeps } from "../deps.js";
import { createEventCursors, type EventCursors } from "./cursor.js";
import { createEventFeed, type FeedDeps } from "./feed.js";
import { followEvents, type StreamBatch } from "./follow.js";
import type { StreamQueryString } from "./stream-schemas.js";

/**
 * - `heartbeatMs`: a stream is silent for no longer.
 * - `stallMs`: who takes nothing for so long is dropped.
 * - `recheckMs`: so often it is asked whether the caller's key is still good.
 * - `streamsPerPrincipalMax`, `streamsMax`: open at once, at this replica.
 */
export interface StreamSettings {
  heartbeatMs: number;
  stallMs: number;
  recheckMs: number;
  streamsPerPrincipalMax: number;
  streamsMax: number;
}

export const DEFAULT_STREAM_SETTINGS: StreamSettings = {
  heartbeatMs: 15_000,
  stallMs: 30_000,
  recheckMs: 60_000,
  streamsPerPrincipalMax: 50,
  streamsMax: 2_000,
};

/** The scopes of which one opens a stream. */
export const STREAM_SCOPES: readonly Scope[] = ["transfers:read", "transfers:read-any"];

/** A stream that was admitted, and has not begun. */
export interface Admitted {
  /** @param signal Ends it, as the end of the process does. */
  begin(signal: AbortSignal, limit: number): AsyncGenerator<StreamBatch>;
  cursor(position: StreamPosition): string;
  /** Whether the caller is still let through; asks no more often than it must. */
  isAllowed(): Promise<boolean>;
  /** Gives its place back. */
  leave(): void;
}

/** All streams of this process: they share one reader of what is newest, and one of what is final. */
export interface EventStreams {
  readonly settings: StreamSettings;
  readonly cursors: EventCursors;
  /** Aborts when the process closes. */
  readonly stopping: AbortSignal;
  /** @throws AppError `invalid-request`, `too-many-requests`, `store-unavailable` */
  admit(request: FastifyRequest, query: StreamQueryString, filter: EventFilter, from: string | undefined): Promise<Admitted>;
  stop(): void;
}

export function createEventStreams(deps: ApiDeps, settings: StreamSettings): EventStreams {
  const cursors = createEventCursors(deps.network.domain);
  const feedDeps: FeedDeps = {
    events: deps.events,
    items: { cursors, chainId: deps.network.chainId },
    onError: (error) => deps.logger.warn({ err: error }, "the events cannot be read; trying again"),
  };
  const feeds = {
    latest: createEventFeed(feedDeps, { finalOnly: false }),
    final: createEventFeed(feedDeps, { finalOnly: true }),
  };
  const stopping = new AbortController();
  const places = createPlaces(settings);

  /** A plain sequence is of the newest epoch: whoever has one has it from what is final, or begins. */
  async function toPosition(from: string | undefined, finalOnly: boolean): Promise<StreamPosition> {
    const given = from === undefined ? undefined : cursors.read(from);
    if (given?.epoch !== undefined) return { epoch: given.epoch, sequence: given.sequence };
    const head = await deps.events.streamHead(finalOnly);
    return given === undefined ? head : { epoch: head.epoch, sequence: given.sequence };
  }

  return {
    settings,
    cursors,
    stopping: stopping.signal,
    async admit(request, { finality = "latest" }, filter, from) {
      const finalOnly = finality === "final";
      const position = await toPosition(from, finalOnly);
      const feed = feeds[finality];
      const leavePlace = places.take(principalOf(request).id);
      const leaveFeed = feed.join();
      return {
        begin: (signal, limit) =>
          followEvents(feedDeps, feed, {
            ...{ from: position, filter, finalOnly, limit, quietMs: settings.heartbeatMs / 2 },
            signal: AbortSignal.any([signal, stopping.signal]),
          }),
        cursor: cursors.write,
        isAllowed: createRecheck(deps, request, settings.recheckMs),
        leave: () => {
          leavePlace();
          leaveFeed();
        },
      };
    },
    stop() {
      stopping.abort();
      for (const feed of Object.values(feeds)) feed.close();
    },
  };
}

function createPlaces({ streamsMax, streamsPerPrincipalMax }: StreamSettings) {
  const taken = new Map<string, number>();
  let all = 0;
  return {
    /** @throws AppError `too-many-requests` */
    take(principal: string): () => void {
      const own = taken.get(principal) ?? 0;
      if (all >= streamsMax || own >= streamsPerPrincipalMax) {
        throw new AppError("too-many-requests", "Too many streams are open; close one, or try again later.");
      }
      all += 1;
      taken.set(principal, own + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        all -= 1;
        const left = (taken.get(principal) ?? 1) - 1;
        if (left === 0) taken.delete(principal);
        else taken.set(principal, left);
      };
    },
  };
}

function createRecheck(deps: ApiDeps, request: FastifyRequest, everyMs: number): () => Promise<boolean> {
  let checkedAt = performance.now();
  return async () => {
    if (performance.now() - checkedAt < everyMs) return true;
    checkedAt = performance.now();
    try {
      return await isStillAllowed(deps, request, STREAM_SCOPES);
    } catch (error) {
      // The store is away; nothing is told meanwhile, and it is asked again.
      deps.logger.warn({ err: error }, "a stream's key cannot be checked");
      return true;
    }
  };
}
