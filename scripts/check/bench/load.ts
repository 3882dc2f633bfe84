import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { DEMO_CURRENCY } from "../../stack/demo-network.js";

/** Pairs of phone numbers that money goes between. */
export interface Customers {
  payers: readonly string[];
  payees: readonly string[];
}

/** What came of posted transfers. `latenciesMs`: from when a request was due to its final answer, of those that waited for it. */
export interface LoadResult {
  accepted: number;
  latenciesMs: number[];
  refused: Map<string, number>;
}

/**
 * What takes the load. It answers 202, or if it is to wait 200 with the transfer's `state`; anything else is a refusal.
 *
 * - `request`: number `index`; `waitSeconds`: how long the answer may wait for the transfer's end, 0 for not at all.
 */
export interface LoadTarget {
  url: string;
  request(index: number, waitSeconds: number): { path: string; headers?: Record<string, string>; body: unknown };
}

/**
 * - `due`: a function of time that says how many more may be sent now; see {@link atRate} and {@link belowBacklog}.
 * - `latenciesAfterSeconds`: from when on latencies count, at first if not told; before, connections and programs warm up.
 */
export interface LoadOptions {
  target: LoadTarget;
  seconds: number;
  due(elapsedSeconds: number, posted: number): number;
  waitSeconds: number;
  latenciesAfterSeconds?: number;
}

const TICK_MS = 2;
const CONNECTIONS = 64;
const WAITING_CONNECTIONS = 1_500;

/** Sends transfers, whether or not earlier ones were answered, and resolves when all are. */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const pool = new Pool(options.target.url, {
    connections: options.waitSeconds > 0 ? WAITING_CONNECTIONS : CONNECTIONS,
    pipelining: 1,
  });
  const result: LoadResult = { accepted: 0, latenciesMs: [], refused: new Map() };
  const flights = new Set<Promise<void>>();
  const began = performance.now();
  let posted = 0;
  try {
    for (let elapsedMs = 0; elapsedMs < options.seconds * 1000; elapsedMs = performance.now() - began) {
      for (let due = options.due(elapsedMs / 1000, posted); due > 0; due -= 1) {
        const counts = elapsedMs >= (options.latenciesAfterSeconds ?? 0) * 1000;
        const latenciesMs = counts ? result.latenciesMs : [];
        const flight = post(pool, options, posted, { result, latenciesMs }).finally(() => flights.delete(flight));
        flights.add(flight);
        posted += 1;
      }
      await sleep(TICK_MS);
    }
    await Promise.all(flights);
  } finally {
    await pool.close();
  }
  return result;
}

/** So many a second, evenly. */
export function atRate(perSecond: number): LoadOptions["due"] {
  return (elapsedSeconds, posted) => Math.floor(elapsedSeconds * perSecond) - posted;
}

/** As many as keep `most` transfers under way, at most `burst` at a time, by what the chain has completed. */
export function belowBacklog(completed: () => number, most: number, burst: number): LoadOptions["due"] {
  return (_elapsedSeconds, posted) => Math.min(most - (posted - completed()), burst);
}

/** Nothing may be refused. `logs`: where to look if it was. */
export function assertNoneRefused({ refused }: LoadResult, logs: string): void {
  for (const [type, count] of refused) throw new Error(`${count} of the requests were refused (${type}); see ${logs}.`);
}

/** Posts transfers to Event Machine's API. `run`: begins their idempotency keys, so that each is a new one. */
export function apiTarget(api: {
  url: string;
  apiKey: string;
  customers: Customers;
  amountMinor: string;
  run: string;
}): LoadTarget {
  const { payers, payees } = api.customers;
  return {
    url: api.url,
    request: (index, waitSeconds) => ({
      path: "/v1/transfers",
      headers: {
        authorization: `Bearer ${api.apiKey}`,
        "idempotency-key": `${api.run}-${index}`,
        ...(waitSeconds > 0 && { prefer: `wait=${waitSeconds}` }),
      },
      body: {
        payer: { phone: payers[index % payers.length] },
        payee: { phone: payees[(index * 7) % payees.length] },
        amount: { amount: api.amountMinor, currency: DEMO_CURRENCY },
      },
    }),
  };
}

async function post(
  pool: Pool,
  { target, waitSeconds }: LoadOptions,
  index: number,
  { result, latenciesMs }: { result: LoadResult; latenciesMs: number[] },
): Promise<void> {
  const dueAt = performance.now();
  const { path, headers, body } = target.request(index, waitSeconds);
  const response = await pool.request({
    method: "POST",
    path,
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.body.text();
  if (response.statusCode === 202 || response.statusCode === 200) result.accepted += 1;
  else {
    const type = (JSON.parse(text) as { type?: string }).type ?? String(response.statusCode);
    result.refused.set(type, (result.refused.get(type) ?? 0) + 1);
    return;
  }
  if (waitSeconds > 0 && (JSON.parse(text) as { state: string }).state === "COMPLETED")
    latenciesMs.push(performance.now() - dueAt);
}
