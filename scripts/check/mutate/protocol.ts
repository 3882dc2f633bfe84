/** Between the run of `npm run mutate` and its worker, the process that loads a folder's tests. */

/** A test as the run without a mutant saw it. `covers`: how often it reached each mutant, by the mutants' ids. */
export interface BaselineTest {
  title: string;
  ms: number;
  covers: Record<string, number>;
}

export interface Baseline {
  tests: BaselineTest[];
  /** Ids of the mutants that run while a module is loaded. */
  atLoad: string[];
  failures: string[];
}

/** Tests that are run until one fails. `hits`: a mutant that is reached more often than this is in an endless loop. */
export interface TestRun {
  mutant: string | undefined;
  titles: string[];
  hits: number;
}

export interface TestRunResult {
  /** The first test that failed, itself or by a hook. */
  failed?: { title: string; timedOut: boolean; error: string };
}

export type Order = { kind: "baseline" } | ({ kind: "run" } & TestRun) | { kind: "limits"; limits: Record<string, number> };

/** `alive`: a test or a hook has begun, which ends by itself after `limitMs` if it can. */
export type Report =
  | { kind: "loaded" }
  | { kind: "baseline"; baseline: Baseline }
  | { kind: "result"; result: TestRunResult }
  | { kind: "alive"; limitMs: number };
