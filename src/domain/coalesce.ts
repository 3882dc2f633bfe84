import DataLoader from "dataloader";

// Nobody notices a millisecond, and under load it gathers a dozen calls.
const DEFAULT_WINDOW_MS = 1;
const MAX_BATCH = 500;

/**
 * Makes one query of the calls made within a window: nothing is cached, and every call sees what is there after it was made.
 *
 * @param query Answers in the order asked. A key may come more than once.
 * @param windowMs How long the first call waits for others.
 */
export function coalesce<Key, Value>(
  query: (keys: readonly Key[]) => Promise<readonly Value[]>,
  windowMs = DEFAULT_WINDOW_MS,
): (key: Key) => Promise<Value> {
  const loader = new DataLoader<Key, Value>(query, {
    cache: false,
    maxBatchSize: MAX_BATCH,
    batchScheduleFn: (run) => setTimeout(run, windowMs),
  });
  return (key) => loader.load(key);
}
