import type { State } from "../../domain/transfer-state.js";
import type { ActivityResource, EventResource } from "../api/types.js";

/** A way from one state to another. */
export type Edge = `${State}>${State}`;

/** What is known of how transfers go: counted from the API's snapshot, and on from every event after it. Times are block times. */
export interface Activity {
  /** Counts an event; `removed`: one that the chain took back. */
  count(event: EventResource, how: "event" | "removed"): void;
  /** How many transfers are in each state. */
  states(): ReadonlyMap<State, number>;
  /** How many took each way in the `seconds` before `nowSecond`, the second itself left out: it is not over. */
  edges(nowSecond: number, seconds: number): Map<Edge, number>;
  /** By second, oldest first, how many came to one of `states`; as long as `seconds`, up to the second before `nowSecond`. */
  series(nowSecond: number, seconds: number, states: readonly State[]): number[];
  /** The newest second that an event is of. */
  newestSecond(): number;
}

// Twice the window: what is drawn is never cut short. Older seconds are forgotten.
const KEPT_SECONDS = 600;
// Whose last state is remembered, so that the way that led to the next is known. Far more than are open at once.
const REMEMBERED_MAX = 20_000;

const USUAL_ORIGIN: Record<State, State> = {
  NONE: "NONE",
  STARTED: "NONE",
  PENDING: "STARTED",
  COMPLETED: "PENDING",
  REJECTED: "STARTED",
  REVERSING: "PENDING",
  REVERSED: "REVERSING",
  SUSPENDED: "STARTED",
};
const FINAL: readonly State[] = ["COMPLETED", "REJECTED", "REVERSED"];

export function createActivity(snapshot: ActivityResource): Activity {
  const seconds = new Map<number, Map<Edge, number>>();
  const states = new Map<State, number>();
  const latest = new Map<string, State>();
  let newest = 0;

  for (const [state, count] of Object.entries(snapshot.transfers)) states.set(state as State, count);
  for (const { time, from, to, count } of snapshot.changes) add(secondOf(time), from, to, count);

  function add(second: number, from: State, to: State, count: number): void {
    const edges = seconds.get(second) ?? new Map<Edge, number>();
    const edge: Edge = `${from}>${to}`;
    edges.set(edge, Math.max(0, (edges.get(edge) ?? 0) + count));
    seconds.set(second, edges);
    if (second <= newest) return;
    newest = second;
    for (const old of seconds.keys()) if (old < newest - KEPT_SECONDS) seconds.delete(old);
  }

  function move(from: State, to: State): void {
    // What the API alone knows is in none of the chain's states.
    if (from !== "NONE") states.set(from, Math.max(0, (states.get(from) ?? 0) - 1));
    if (to !== "NONE") states.set(to, (states.get(to) ?? 0) + 1);
  }

  function remember(transfer: string, state: State): void {
    latest.delete(transfer);
    if (!FINAL.includes(state)) latest.set(transfer, state);
    const [oldest] = latest.size > REMEMBERED_MAX ? latest.keys() : [];
    if (oldest !== undefined) latest.delete(oldest);
  }

  return {
    count(event, how) {
      const to = event.state;
      if (to === undefined) return;
      const suspendedFrom = to === "SUSPENDED" ? event.suspendedFrom : undefined;
      if (how === "removed") {
        const from = suspendedFrom ?? USUAL_ORIGIN[to];
        add(secondOf(event.time), from, to, -1);
        move(to, from);
        remember(event.transfer, from);
        return;
      }
      const from = latest.get(event.transfer) ?? suspendedFrom ?? USUAL_ORIGIN[to];
      add(secondOf(event.time), from, to, 1);
      move(from, to);
      remember(event.transfer, to);
    },
    states: () => states,
    edges(nowSecond, length) {
      const sums = new Map<Edge, number>();
      for (const [second, edges] of seconds) {
        if (second < nowSecond - length || second >= nowSecond) continue;
        for (const [edge, count] of edges) sums.set(edge, (sums.get(edge) ?? 0) + count);
      }
      return sums;
    },
    series(nowSecond, length, wanted) {
      return Array.from({ length }, (_, index) => {
        let sum = 0;
        for (const [edge, count] of seconds.get(nowSecond - length + index) ?? []) {
          if (wanted.some((state) => edge.endsWith(`>${state}`))) sum += count;
        }
        return sum;
      });
    },
    newestSecond: () => newest,
  };
}

export function secondOf(time: string): number {
  return Math.floor(Date.parse(time) / 1_000);
}
