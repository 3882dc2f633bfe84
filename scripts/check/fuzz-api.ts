/**
 * Asks the API for everything that its OpenAPI document allows and forbids: `npm run fuzz:api -- --requests 100000 --seed 1`. Against a
 * stack of its own, or with `--url` and `--key` against one that is there, which is then full of rubbish.
 */

import { parseOptions } from "../parse-options.js";
import { DEMO_BANKS } from "../stack/demo-network.js";
import { withTemporaryStack } from "../stack/temporary-stack.js";
import { fuzzApi } from "./fuzz-api/fuzz.js";
import { makeSuspended } from "./fuzz-api/suspend.js";
import type { FuzzOptions } from "./fuzz-api/types.js";

const REPORT_EVERY = 5_000;
const SUSPENDED_COUNT = 5;
// Without these, most answers would be 429.
const LIMITS = Object.fromEntries(
  ["REQUESTS_PER_ADDRESS_MAX", "REQUESTS_PER_PRINCIPAL_MAX", "PHONE_LOOKUPS_MAX", "PHONE_MISSES_MAX"].map((name) => [
    name,
    "100000000",
  ]),
);

const values = parseOptions({
  requests: { type: "string", default: "10000" },
  seed: { type: "string", default: "1" },
  concurrency: { type: "string", default: "8" },
  url: { type: "string" },
  key: { type: "string" },
});

async function run(url: string, key: string, about: Pick<FuzzOptions, "suspended" | "arbiters"> = {}): Promise<boolean> {
  const began = Date.now();
  const options: FuzzOptions = {
    ...about,
    ...{ url, key, requests: count("requests"), seed: count("seed"), concurrency: count("concurrency") },
    phones: [...DEMO_BANKS.map(({ phone }) => phone), ...Array.from({ length: 12 }, (_, index) => `+669000000${10 + index}`)],
    banks: DEMO_BANKS.map(({ id }) => id),
    report: (done) => {
      if (done % REPORT_EVERY === 0) console.log(`${done} requests, ${((Date.now() - began) / 1000).toFixed(0)} s`);
    },
  };
  const { requests, byStatus, succeeded, operations, failures } = await fuzzApi(options);
  for (const failure of failures) console.log(`\n${failure}`);
  const statuses = [...byStatus].sort(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`);
  console.log(`\n${statuses.join(", ")}`);
  console.log(`never answered well: ${operations.filter((id) => !succeeded.has(id)).join(", ") || "none"}`);
  console.log(
    `${requests} requests with seed ${options.seed} in ${((Date.now() - began) / 1000).toFixed(0)} s: ${failures.length} found`,
  );
  return failures.length === 0;
}

function count(name: "requests" | "seed" | "concurrency"): number {
  const parsed = Number(values[name]);
  if (!Number.isInteger(parsed) || parsed < 1) throw new RangeError(`--${name} must be a whole number from 1 on`);
  return parsed;
}

if (values.url !== undefined) {
  if (values.key === undefined) throw new RangeError("--url needs --key, an API key that may do everything");
  process.exitCode = (await run(values.url, values.key)) ? 0 : 1;
} else {
  await withTemporaryStack(
    "fuzz-api",
    {
      logLevel: "warn",
      faultsEnabled: true,
      confirmations: "0",
      overrides: { api: LIMITS },
      report: (line) => console.log(line),
    },
    async (stack) => {
      const suspended = await makeSuspended(stack, SUSPENDED_COUNT);
      return await run(stack.apiUrl, stack.secrets.apiKey, { suspended, arbiters: ["arbiter-1", "arbiter-2"] });
    },
  );
}
