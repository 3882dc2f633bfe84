import { reasonOfEquivalence } from "./equivalent.js";
import type { SourceMutant } from "./instrument.js";
import type { Baseline, TestRunResult } from "./protocol.js";
import { startWorker, type WorkerProcess } from "./worker-process.js";

/** `unreached`: no test runs the mutant's code; it counts as survived. `equivalent`: it is listed as such, and not tested. */
export type Verdict = "killed" | "timed out" | "survived" | "unreached" | "equivalent";

export interface MutantResult {
  mutant: SourceMutant;
  verdict: Verdict;
  /** The title of the test that killed it, or the reason why none can. */
  by?: string;
}

// A busy machine makes a test several times slower; a mutant that makes it slower still has changed what it does.
const SLOWER_BY = 6;
const LEAST_LIMIT_MS = 10_000;
const MORE_HITS = 100;
const LEAST_HITS = 10_000;

/**
 * Tests mutants with one worker, which is replaced where a mutant has spoilt it. A test that fails kills a mutant only if it passes again
 * right after without the mutant: else the worker itself is spoilt, and the mutant is tested in a new one.
 */
export async function createTester(workshop: string, testFiles: readonly string[]) {
  let worker: WorkerProcess = await startWorker(workshop, testFiles);
  const baseline = await worker.runBaseline();
  if (baseline.failures.length > 0) throw new Error(`Tests fail without any mutant:\n${baseline.failures.join("\n")}`);
  const limits = Object.fromEntries(
    baseline.tests.map(({ title, ms }) => [title, Math.max(LEAST_LIMIT_MS, Math.ceil(ms * SLOWER_BY))]),
  );
  worker.setLimits(limits);

  async function renew(): Promise<void> {
    await worker.end();
    worker = await startWorker(workshop, testFiles);
    worker.setLimits(limits);
  }

  async function test(mutant: SourceMutant, sameFile: ReadonlySet<string>): Promise<MutantResult> {
    const reason = reasonOfEquivalence(mutant);
    if (reason !== undefined) return { mutant, verdict: "equivalent", by: reason };
    const { titles, hits, atLoad } = testsFor(mutant, baseline, sameFile);
    if (titles.length === 0) return { mutant, verdict: "unreached" };
    return atLoad ? await testAtLoad(mutant, titles) : await testSwitched(mutant, titles, hits);
  }

  async function testSwitched(mutant: SourceMutant, titles: string[], hits: number): Promise<MutantResult> {
    for (const isLast of [false, true]) {
      const result = await worker.run({ mutant: mutant.id, titles, hits });
      if (result === "hung" || result === "ended") {
        await renew();
        if (result === "hung") return { mutant, verdict: "timed out" };
        // An earlier mutant's remains may have ended it.
        if (isLast) return { mutant, verdict: "killed", by: "the process ended" };
        continue;
      }
      const { failed } = result;
      if (failed === undefined) return { mutant, verdict: "survived" };
      // An error that belongs to no test was left behind by an earlier run.
      const isSound = titles.includes(failed.title) && (await passesWithoutMutant(failed.title));
      if (!isSound) await renew();
      if (isSound || isLast || failed.timedOut) {
        return { mutant, verdict: failed.timedOut ? "timed out" : "killed", by: failed.title };
      }
    }
    throw new Error("unreachable");
  }

  async function passesWithoutMutant(title: string): Promise<boolean> {
    const result = await worker.run({ mutant: undefined, titles: [title], hits: Number.MAX_SAFE_INTEGER });
    return typeof result === "object" && result.failed === undefined;
  }

  /** Code that runs while its module is loaded needs a worker of its own. */
  async function testAtLoad(mutant: SourceMutant, titles: string[]): Promise<MutantResult> {
    let result: TestRunResult | "hung" | "ended";
    let own: WorkerProcess;
    try {
      own = await startWorker(workshop, testFiles, mutant.id);
    } catch {
      return { mutant, verdict: "killed", by: "loading the module" };
    }
    try {
      own.setLimits(limits);
      result = await own.run({ mutant: mutant.id, titles, hits: Number.MAX_SAFE_INTEGER });
    } finally {
      await own.end();
    }
    if (result === "hung") return { mutant, verdict: "timed out" };
    if (result === "ended") return { mutant, verdict: "killed", by: "the process ended" };
    const { failed } = result;
    if (failed === undefined) return { mutant, verdict: "survived" };
    return { mutant, verdict: failed.timedOut ? "timed out" : "killed", by: failed.title };
  }

  return { baseline, test, end: () => worker.end() };
}

/** The tests that reach a mutant; of one that runs at load, those that reach anything of its file. */
function testsFor(mutant: SourceMutant, baseline: Baseline, sameFile: ReadonlySet<string>) {
  const reaching = baseline.tests.filter(({ covers }) => mutant.id in covers);
  if (reaching.length === 0 && baseline.atLoad.includes(mutant.id)) {
    const titles = baseline.tests
      .filter(({ covers }) => Object.keys(covers).some((id) => sameFile.has(id)))
      .map(({ title }) => title);
    return { titles, hits: 0, atLoad: true };
  }
  const reached = reaching.reduce((sum, { covers }) => sum + (covers[mutant.id] ?? 0), 0);
  return { titles: reaching.map(({ title }) => title), hits: Math.max(LEAST_HITS, reached * MORE_HITS), atLoad: false };
}
