import DataLoader from "dataloader";

// Nobody notices a millisecond, and under load it gathers a dozen calls.
const WINDOW_MS = 1;
const MAX_BATCH = 500;

/**
 * Makes one query of the calls made within a millisecond: nothing is cached, and every call sees what is there after it was made.
 *
 * @param query Answers in the order asked. A key may come more than once.
 */
export function coalesce<Key, Value>(query: (keys: readonly Key[]) => Promise<readonly Value[]>): (key: Key) => Promise<Value> {
  const loader = new DataLoader<Key, Value>(query, {
    cache: false,
    maxBatchSize: MAX_BATCH,
    batchScheduleFn: (run) => setTimeout(run, WINDOW_MS),
  });
  return (key) => loader.load(key);
}
