import { AppError } from "../domain/app-error.js";
import type { Posting, PostingOutcome } from "../domain/posting.js";
import type { BankConnector } from "./bank-connector.js";

/** Posts one at a time for its callers, many at a time for the bank. */
export interface CoalescingPoster {
  /** Rejects with the posting's own error, or AppError `bank-unreachable` (nothing was sent) when too many wait already. */
  post(posting: Posting): Promise<PostingOutcome>;
}

interface Waiting {
  posting: Posting;
  resolve: (outcome: PostingOutcome) => void;
  reject: (error: unknown) => void;
}

/**
 * Makes one `postMany` of the postings that are asked for within a few milliseconds of each other.
 *
 * @param options.maxBatch so many are sent at once, without waiting further
 * @param options.windowMs how long the first of a batch waits for others, in milliseconds
 * @param options.maxPending postings waiting and under way together; beyond it callers are told to come back
 */
export function createCoalescingPoster(
  connector: Pick<BankConnector, "postMany">,
  { maxBatch, windowMs, maxPending = 10_000 }: { maxBatch: number; windowMs: number; maxPending?: number },
): CoalescingPoster {
  let batch: Waiting[] = [];
  let pending = 0;
  let timer: NodeJS.Timeout | undefined;

  const flush = async () => {
    clearTimeout(timer);
    const sent = batch;
    batch = [];
    await send(connector, sent);
    pending -= sent.length;
  };

  return {
    post: (posting) =>
      new Promise((resolve, reject) => {
        if (pending >= maxPending) {
          reject(new AppError("bank-unreachable", "Too many postings wait for the bank; nothing was sent, try again"));
          return;
        }
        pending += 1;
        batch.push({ posting, resolve, reject });
        if (batch.length >= maxBatch) void flush();
        else if (batch.length === 1) timer = setTimeout(flush, windowMs);
      }),
  };
}

/** Never rejects: whatever goes wrong goes to the callers. */
async function send(connector: Pick<BankConnector, "postMany">, batch: readonly Waiting[]): Promise<void> {
  try {
    const results = await connector.postMany(batch.map(({ posting }) => posting));
    batch.forEach(({ resolve, reject }, index) => {
      const result = results[index];
      if (result?.status === "fulfilled") resolve(result.value);
      else reject(result?.reason ?? new AppError("bank-outcome-unknown", "The connector left a posting out of its results"));
    });
  } catch (error) {
    for (const { reject } of batch) reject(error);
  }
}
