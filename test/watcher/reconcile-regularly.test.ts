import { expect } from "chai";
import { Registry } from "prom-client";
import { AppError } from "../../src/domain/app-error.js";
import type { StatementLine } from "../../src/domain/reconciliation.js";
import { readReconciliations } from "../../src/store/reconciliations.js";
import { createWatcherMetrics } from "../../src/telemetry/watcher-metrics.js";
import { reconcileRegularly, type StatementSource } from "../../src/watcher/reconcile-regularly.js";
import { randomTransferId } from "../support/chain.js";
import { SILENT } from "../support/logger.js";
import { startTestStore } from "../support/watching.js";

const NOW = Date.parse("2026-03-02T12:00:00Z");

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

  /** Runs until the last bank was asked so often; `inspect` sees the metrics before it is stopped. */
  async function run(banks: readonly StatementSource[], rounds: number): Promise<{ while: string; afterwards: string }> {
    const stop = new AbortController();
    const enough = Promise.withResolvers<void>();
    let asked = 0;
    const last: StatementSource = {
      bank: "LASTTHB1",
      connector: {
        statement: async () => {
          asked += 1;
          // A day each for yesterday and today.
          if (asked > 2 * rounds) enough.resolve();
          return { lines: [] };
        },
      },
    };
    const deps = { db: store.db, logger: SILENT, clock: () => NOW, observer: createWatcherMetrics(registry) };
    const running = reconcileRegularly(deps, { banks: [...banks, last], intervalMs: 1 }, stop.signal);
    await enough.promise;
    const meanwhile = await registry.metrics();
    stop.abort();
    await running;
    return { while: meanwhile, afterwards: await registry.metrics() };
  }

  function bookedOn(day: string, asked: string[] = []): StatementSource {
    const reference = `${randomTransferId()}:debit`;
    const line: StatementLine = {
      postingId: "1",
      reference,
      kind: "debit",
      amountMinor: 1n,
      currency: "THB",
      bookedAt: `${day}T01:00:00Z`,
    };
    const statement: StatementSource["connector"]["statement"] = async (of) => {
      const wanted = "day" in of ? of.day : "";
      asked.push(wanted);
      return { lines: wanted === day ? [line] : [] };
    };
    return { bank: "FAASTHB1", connector: { statement } };
  }

  it("looks at today and at the day before, again and again, and counts what it finds by verdict", async () => {
    const asked: string[] = [];
    const metrics = await run([bookedOn("2026-03-01", asked)], 2);
    expect(asked.slice(0, 4)).deep.equal(["2026-03-01", "2026-03-02", "2026-03-01", "2026-03-02"]);
    expect(metrics.while).include(
      'eventmachine_reconciliation_postings{bank="FAASTHB1",day="yesterday",verdict="unexplained"} 1',
    );
    expect(metrics.while).include('eventmachine_reconciliation_postings{bank="FAASTHB1",day="today",verdict="unexplained"} 0');
    expect(metrics.while).match(/eventmachine_reconciliations_total\{bank="FAASTHB1",outcome="done"\} [4-9]/);
  });

  it("keeps what came of it, by bank and day, in place of what came of it before", async () => {
    await run([bookedOn("2026-03-01"), bookedOn("2026-03-02")], 2);
    const [kept] = await readReconciliations(store.db, "2026-03-02");
    expect(kept?.bank).equal("FAASTHB1");
    expect(kept?.counts).deep.include({ unexplained: 1, agreed: 0 });
    expect(kept?.differences).have.length(1);
    expect(kept?.differences[0]).include({ verdict: "unexplained", currency: "THB", bankAmount: "1", postings: 1 });
    expect(await readReconciliations(store.db, "2026-02-01")).deep.equal([]);
  });

  it("forgets what it has found once another replica does it", async () => {
    const metrics = await run([bookedOn("2026-03-02")], 1);
    expect(metrics.while).include('verdict="unexplained"} 1');
    expect(metrics.afterwards).not.include('verdict="unexplained"');
  });

  it("counts a bank that tells nothing as failed, and asks the others all the same", async () => {
    const statement = () => Promise.reject(new AppError("bank-unreachable", "away"));
    const metrics = await run([{ bank: "FAASTHB1", connector: { statement } }], 1);
    expect(metrics.while).match(/eventmachine_reconciliations_total\{bank="FAASTHB1",outcome="failed"\} [1-9]/);
    expect(metrics.while).match(/eventmachine_reconciliations_total\{bank="LASTTHB1",outcome="done"\} [1-9]/);
    expect(metrics.while).not.include('bank="FAASTHB1",outcome="done"');
  });

  it("ends where the store fails, which is the watcher's to see to", async () => {
    const broken = {
      bank: "FAASTHB1",
      connector: { statement: () => Promise.reject(new AppError("store-unavailable", "away")) },
    };
    let code: string | undefined;
    await reconcileRegularly(
      { db: store.db, logger: SILENT, clock: () => NOW },
      { banks: [broken], intervalMs: 1 },
      new AbortController().signal,
    ).catch((error: AppError) => {
      code = error.code;
    });
    expect(code).equal("store-unavailable");
  });
});
