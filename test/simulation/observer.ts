import type { FaultKind, Faults } from "./faults.js";
import type { Server } from "./network.js";
import { OBSERVER } from "./roles.js";
import { createProcess } from "./scheduler.js";
import type { World } from "./world.js";

/** What functions have taken, and in which order: as seen where the requests arrive. */
export interface Deliveries {
  /** `<function> <event id>` of what was answered with success. */
  readonly acknowledged: Set<string>;
  readonly problems: string[];
  /** Transfers that the observer has heard of. */
  transfers(): string[];
}

interface Event {
  id: string;
  subject: string;
  sequence: string;
}

/** Listens in on all deliveries, and is itself a function that only looks, and sometimes fails. */
export function startObserver(world: World): Deliveries {
  const acknowledged = new Set<string>();
  const problems: string[] = [];
  const seen = new Map<string, Map<string, { sequence: bigint; done: boolean }>>();

  /** An event must not come for the first time while an earlier one of its transfer, which came in another request, is not done. */
  function arrive(event: Event, together: ReadonlySet<string>): void {
    const own = seen.get(event.subject) ?? new Map();
    seen.set(event.subject, own);
    if (own.has(event.id)) return;
    const sequence = BigInt(event.sequence);
    for (const [id, other] of own) {
      if (other.sequence > sequence) problems.push(`order: ${event.id} came after ${id}`);
      else if (!other.done && !together.has(id))
        problems.push(`order: ${event.id} (${sequence}) came before ${id} (${other.sequence}) was taken`);
    }
    own.set(event.id, { sequence, done: false });
  }

  const process = createProcess(OBSERVER);
  const observer: Server = {
    process,
    handle: async ({ body }) => {
      const events = JSON.parse(body) as Event[];
      const together = new Set(events.map(({ id }) => id));
      for (const event of events) arrive(event, together);
      const json = { "content-type": "application/json" };
      if (observerFails(world.faults, "all")) return { status: 503, headers: json, body: "{}" };
      const failed = events.filter(() => observerFails(world.faults, "one")).map(({ id }) => ({ id, error: "not now" }));
      const failing = new Set(failed.map(({ id }) => id));
      world.scheduler.trace(
        `observer ${events.map(({ id, sequence }) => (failing.has(id) ? `not ${sequence}` : sequence)).join(" ")}`,
      );
      for (const { id, subject } of events) {
        const entry = seen.get(subject)?.get(id);
        if (entry !== undefined && !failing.has(id)) entry.done = true;
      }
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
    for (const { id } of JSON.parse(request.body) as Event[]) if (!failing.has(id)) acknowledged.add(`${host} ${id}`);
    return heard;
  };
  return { acknowledged, problems, transfers: () => [...seen.keys()] };
}

function observerFails(faults: Faults, what: "all" | "one"): boolean {
  const kinds: Record<typeof what, FaultKind> = { all: "observer: fails", one: "observer: fails one" };
  return faults.strikes(kinds[what]);
}
