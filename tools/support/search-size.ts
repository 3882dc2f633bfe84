/** How long the search for taken ids goes on. `npm run fuzz:ids` sets other values before the test runs. */
export const size = {
  runs: 40,
  /** Stops the search of one test after this long: `npm test` waits for it. */
  limitMs: 12_000,
  seed: 1,
};
