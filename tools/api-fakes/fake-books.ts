import type { Books } from "../../src/api/deps.js";
import type { Activity } from "../../src/store/stats/activity.js";
import type { WorkInHand } from "../../src/store/stats/backlog.js";
import type { RecentChanges } from "../../src/store/stats/changes.js";

export const FAKE_CHANGES: RecentChanges = {
  sequence: 41n,
  windowSeconds: 300,
  transfers: [{ state: "COMPLETED", count: 5 }],
  changes: [{ second: new Date(Date.UTC(2026, 0, 31, 12)), from: "PENDING", to: "COMPLETED", count: 2 }],
};

/** One position, whatever the day. */
export const FAKE_BOOKS: Books = {
  positions: async () => [{ payerBank: "FAASTHB1", payeeBank: "WHSKTHB1", currency: "THB", amountMinor: 12_345n, transfers: 2 }],
  reconciliations: async () => [
    {
      bank: "FAASTHB1",
      comparedAt: new Date(Date.UTC(2026, 0, 31, 12)),
      counts: { agreed: 7, underway: 0, missing: 1, doubled: 0, amount: 0, unexplained: 0 },
      differences: [{ verdict: "missing", reference: "r", currency: "THB", chainAmount: "5", postings: 0 }],
    },
  ],
  reconciliationFailures: async () => [
    { bank: "WHSKTHB1", failedAt: new Date(Date.UTC(2026, 0, 31, 12)), code: "bank-protocol" },
  ],
};

export function fakeWork(): WorkInHand {
  return {
    transfers: [
      { state: "COMPLETED", count: 5 },
      { state: "STARTED", count: 1 },
      { state: "REVERSED", count: 0 },
    ],
    oldestOpen: { id: `0x${"ab".repeat(32)}`, state: "STARTED", ageSeconds: 3.0121 },
    startsWaiting: { count: 2, oldestAgeSeconds: 0.5 },
    functions: [{ name: "faas-debit", behind: 1, waiting: 2, dead: 3, maxAttempts: 4, disabled: false }],
    projectedBlock: 55,
    watching: true,
  };
}

export function fakeActivity(): Activity {
  return {
    windowSeconds: 300,
    changes: [{ state: "COMPLETED", count: 100 }],
    durations: [{ leg: "debit", count: 9, p50Ms: 30, p95Ms: 60, p99Ms: 61 }],
  };
}
