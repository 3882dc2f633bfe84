import { expect } from "chai";
import { createChainClock } from "../../src/functions/chain-clock.js";

describe("the chain's time as a function knows it", () => {
  let nowMs = 0;
  const clock = () => createChainClock(() => nowMs);

  it("is a block's time when the block is first seen", () => {
    expect(clock().at({ timestamp: 1_000 })).to.equal(1_000);
  });

  it("goes on while the chain makes no block, and from each new block anew", () => {
    const one = clock();
    one.at({ timestamp: 1_000 });
    nowMs += 7_200_000;
    expect(one.at({ timestamp: 1_000 })).to.equal(8_200);
    // The chain stood still for less than this process believes: its own word counts.
    nowMs += 1_000;
    expect(one.at({ timestamp: 5_000 })).to.equal(5_000);
  });

  it("is not set back by a node that lags", () => {
    const one = clock();
    one.at({ timestamp: 1_000 });
    nowMs += 2_000;
    expect(one.at({ timestamp: 900 })).to.equal(1_002);
  });
});
