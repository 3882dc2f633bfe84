import { expect } from "chai";
import type { EventResource } from "../../src/api/http/list-schemas.js";
import { createActivity, type Edge } from "../../src/dashboard/live/activity.js";
import type { State } from "../../src/domain/transfer-state.js";

const NOON = Date.UTC(2026, 0, 31, 12) / 1_000;
const timeOf = (second: number) => new Date(second * 1_000).toISOString();

const SNAPSHOT = {
  time: timeOf(NOON),
  sequence: "7",
  windowSeconds: 300,
  transfers: { COMPLETED: 2, PENDING: 1 },
  changes: [
    { time: timeOf(NOON - 10), from: "PENDING", to: "COMPLETED", count: 2 },
    { time: timeOf(NOON - 9), from: "STARTED", to: "PENDING", count: 1 },
  ],
} as const;

function event(transfer: string, state: State | undefined, second: number, suspendedFrom?: State): EventResource {
  return {
    ...{ id: "1-0x-0", sequence: "8", type: "x", transfer, time: timeOf(second), observedAt: timeOf(second) },
    ...{ blockNumber: "1", blockHash: "0x", transactionHash: "0x", logIndex: 0, refusalsBefore: 0 },
    ...(state && { state }),
    ...(suspendedFrom && { suspendedFrom }),
  };
}

describe("the dashboard's count of what happens", () => {
  let activity: ReturnType<typeof createActivity>;
  beforeEach(() => {
    activity = createActivity({ ...SNAPSHOT, transfers: { ...SNAPSHOT.transfers }, changes: [...SNAPSHOT.changes] });
  });
  const edges = () => Object.fromEntries(activity.edges(NOON + 100, 300));
  const states = () => Object.fromEntries(activity.states());

  it("begins with the snapshot", () => {
    expect(states()).to.deep.equal({ COMPLETED: 2, PENDING: 1 });
    expect(edges()).to.deep.equal({ "PENDING>COMPLETED": 2, "STARTED>PENDING": 1 });
    expect(activity.newestSecond()).to.equal(NOON - 9);
  });

  it("goes on with events: states, ways and seconds", () => {
    activity.count(event("a", "STARTED", NOON), "event");
    activity.count(event("a", "PENDING", NOON + 1), "event");
    activity.count(event("a", undefined, NOON + 1), "event");
    expect(states()).to.deep.equal({ COMPLETED: 2, PENDING: 2, STARTED: 0 });
    expect(edges()).to.deep.equal({ "PENDING>COMPLETED": 2, "STARTED>PENDING": 2, "NONE>STARTED": 1 });
    expect(activity.series(NOON + 2, 3, ["STARTED", "PENDING"])).to.deep.equal([0, 1, 1]);
  });

  it("knows where a transfer came from, out of order of the usual", () => {
    activity.count(event("a", "PENDING", NOON), "event");
    activity.count(event("a", "SUSPENDED", NOON, "PENDING"), "event");
    activity.count(event("a", "COMPLETED", NOON), "event");
    const expected: Edge[] = ["PENDING>SUSPENDED", "SUSPENDED>COMPLETED"];
    expect(edges()).to.include.keys(...expected);
    expect(states()).to.include({ SUSPENDED: 0, COMPLETED: 3 });
  });

  it("leaves out the second that is not over, and what is outside of the window", () => {
    activity.count(event("a", "STARTED", NOON), "event");
    expect(activity.series(NOON, 2, ["STARTED"])).to.deep.equal([0, 0]);
    expect(activity.series(NOON + 1, 2, ["STARTED"])).to.deep.equal([0, 1]);
    expect([...activity.edges(NOON + 1, 1).keys()]).to.deep.equal(["NONE>STARTED"]);
  });

  it("takes back what the chain took back", () => {
    const before = [states(), edges()];
    activity.count(event("a", "STARTED", NOON), "event");
    activity.count(event("a", "STARTED", NOON), "removed");
    expect([
      { ...states(), STARTED: undefined },
      { ...edges(), "NONE>STARTED": undefined },
    ]).to.deep.equal(before.map((one, index) => ({ ...one, [index === 0 ? "STARTED" : "NONE>STARTED"]: undefined })));
    expect(activity.series(NOON + 1, 1, ["STARTED"])).to.deep.equal([0]);
  });

  it("does not grow for ever", () => {
    for (let second = 0; second < 5_000; second += 1) activity.count(event(`t${second}`, "STARTED", NOON + second), "event");
    expect(activity.edges(NOON + 5_000, 5_000).get("NONE>STARTED")).to.be.within(600, 602);
  });
});
