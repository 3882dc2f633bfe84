import { createDeliveryOrder, type OrderedEvent } from "../support/delivery-order.js";
import type { FaultKind, Faults } from "./faults.js";
import type { Server } from "./network.js";
import { OBSERVER } from "./roles.js";
import { createProcess } from "./scheduler.js";
import type { World } from "./world.js";

/** What functions have taken, and in which order: as seen where the requests arrive. */
export interface Deliveries {
  /** `<function> <event id>` of what was answered with success. */
  readonly acknowledged: Set<string>;
  readonly problems: readonly string[];
  /** Transfers that the observer has heard of. */
  transfers(): string[];
}

/** Listens in on all deliveries, and is itself a function that only looks, and sometimes fails. */
export function startObserver(world: World): Deliveries {
  const acknowledged = new Set<string>();
  const order = createDeliveryOrder();
  const process = createProcess(OBSERVER);
  const observer: Server = {
    process,
    handle: async ({ body }) => {
      const events = JSON.parse(body) as OrderedEvent[];
      order.arrived(events);
      const json = { "content-type": "application/json" };
      if (observerFails(world.faults, "all")) return { status: 503, headers: json, body: "{}" };
      const failed = events.filter(() => observerFails(world.faults, "one")).map(({ id }) => ({ id, error: "not now" }));
      const failing = new Set(failed.map(({ id }) => id));
      world.scheduler.trace(
        `observer ${events.map(({ id, sequence }) => (failing.has(id) ? `not ${sequence}` : sequence)).join(" ")}`,
      );
      for (const event of events) if (!failing.has(event.id)) order.done(event);
      return { status: 200, headers: json, body: JSON.stringify({ failed }) };
    },
  };
  world.http.serve(OBSERVER, observer);
  world.http.onAnswer = (host, request, answer) => {
    if (host.startsWith("bank-")) return answer;
    const heard = world.plants.deliveryAnswer?.(answer) ?? answer;
    if (answer.status !== 200) return heard;
    const { failed = [] } = JSON.parse(answer.body) as { failed?: { id: string }[] };
    const failing = new Set(failed.map(({ id }) => id));
    for (const { id } of JSON.parse(request.body) as OrderedEvent[]) if (!failing.has(id)) acknowledged.add(`${host} ${id}`);
    return heard;
  };
  return { acknowledged, problems: order.problems, transfers: order.transfers };
}

function observerFails(faults: Faults, what: "all" | "one"): boolean {
  const kinds: Record<typeof what, FaultKind> = { all: "observer: fails", one: "observer: fails one" };
  return faults.strikes(kinds[what]);
}
