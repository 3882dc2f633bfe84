import { expect } from "chai";
import { Registry } from "prom-client";
import { AppError } from "../../../src/domain/app-error.js";
import { VERDICTS, type Verdict } from "../../../src/domain/reconciliation.js";
import { readReconciliationFailures, writeReconciliation } from "../../../src/store/transfers/reconciliations.js";
import { createWatcherMetrics } from "../../../src/telemetry/watcher-metrics.js";
import { type CompareStatement, reconcileRegularly } from "../../../src/watcher/reconcile/reconcile-regularly.js";
import { recordingLogger, SILENT } from "../../../tools/support/logger.js";
import { startTestStore } from "../../support/watching.js";

const NOW = Date.parse("2026-03-02T12:00:00Z");
const NONE = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
const ONE = { counts: { ...NONE, unexplained: 1 }, differences: [{ verdict: "unexplained" as const, reference: "r" }] };

describe("the watcher's reconciliation", () => {
  let store: Awaited<ReturnType<typeof startTestStore>>;
  let registry: Registry;

  before(async () => {
    store = await startTestStore();
  });

  beforeEach(() => {
    registry = new Registry();
  });

  after(async () => {
    await store.close();
  });

  /** Runs until a last bank was asked so often; what the metrics say before and after it is stopped. */
  async function run(compare: CompareStatement, rounds: number, isCaughtUp = async () => true, logger = SILENT) {
    const stop = new AbortController();
    const enough = Promise.withResolvers<void>();
    let asked = 0;
    const counting: CompareStatement = async (bank, day, signal) => {
      if (bank !== "LASTTHB1") return await compare(bank, day, signal);
      asked += 1;
      // A day each for yesterday and today.
      if (asked > 2 * rounds) enough.resolve();
      return { counts: NONE, differences: [] };
    };
    const deps = { db: store.db, logger, clock: () => NOW, observer: createWatcherMetrics(registry), isCaughtUp };
    const options = { banks: ["FAASTHB1", "LASTTHB1"], compare: counting, intervalMs: 1 };
    const running = reconcileRegularly(deps, options, stop.signal);
    await enough.promise;
    const meanwhile = await registry.metrics();
    stop.abort();
    await running;
    return { while: meanwhile, afterwards: await registry.metrics() };
  }

  it("looks at today and at the day before, again and again, and counts what it finds by verdict", async () => {
    const asked: string[] = [];
    const metrics = await run(async (_bank, day) => {
      asked.push(day);
      return day === "2026-03-01" ? ONE : { counts: NONE, differences: [] };
    }, 2);
    expect(asked.slice(0, 4)).deep.equal(["2026-03-01", "2026-03-02", "2026-03-01", "2026-03-02"]);
    expect(metrics.while).include(
      'eventmachine_reconciliation_postings{bank="FAASTHB1",day="yesterday",verdict="unexplained"} 1',
    );
    expect(metrics.while).include('eventmachine_reconciliation_postings{bank="FAASTHB1",day="today",verdict="unexplained"} 0');
    expect(metrics.while).match(/eventmachine_reconciliations_total\{bank="FAASTHB1",outcome="done"\} [4-9]/);
  });

  it("forgets what it has found once another replica does it", async () => {
    const metrics = await run(async () => ONE, 1);
    expect(metrics.while).include('verdict="unexplained"} 1');
    expect(metrics.afterwards).not.include('verdict="unexplained"');
  });

  for (const [what, error, code] of [
    ["a bank that tells nothing", new AppError("bank-unreachable", "away"), "bank-unreachable"],
    ["a store that fails", new AppError("store-unavailable", "away"), "store-unavailable"],
    ["a comparison that ends by an error of ours", new RangeError("Maximum call stack size exceeded"), "internal"],
  ] as const) {
    it(`counts ${what} as failed, keeps it until a comparison succeeds, and compares the others`, async () => {
      const metrics = await run(() => Promise.reject(error), 1);
      expect(metrics.while).match(/eventmachine_reconciliations_total\{bank="FAASTHB1",outcome="failed"\} [1-9]/);
      expect(metrics.while).match(/eventmachine_reconciliations_total\{bank="LASTTHB1",outcome="done"\} [1-9]/);
      expect(metrics.while).not.include('bank="FAASTHB1",outcome="done"');
      const kept = async () => (await readReconciliationFailures(store.db, "2026-03-02")).map((one) => [one.bank, one.code]);
      expect(await kept()).deep.equal([["FAASTHB1", code]]);
      await writeReconciliation(store.db, "FAASTHB1", "2026-03-02", []);
      expect(await kept()).deep.equal([]);
    });
  }

  it("compares nothing until the projection has caught up", async () => {
    let looks = 0;
    const asked: number[] = [];
    await run(
      async () => {
        asked.push(looks);
        return { counts: NONE, differences: [] };
      },
      1,
      async () => {
        looks += 1;
        if (looks === 1) throw new AppError("store-unavailable", "away");
        return looks > 2;
      },
    );
    expect(asked[0]).to.equal(3);
  });

  it("names the first differences in the log, and how many more there are", async () => {
    const { logger, lines } = recordingLogger();
    const differences = Array.from({ length: 20 }, (_, index) => ({ verdict: "missing" as const, reference: `r${index}` }));
    await run(
      async () => ({ counts: { ...NONE, missing: 25, agreed: 7 }, differences }),
      1,
      async () => true,
      logger,
    );
    const first = lines.filter(({ day }) => day === "2026-03-01");
    expect(first.filter(({ msg }) => msg === "chain and bank differ").length).to.be.at.least(20);
    expect(first.find(({ unsaid }) => unsaid !== undefined)?.unsaid).to.equal(5);
  });
});
