/**
 * - `key`: an API key that may make others; the run uses one of a principal of its own.
 * - `withoutScopes`: what the run's own key is not to be able to do.
 * - `phones`, `banks`: what the requests are about.
 * - `suspended`, `arbiters`: transfers that are suspended, and the principals that may resolve them.
 * - `concurrency`: requests at once.
 * - `isEnough`: a failure that ends the run.
 */
export interface FuzzOptions {
  url: string;
  key: string;
  requests: number;
  seed: number;
  concurrency: number;
  withoutScopes?: readonly string[];
  phones: readonly string[];
  banks: readonly string[];
  suspended?: readonly string[];
  arbiters?: readonly string[];
  isEnough?: (failure: string) => boolean;
  report?: (done: number, byStatus: ReadonlyMap<number, number>) => void;
}

/** An answer; `body` where it is JSON. */
export interface Answer {
  status: number;
  mediaType: string;
  headers: Record<string, unknown>;
  text: string;
  body: unknown;
}
