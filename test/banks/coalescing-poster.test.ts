import { expect } from "chai";
import { createCoalescingPoster } from "../../src/banks/coalescing-poster.js";
import { AppError } from "../../src/domain/app-error.js";
import type { Posting, PostingOutcome } from "../../src/domain/posting.js";
import { debit } from "./helpers/postings.js";

/** A connector that posts all but what is named `bad`, and keeps the sizes of its batches. */
function recordingConnector() {
  const sizes: number[] = [];
  const answer = ({ reference }: Posting): PromiseSettledResult<PostingOutcome> =>
    reference.startsWith("bad")
      ? { status: "rejected", reason: new AppError("bank-protocol", "planted") }
      : { status: "fulfilled", value: { status: "posted", reference, receipt: "{}" } };
  const postMany = async (postings: readonly Posting[]) => {
    sizes.push(postings.length);
    return postings.map(answer);
  };
  return { sizes, postMany };
}

describe("coalescing poster", () => {
  const codes = async (promises: Promise<PostingOutcome>[]) =>
    (await Promise.allSettled(promises)).map((result) =>
      result.status === "fulfilled" ? result.value.reference : result.reason.code,
    );

  it("makes one batch of concurrent postings, and gives each caller its own outcome or error", async () => {
    const connector = recordingConnector();
    const poster = createCoalescingPoster(connector, { maxBatch: 100, windowMs: 1 });
    const ids = ["a", "bad", "b"];
    expect(await codes(ids.map((id) => poster.post(debit(id, 1n))))).deep.equal(["a:debit", "bank-protocol", "b:debit"]);
    expect(connector.sizes).deep.equal([3]);
  });

  it("sends at once when a batch is full, and the rest when its time is up", async () => {
    const connector = recordingConnector();
    const poster = createCoalescingPoster(connector, { maxBatch: 10, windowMs: 1 });
    await Promise.all(Array.from({ length: 25 }, (_, index) => poster.post(debit(`${index}`, 1n))));
    expect(connector.sizes).deep.equal([10, 10, 5]);
  });

  it("gives every caller the error when the connector fails as a whole or leaves one out", async () => {
    const failing = createCoalescingPoster(
      { postMany: () => Promise.reject(new AppError("internal", "planted")) },
      { maxBatch: 2, windowMs: 1 },
    );
    expect(await codes(["a", "b"].map((id) => failing.post(debit(id, 1n))))).deep.equal(["internal", "internal"]);
    const forgetful = createCoalescingPoster({ postMany: async () => [] }, { maxBatch: 1, windowMs: 1 });
    expect(await codes([forgetful.post(debit("a", 1n))])).deep.equal(["bank-outcome-unknown"]);
  });

  it("turns callers away beyond its bound, and takes them again afterwards", async () => {
    const connector = recordingConnector();
    const poster = createCoalescingPoster(connector, { maxBatch: 10, windowMs: 1, maxPending: 2 });
    const first = await codes(["a", "b", "c"].map((id) => poster.post(debit(id, 1n))));
    expect(first).deep.equal(["a:debit", "b:debit", "bank-unreachable"]);
    expect(await codes([poster.post(debit("c", 1n))])).deep.equal(["c:debit"]);
  });
});
