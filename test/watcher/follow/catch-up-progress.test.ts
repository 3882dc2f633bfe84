import { expect } from "chai";
import { createProgress } from "../../../src/watcher/follow/catch-up-progress.js";
import { recordingLogger } from "../../../tools/support/logger.js";

describe("the progress of a catch-up", () => {
  it("is told with block, percent, events a second and time left, now and then, and at its end", () => {
    let now = 50_000;
    const { logger, lines } = recordingLogger();
    const { advanced } = createProgress({ logger, clock: () => now, firstBlock: 100 });
    const told = () =>
      lines.splice(0).map(({ msg, level: _level, time: _time, pid: _pid, hostname: _host, ...rest }) => ({ msg, ...rest }));
    advanced({ from: 101, to: 200, of: 1_100, events: 50 });
    expect(told()).to.deep.equal([{ msg: "catching up", block: 200, of: 1_100, percent: 10 }]);
    now += 1_000;
    advanced({ from: 201, to: 300, of: 1_100, events: 50 });
    expect(told()).to.deep.equal([]);
    now += 3_000;
    advanced({ from: 301, to: 500, of: 1_100, events: 300 });
    expect(told()).to.deep.equal([
      { msg: "catching up", block: 500, of: 1_100, percent: 40, eventsPerSecond: 100, secondsLeft: 6 },
    ]);
    now += 6_000;
    advanced({ from: 501, to: 1_100, of: 1_100, events: 0 });
    expect(told()).to.deep.equal([{ msg: "caught up", block: 1_100, blocks: 1_000, events: 400, seconds: 10 }]);
  });

  it("is not told of block after block at the chain's end", () => {
    const { logger, lines } = recordingLogger();
    const { advanced } = createProgress({ logger, clock: Date.now, firstBlock: 0 });
    for (let block = 1; block < 20; block += 1) advanced({ from: block, to: block, of: block, events: 3 });
    expect(lines).to.deep.equal([]);
  });
});
