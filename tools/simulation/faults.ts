import type { Random } from "./random.js";
import type { Process, Scheduler } from "./scheduler.js";

/** What can go wrong by itself, and how often: the chance for each time that it could. */
export const FAULTS = {
  "rpc: error 500": 0.01,
  "rpc: error 429": 0.005,
  "rpc: answer is not JSON": 0.005,
  "rpc: request lost": 0.01,
  "rpc: answer lost": 0.01,
  "rpc: slow": 0.01,
  "rpc: logs left out": 0.1,
  "rpc: no logs": 0.1,
  "rpc: node lags": 0.02,
  "rpc: replicas differ": 0.01,
  "rpc: log forged": 0.1,
  "rpc: silently pruned": 0.005,
  "store: cut before commit": 0.01,
  "store: cut after commit": 0.01,
  "store: cut in a query": 0.002,
  "store: slow": 0.01,
  "http: request lost": 0.04,
  "http: answer lost": 0.06,
  "http: duplicate": 0.06,
  "http: late": 0.04,
  "http: error 503": 0.04,
  "bank: denies a posting": 0.1,
  "bank: hides a posting": 0.005,
  "observer: fails": 0.05,
  "observer: fails one": 0.03,
} as const;

export type FaultKind = keyof typeof FAULTS;

/** Chances of one's own, whatever the intensity. */
export type Chances = Partial<Record<FaultKind, number>>;

/** Where a process can be killed: around whatever is durable, or leaves the process. Each has a before and an after. */
export const CRASH_POINTS = [
  "journal insert",
  "journal settled",
  "start broadcast",
  "start mined",
  "lease taken",
  "page write",
  "roll-back",
  "delivery sent",
  "delivery settled",
  "retry parked",
  "bank posting sent",
  "bank commit",
  "bank close sent",
  "advance broadcast",
  "advance mined",
] as const;

export type CrashPoint = (typeof CRASH_POINTS)[number];
export type Moment = "before" | "after";

/** A kill -9 that is planned: of whoever passes a point, so many times. */
export interface PlannedCrash {
  point: CrashPoint;
  moment: Moment;
  times: number;
}

/** Decides what goes wrong, and keeps count. */
export interface Faults {
  on: boolean;
  /** Whether a fault strikes now. */
  strikes(kind: FaultKind): boolean;
  /** Counts a fault that somebody else decided on. */
  count(kind: string): void;
  /** To be called where a process can be killed; kills the current one, or the one given, if that is planned. */
  pass(point: CrashPoint, moment: Moment, process?: Process): void;
  readonly counts: Map<string, number>;
  readonly crashes: { point: CrashPoint; moment: Moment }[];
}

export function createFaults(
  deps: { scheduler: Scheduler; random: Random; kill: (process: Process) => void },
  options: { intensity: number; chances?: Chances; crash?: PlannedCrash },
): Faults {
  const { scheduler, random } = deps;
  const counts = new Map<string, number>();
  const crashes: { point: CrashPoint; moment: Moment }[] = [];
  const count = (kind: string) => void counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const faults: Faults = {
    on: true,
    strikes(kind) {
      if (!faults.on || !random.chance(options.chances?.[kind] ?? FAULTS[kind] * options.intensity)) return false;
      count(kind);
      scheduler.trace(`fault ${kind}`);
      return true;
    },
    count,
    pass(point, moment, process = scheduler.current()) {
      const { crash } = options;
      if (crash?.point !== point || crash.moment !== moment || crashes.length >= crash.times) return;
      if (process === undefined || process.dead) return;
      crashes.push({ point, moment });
      scheduler.trace(`crash ${moment} ${point}`);
      deps.kill(process);
    },
    counts,
    crashes,
  };
  return faults;
}
