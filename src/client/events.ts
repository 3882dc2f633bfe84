import { type FollowOptions, followStream, type StreamItem } from "./event-stream.js";
import { allItems } from "./pages.js";
import { answerOf, type CallOptions, type Transport } from "./transport.js";
import type { Event, EventPage, EventQuery, StreamQuery } from "./types.js";

/** Events of the caller's own transfers; of everybody's for a key with the scope `transfers:read-any`. */
export interface Events {
  /** All events that are final, in the order of the chain. `after`: a sequence, from the first event without it. */
  list(query?: EventQuery, options?: CallOptions): AsyncGenerator<Event, void, undefined>;
  /** One page of them; `next` as `after` asks for the next, until it is `final`. */
  listPage(query?: EventQuery, options?: CallOptions): Promise<EventPage>;
  /**
   * What happens, as it happens, in the order of the chain. A connection that is cut is made anew where it ended: nothing is missed, and
   * nothing told twice. Ends when the signal aborts.
   * @param query.after A cursor of an item, or an event's sequence; what comes from now on without it.
   * @throws ApiError Where asking again is no help, e.g. `unauthorized`.
   * @throws ConnectionError After too many failures in a row.
   */
  follow(query?: StreamQuery, options?: FollowOptions): AsyncGenerator<StreamItem, void, undefined>;
}

export function createEvents(transport: Transport): Events {
  const { api, call } = transport;
  const listPage = async (query: EventQuery = {}, options?: CallOptions) =>
    await answerOf(api.GET("/v1/events", { params: { query }, ...call(options) }));

  return {
    list: (query, options) =>
      allItems(async (after) => {
        const page = await listPage({ ...query, ...(after !== undefined && { after }) }, options);
        return { items: page.events, next: BigInt(page.next) < BigInt(page.final) ? page.next : undefined };
      }, query?.after),
    listPage,
    async *follow(query = {}, options = {}) {
      if (options.signal?.aborted) return;
      // Of a connection that is cut before it has told anything there would be no cursor to come again with.
      const after = query.after ?? (await listPage({ limit: "1" }, { signal: options.signal })).final;
      yield* followStream(transport, { ...query, after }, options);
    },
  };
}
