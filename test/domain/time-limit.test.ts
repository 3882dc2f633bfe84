import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { withTimeLimit } from "../../src/domain/time-limit.js";

describe("a time limit", () => {
  it("aborts what takes longer, with a TimeoutError", async () => {
    const late = withTimeLimit(5, (signal) => sleep(10_000, undefined, { signal }));
    const error = (await late.catch((cause: unknown) => cause)) as Error;
    expect(error.cause).to.be.instanceOf(DOMException).with.property("name", "TimeoutError");
  });

  it("is over with what it limits, whether that succeeds or fails", async () => {
    let kept: AbortSignal | undefined;
    const run = (outcome: () => string) =>
      withTimeLimit(5, async (signal) => {
        kept = signal;
        return outcome();
      });
    expect(await run(() => "done")).to.equal("done");
    await sleep(20);
    expect(kept?.aborted).to.equal(false);
    const failed = await run(() => {
      throw new Error("no");
    }).catch((error: Error) => error.message);
    await sleep(20);
    expect([failed, kept?.aborted]).to.deep.equal(["no", false]);
  });
});
