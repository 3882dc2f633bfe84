import { expect } from "chai";
import { createCircuitBreaker } from "../../src/watcher/circuit-breaker.js";

describe("a circuit breaker", () => {
  let now = 0;
  const breaker = () => createCircuitBreaker({ clock: () => now }, { firstRetryMs: 200, maxRetryMs: 240_000 });
  const fail = (one: ReturnType<typeof breaker>, times: number) => Array.from({ length: times }, () => one.failed());

  it("stays closed through four failures in a row, and any number with an answer between", () => {
    const one = breaker();
    for (let round = 0; round < 10; round += 1) {
      expect(fail(one, 4)).to.deep.equal([false, false, false, false]);
      expect(one.limit(8)).to.equal(8);
      expect(one.succeeded()).to.equal(false);
    }
  });

  it("opens with the fifth: nothing for a while, then one at a time, ever more rarely, up to five seconds", () => {
    const one = breaker();
    expect(fail(one, 5)).to.deep.equal([false, false, false, false, true]);
    const pauses: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      expect([one.state(), one.limit(8)]).to.deep.equal(["open", 0]);
      pauses.push(one.waitMs());
      now += one.waitMs();
      expect([one.limit(8), one.waitMs()]).to.deep.equal([1, 0]);
      expect(one.failed()).to.equal(false);
    }
    expect(pauses).to.deep.equal([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
    expect(one.succeeded()).to.equal(true);
    expect([one.state(), one.limit(8)]).to.deep.equal(["closed", 8]);
  });

  it("waits for as long as it was asked to", () => {
    const one = breaker();
    fail(one, 4);
    one.failed(60_000);
    expect(one.waitMs()).to.equal(60_000);
  });
});
