import { CRASH_POINTS, type CrashPoint, type Moment, type PlannedCrash } from "./faults.js";
import { PLANTED_BUGS } from "./planted-bugs.js";
import { runSeed, type SeedOptions, type SeedReport, type Stage } from "./run-seed.js";

/** What a worker of the suite is asked to do. */
export type Job =
  | { kind: "seeds"; seeds: readonly number[]; transfers: number }
  | { kind: "planted"; bug: string }
  | { kind: "crash"; point: CrashPoint; moment: Moment; times: number };

const MOMENTS: readonly Moment[] = ["before", "after"];
const TIMES = [1, 2];
// A bug that is not caught by so many seeds is not caught.
const SEEDS_PER_BUG = 24;
const PLANTED = { transfers: 14, maxDepth: 8, intensity: 1, limitMs: 120_000 };
// Nothing else goes wrong.
const CRASHED = { transfers: 4, maxDepth: 0, intensity: 0, brief: true };
const RETRIED = { chances: { "observer: fails": 0.2 } };
/** What must go wrong, or else nobody passes a point. */
const NEEDED: Partial<Record<CrashPoint, Partial<SeedOptions>>> = {
  "roll-back": { transfers: 10, maxDepth: 8, intensity: 0.5, forks: 5 },
  "retry parked": RETRIED,
  "bank close sent": { transfers: 8, inHaste: true, chances: { "http: error 503": 0.5 } },
};
/** What makes a bug matter sooner. */
const PROVOKED: Record<string, Partial<SeedOptions>> = {
  "an event that does not wait for an earlier one of its transfer": { chances: { "observer: fails one": 0.4 } },
  "a roll-back that leaves the events": { forks: 5 },
  "logs that are believed unchecked": { chances: { "rpc: log forged": 0.4 } },
  "a credit to the account of the number's new holder": { moves: 8 },
  "a moved number reversed without closing the credit's name": { moves: 8, chances: { "http: answer lost": 0.3 } },
  "a reconciliation that finds no differences": { chances: { "bank: hides a posting": 0.2 } },
};
/** From which seed on it is tried: the seeds before it do not show what is wanted. Where a change of the code moves that, a later one will do. */
const FIRST_SEEDS: Record<string, number> = {
  "bank close sent, before, 1": 3,
  "bank close sent, before, 2": 7,
  "bank close sent, after, 1": 3,
  "bank close sent, after, 2": 16,
  "retry parked, after, 2": 4,
  "a failed delivery taken for a success": 14,
  "a function that swallows what it cannot do": 5,
  "a lost answer of the bank taken for a no": 5,
  "a roll-back that leaves the events": 2,
  "an event that does not wait for an earlier one of its transfer": 5,
  "a credit to the account of the number's new holder": 5,
};
const SEEDS_PER_CRASH = 24;

/** Every crash point, before and after, once and twice. */
export function crashes(): PlannedCrash[] {
  return CRASH_POINTS.flatMap((point) => MOMENTS.flatMap((moment) => TIMES.map((times) => ({ point, moment, times }))));
}

/** Does a job. A crash point is run with seed after seed until one has passed it as often as asked. */
export async function runJob(stage: Stage, job: Job): Promise<SeedReport[]> {
  const reports: SeedReport[] = [];
  if (job.kind === "seeds") {
    for (const seed of job.seeds) reports.push(await runSeed(stage, { seed, transfers: job.transfers }));
    return reports;
  }
  const first = FIRST_SEEDS[job.kind === "planted" ? job.bug : `${job.point}, ${job.moment}, ${job.times}`] ?? 1;
  const last = first + (job.kind === "planted" ? SEEDS_PER_BUG : SEEDS_PER_CRASH);
  for (let seed = first; seed < last; seed += 1) {
    const report =
      job.kind === "planted"
        ? await runSeed(stage, { seed, ...PLANTED, ...PROVOKED[job.bug], plants: PLANTED_BUGS[job.bug]?.plants() ?? {} })
        : await runSeed(stage, { seed, ...CRASHED, ...NEEDED[job.point], crash: job });
    reports.push(report);
    if (isDone(job, report)) break;
  }
  return reports;
}

/** A planted bug is caught once the rule that it names has told of it. */
function isDone(job: Exclude<Job, { kind: "seeds" }>, { violations, crashes: passed }: SeedReport): boolean {
  if (job.kind === "crash") return violations.length > 0 || passed === job.times;
  const rule = PLANTED_BUGS[job.bug]?.rule;
  return violations.some((violation) => rule === undefined || ruleOf(violation) === rule);
}

/** The rule of the oracle that a violation is of. */
export function ruleOf(violation: string): string {
  return violation.split(":")[0] ?? "";
}
