import type { State } from "../../domain/transfer-state.js";
import type { StatsResource } from "../api/types.js";
import { count, duration } from "../i18n/format.js";
import { text } from "../i18n/text.js";
import type { Edge } from "../live/activity.js";
import { activity, ticks } from "../live/live.js";
import { now } from "../live/now.js";
import { toneOf } from "./parts.js";

type Leg = "start" | "debit" | "credit" | "refund";

const WINDOW_SECONDS = 300;
const WIDTH = 126;
const HEIGHT = 52;

const PLACES: Record<State, readonly [x: number, y: number]> = {
  NONE: [6, 124],
  STARTED: [214, 124],
  PENDING: [436, 124],
  COMPLETED: [668, 124],
  SUSPENDED: [436, 8],
  REJECTED: [214, 240],
  REVERSING: [436, 240],
  REVERSED: [668, 240],
};

/** The ways that money takes, how each is drawn, where its count stands, and which leg's time it is. */
const WAYS: readonly { from: State; to: State; path: string; label: readonly [number, number]; leg?: Leg }[] = [
  { from: "NONE", to: "STARTED", path: "M132 150H210", label: [171, 142], leg: "start" },
  { from: "STARTED", to: "PENDING", path: "M340 150H432", label: [378, 142], leg: "debit" },
  { from: "PENDING", to: "COMPLETED", path: "M562 150H664", label: [613, 142], leg: "credit" },
  { from: "STARTED", to: "REJECTED", path: "M277 176V236", label: [306, 211] },
  { from: "PENDING", to: "REVERSING", path: "M499 176V236", label: [528, 211] },
  { from: "REVERSING", to: "REVERSED", path: "M562 266H664", label: [613, 258], leg: "refund" },
];

/** The ways into suspension and back. */
const DETOURS: readonly { state: State; path: string; label: readonly [number, number] }[] = [
  { state: "STARTED", path: "M277 124V30Q277 22 285 22H432", label: [350, 16] },
  { state: "PENDING", path: "M499 124V60", label: [528, 96] },
  { state: "REVERSING", path: "M436 266H426Q418 266 418 258V54Q418 46 426 46H432", label: [396, 228] },
];

/** The machine as its state diagram: counts in the states and on the ways; the slowest leg is lit. */
export function StateMachine({ durations }: { durations: StatsResource["durations"] }) {
  const t = text();
  ticks.value;
  const edges = activity.value?.edges(now.value + 1, WINDOW_SECONDS) ?? new Map<Edge, number>();
  const states = activity.value?.states() ?? new Map<State, number>();
  const slowest = slowestLeg(durations);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: on a narrow screen it scrolls, by keyboard too.
    <section class="machine" tabIndex={0} aria-label={t.overview.machineLabel}>
      <svg viewBox="0 0 800 300" role="img" aria-label={describe(states, edges)} data-testid="machine">
        <defs>
          {["", "lit"].map((kind) => (
            <marker
              key={kind}
              id={`tip${kind}`}
              viewBox="0 0 8 8"
              refX="7"
              refY="4"
              markerWidth="7"
              markerHeight="7"
              orient="auto-start-reverse"
            >
              <path d="M0 0 8 4 0 8z" class={`tip ${kind}`} />
            </marker>
          ))}
        </defs>
        {DETOURS.map(({ state, path, label: [x, y] }) => {
          const [out, back] = [edges.get(`${state}>SUSPENDED`) ?? 0, edges.get(`SUSPENDED>${state}`) ?? 0];
          return (
            <g key={state}>
              <path d={path} class="way detour" marker-end="url(#tip)" marker-start={back > 0 ? "url(#tip)" : undefined} />
              {out + back > 0 && (
                <text x={x} y={y} class="way-count">
                  {count(out)}
                  {back > 0 && ` / ${count(back)}`}
                </text>
              )}
            </g>
          );
        })}
        {WAYS.map(({ from, to, path, label: [x, y], leg }) => {
          const lit = leg !== undefined && leg === slowest;
          const took = leg && durations[leg];
          return (
            <g key={to} class={lit ? "lit" : ""}>
              <path d={path} class="way" marker-end={lit ? "url(#tiplit)" : "url(#tip)"} />
              <text x={x} y={y} class="way-count">
                {count(edges.get(`${from}>${to}`) ?? 0)}
              </text>
              {took && (
                <text x={x} y={y + 24} class="way-time">
                  {duration(took.p95Ms)}
                </text>
              )}
              {lit && (
                <text x={x} y={y + 40} class="way-time">
                  {t.overview.slowest}
                </text>
              )}
            </g>
          );
        })}
        {Object.entries(PLACES).map(([state, [x, y]]) => (
          <StateNode key={state} state={state as State} x={x} y={y} inIt={states.get(state as State)} />
        ))}
      </svg>
    </section>
  );
}

function StateNode({ state, x, y, inIt }: { state: State; x: number; y: number; inIt: number | undefined }) {
  const t = text();
  return (
    <g class={`state tone-${toneOf(state)} ${inIt ? "" : "none-in"}`}>
      <title>{t.stateMeanings[state]}</title>
      <rect x={x} y={y} width={WIDTH} height={HEIGHT} rx="7" />
      <text x={x + WIDTH / 2} y={state === "NONE" ? y + 31 : y + 21} class="state-name">
        {t.states[state]}
      </text>
      {state !== "NONE" && (
        <text x={x + WIDTH / 2} y={y + 42} class="state-count">
          {count(inIt ?? 0)}
        </text>
      )}
    </g>
  );
}

/** The leg with the longest p95, of those that were measured. */
function slowestLeg(durations: StatsResource["durations"]): Leg | undefined {
  const legs = (["start", "debit", "credit", "refund"] as const).filter((leg) => durations[leg] !== undefined);
  return legs.sort((a, b) => (durations[b]?.p95Ms ?? 0) - (durations[a]?.p95Ms ?? 0))[0];
}

/** The same in words. */
function describe(states: ReadonlyMap<State, number>, edges: ReadonlyMap<Edge, number>): string {
  const t = text();
  const inStates = [...states].map(([state, number]) => `${t.states[state]}: ${count(number)}`);
  const onWays = WAYS.map(({ from, to }) => `${t.states[from]} → ${t.states[to]}: ${count(edges.get(`${from}>${to}`) ?? 0)}`);
  return `${t.overview.machineLabel}. ${[...inStates, ...onWays].join("; ")}`;
}
