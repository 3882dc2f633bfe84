import process from "node:process";
import Mocha from "mocha";
import type { Baseline, BaselineTest, Order, Report, TestRun, TestRunResult } from "./protocol.js";

/**
 * Loads test files once and runs chosen tests against one mutant after another: `worker <test file>…`, in the copy of the project that
 * holds the instrumented sources. Chains and databases that the tests share stay up in between. Ends with its parent.
 */

// Starting a chain or a database takes most of this on a busy machine.
const HOOK_LIMIT_MS = 120_000;
const BASELINE_LIMIT_MS = 120_000;
const SHOWN_OF_ERROR = 400;

/** The object by which instrumented code and its runner talk: Stryker's `InstrumenterContext`. */
interface Switches {
  activeMutant?: string;
  currentTestId?: string | undefined;
  mutantCoverage?: { static: Record<string, number>; perTest: Record<string, Record<string, number>> };
  hitCount?: number;
  hitLimit?: number;
}

const switches = globalThis as unknown as { __stryker__?: Switches };
switches.__stryker__ ??= {};
const context = switches.__stryker__;

const mocha = new Mocha({ reporter: class {} as never, ui: "bdd" });
mocha.cleanReferencesAfterRun(false);
for (const file of process.argv.slice(2)) mocha.addFile(file);
// A mutant may leave work behind that fails once its test is over.
process.on("uncaughtException", () => undefined);
process.on("unhandledRejection", () => undefined);
await mocha.loadFilesAsync();
// The hooks at the root end the chains and databases that all runs share.
const lastHooks = hooksOf(mocha.suite, "afterAll").splice(0);
forEachSuite((suite) => {
  for (const kind of ["beforeAll", "beforeEach", "afterEach", "afterAll"] as const)
    for (const hook of hooksOf(suite, kind)) hook.timeout(HOOK_LIMIT_MS);
  for (const test of suite.tests) test.timeout(BASELINE_LIMIT_MS);
});

process.on("disconnect", () => void end());
process.on("message", (order: Order) => void obey(order));
send({ kind: "loaded" });

async function obey(order: Order): Promise<void> {
  if (order.kind === "baseline") return send({ kind: "baseline", baseline: await runBaseline() });
  if (order.kind === "run") return send({ kind: "result", result: await runTests(order) });
  setLimits(order.limits);
}

/** Every test once, without a mutant. */
async function runBaseline(): Promise<Baseline> {
  const tests: BaselineTest[] = [];
  const failures: string[] = [];
  const atLoad = Object.keys(context.mutantCoverage?.static ?? {});
  mocha.grep(/^/);
  setBail(false);
  await run((runner) => {
    // Code that runs in a suite's first hooks is reached by all tests of the suite.
    runner.on("suite", (suite) => enter(suiteKey(suite)));
    runner.on("suite end", (suite) => enter(suite.parent === undefined ? undefined : suiteKey(suite.parent)));
    runner.on("test", (test) => enter(test.fullTitle()));
    runner.on("test end", (test) => enter(test.parent === undefined ? undefined : suiteKey(test.parent)));
    runner.on("pass", (test) => tests.push({ title: test.fullTitle(), ms: test.duration ?? 0, covers: coveredBy(test) }));
    runner.on("fail", (test, error) => failures.push(`${test.fullTitle()}: ${String(error.message).slice(0, SHOWN_OF_ERROR)}`));
  });
  enter(undefined);
  // What a suite's hooks reach after its first test is known only now.
  forEachSuite((suite) => {
    for (const test of suite.tests) {
      const known = tests.find(({ title }) => title === test.fullTitle());
      if (known !== undefined) known.covers = coveredBy(test);
    }
  });
  return { tests, atLoad, failures };
}

function setLimits(limits: Record<string, number>): void {
  const cost = new Map<Mocha.Suite, number>();
  forEachSuite((suite) => {
    for (const test of suite.tests) test.timeout(limits[test.fullTitle()] ?? BASELINE_LIMIT_MS);
  });
  const costOf = (suite: Mocha.Suite): number =>
    suite.tests.reduce((sum, test) => sum + (limits[test.fullTitle()] ?? 0), 0) +
    suite.suites.reduce((sum, child) => sum + costOf(child), 0);
  for (const suite of mocha.suite.suites) cost.set(suite, costOf(suite));
  // The quicker suites first: most mutants need no others.
  mocha.suite.suites.sort((a, b) => (cost.get(a) ?? 0) - (cost.get(b) ?? 0));
}

async function runTests({ mutant, titles, hits }: TestRun): Promise<TestRunResult> {
  const result: TestRunResult = {};
  // A worker that was started for one mutant has that one from the beginning.
  if (mutant !== undefined) context.activeMutant = mutant;
  context.hitCount = 0;
  context.hitLimit = hits;
  mocha.grep(new RegExp(`^(?:${titles.map(escaped).join("|")})$`));
  setBail(true);
  await run((runner) => {
    // The type leaves hooks out.
    runner.on("fail", (failing: Mocha.Test | Mocha.Hook, error) => {
      const isHook = failing.type === "hook";
      result.failed ??= {
        title: isHook ? (failing.ctx?.currentTest?.fullTitle() ?? titles[0] ?? "") : failing.fullTitle(),
        timedOut: (error as { code?: unknown }).code === "ERR_MOCHA_TIMEOUT",
        error: String(error.message).slice(0, SHOWN_OF_ERROR),
      };
    });
  });
  // No mutant has this name.
  if (mutant !== undefined) context.activeMutant = "none";
  return result;
}

function run(listen: (runner: Mocha.Runner) => void): Promise<void> {
  return new Promise((resolve) => {
    const runner = mocha.run(() => {
      // Else it would end the process at an error that comes after the run.
      runner.dispose();
      resolve();
    });
    runner.on("hook", (hook) => send({ kind: "alive", limitMs: hook.timeout() }));
    runner.on("test", (test) => send({ kind: "alive", limitMs: test.timeout() }));
    listen(runner);
  });
}

function coveredBy(test: Mocha.Test): Record<string, number> {
  const perTest = context.mutantCoverage?.perTest ?? {};
  const covers: Record<string, number> = {};
  const keys = [test.fullTitle()];
  for (let suite = test.parent; suite !== undefined; suite = suite.parent) keys.push(suiteKey(suite));
  for (const key of keys) for (const [id, count] of Object.entries(perTest[key] ?? {})) covers[id] = (covers[id] ?? 0) + count;
  return covers;
}

function enter(place: string | undefined): void {
  context.currentTestId = place;
}

function suiteKey(suite: Mocha.Suite): string {
  return `suite ${suite.fullTitle()}`;
}

function hooksOf(suite: Mocha.Suite, kind: "beforeAll" | "beforeEach" | "afterEach" | "afterAll"): Mocha.Hook[] {
  return (suite as unknown as { getHooks(kind: string): Mocha.Hook[] }).getHooks(kind);
}

function forEachSuite(visit: (suite: Mocha.Suite) => void, suite: Mocha.Suite = mocha.suite): void {
  visit(suite);
  for (const child of suite.suites) forEachSuite(visit, child);
}

function setBail(bail: boolean): void {
  forEachSuite((suite) => void suite.bail(bail));
}

function escaped(title: string): string {
  return title.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

function send(report: Report): void {
  process.send?.(report);
}

async function end(): Promise<never> {
  for (const hook of lastHooks) {
    // Another hook still ends the rest.
    await Promise.resolve((hook as unknown as { fn(this: object): unknown }).fn.call({ timeout: () => undefined })).catch(
      () => undefined,
    );
  }
  process.exit(0);
}
