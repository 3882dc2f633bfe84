import { expect } from "chai";
import { createCircuitBreaker } from "../../../src/watcher/deliver/circuit-breaker.js";

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

  it("opens with the fifth failure: nothing for a while, then one request at a time, up to five seconds apart", () => {
    const one = breaker();
    expect(fail(one, 5)).to.deep.equal([false, false, false, false, true]);
    const pauses: number[] = [];
    for (let round = 0; round < 30; round += 1) {
      expect([one.state(), one.limit(8)]).to.deep.equal(["open", 0]);
      pauses.push(one.waitMs());
      now += one.waitMs();
      expect([one.limit(8), one.waitMs()]).to.deep.equal([1, 0]);
      expect(one.failed()).to.equal(false);
    }
    expect(pauses.slice(0, 7)).to.deep.equal([200, 200, 200, 200, 200, 250, 312.5]);
    expect(pauses.slice(-3)).to.deep.equal([5_000, 5_000, 5_000]);
    expect(one.succeeded()).to.equal(true);
    expect([one.state(), one.limit(8)]).to.deep.equal(["closed", 8]);
  });

  it("notices a function that is back within a quarter of its absence, or after the first pause", () => {
    for (const awayMs of [100, 1_000, 2_000, 3_000, 4_500, 10_000, 19_000]) {
      const one = breaker();
      const diedAt = now;
      fail(one, 5);
      while (now + one.waitMs() - diedAt < awayMs) {
        now += one.waitMs();
        one.failed();
      }
      now += one.waitMs();
      expect(now - diedAt - awayMs, `away for ${awayMs} ms`).to.be.at.most(Math.max(200, awayMs / 4));
    }
  });

  it("counts an absence anew after an answer", () => {
    const one = breaker();
    fail(one, 5);
    now += 60_000;
    one.failed();
    expect(one.waitMs()).to.equal(5_000);
    one.succeeded();
    fail(one, 5);
    expect(one.waitMs()).to.equal(200);
  });

  it("waits for as long as it was asked to", () => {
    const one = breaker();
    fail(one, 4);
    one.failed(60_000);
    expect(one.waitMs()).to.equal(60_000);
  });
});
