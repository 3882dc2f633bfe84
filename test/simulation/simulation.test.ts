import { readFileSync } from "node:fs";
import { expect } from "chai";
import { crashes, type Job, ruleOf } from "../../tools/simulation/jobs.js";
import { PLANTED_BUGS, type PlantedBug } from "../../tools/simulation/planted-bugs.js";
import { type Done, runWorker } from "../../tools/simulation/run-worker.js";

const TRANSFERS = 50;
const SEEDS = Array.from({ length: 6 }, (_, index) => index + 1);
/** Seeds that have found something once. */
const { seeds: KEPT } = JSON.parse(readFileSync("tools/simulation/seeds.json", "utf8")) as { seeds: number[] };
const TWICE = SEEDS[2] as number;
const PLAN = crashes();
const TIMEOUT_MS = 1_800_000;

// Two processes, as many as the smallest machine has cores. Each begins with jobs of its own; then who is done takes the next.
const seeds = (list: readonly number[]): Job => ({ kind: "seeds", seeds: list, transfers: TRANSFERS });
const OWN: Job[][] = [
  [seeds([TWICE, ...SEEDS.filter((seed) => seed < TWICE)])],
  [seeds([...SEEDS.filter((seed) => seed > TWICE), TWICE])],
];
const SHARED: Job[] = [
  ...KEPT.filter((seed) => !SEEDS.includes(seed)).map((seed) => seeds([seed])),
  ...Object.keys(PLANTED_BUGS).map(planted),
  ...PLAN.map((crash): Job => ({ kind: "crash", ...crash })),
];

function planted(bug: string): Job {
  return { kind: "planted", bug };
}

/** The system in one process with a simulated clock: what goes wrong is chosen by a seed, and the same at every run of it. */
describe("the simulation", function () {
  this.timeout(TIMEOUT_MS);
  let done: Done[] = [];
  const reports = (matches: (job: Job) => boolean) => done.filter(({ job }) => matches(job)).flatMap((one) => one.reports);

  before(async () => {
    done = (await Promise.all(OWN.map((own) => runWorker(() => own.shift() ?? SHARED.shift())))).flat();
  });

  it(`keeps every invariant in ${SEEDS.length} seeds of ${TRANSFERS} transfers, and in those that once did not`, () => {
    const all = reports(({ kind }) => kind === "seeds");
    expect(
      all.filter(({ violations }) => violations.length > 0).map(({ seed, violations }) => ({ seed, violations })),
    ).deep.equal([]);
    expect(new Set(all.map(({ seed }) => seed))).deep.equal(new Set([...SEEDS, ...KEPT]));
  });

  it("meets every kind of fault, and every end of a transfer", () => {
    const all = reports(({ kind }) => kind === "seeds");
    const kinds = new Set(all.flatMap(({ faults }) => Object.keys(faults)));
    expect([...kinds]).include.members([
      "chain: reorganisation",
      "chain: transaction dropped",
      "process: killed",
      "process: stopped",
    ]);
    expect([...kinds].map((kind) => kind.split(":")[0])).include.members([
      "rpc",
      "store",
      "http",
      "bank",
      "observer",
      "clock",
      "link",
      "number",
      "people",
    ]);
    const states = new Set(all.flatMap((report) => Object.keys(report.states)));
    expect([...states].sort()).deep.equal(["COMPLETED", "REJECTED", "REVERSED", "SUSPENDED"]);
  });

  it("runs a seed twice alike, event for event, in another process and after other seeds", () => {
    const digests = reports(({ kind }) => kind === "seeds").filter(({ seed }) => seed === TWICE);
    expect(digests).length(2);
    expect(digests[0]?.digest).equal(digests[1]?.digest);
    expect(new Set(reports(({ kind }) => kind === "seeds").map(({ digest }) => digest)).size).above(SEEDS.length - 1);
  });

  for (const bug of Object.keys(PLANTED_BUGS)) {
    const { rule, alone } = PLANTED_BUGS[bug] as PlantedBug;
    const by = rule === undefined ? "" : ` by the rule "${rule}"${alone ? " alone" : ""}`;
    it(`would catch ${bug}${by}`, () => {
      const last =
        reports((job) => job.kind === "planted" && job.bug === bug)
          .at(-1)
          ?.violations.map(ruleOf) ?? [];
      expect(last).not.deep.equal([]);
      if (rule !== undefined) expect(last).include(rule);
      if (alone) expect([...new Set(last)]).deep.equal([rule]);
    });
  }

  for (const { point, moment, times } of PLAN) {
    it(`survives kill -9 ${moment} ${point}, ${times === 1 ? "once" : "twice"}`, () => {
      const own = reports((job) => job.kind === "crash" && job.point === point && job.moment === moment && job.times === times);
      expect(own.flatMap(({ violations }) => violations)).deep.equal([]);
      expect(own.at(-1)?.crashes, "the point was passed").equal(times);
    });
  }
});
