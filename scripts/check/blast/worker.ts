import { readFile } from "node:fs/promises";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { apiTarget, atRate, type Customers, runLoad } from "../bench/load.js";

/** What a worker is told at first. `perSecond` is its own share. */
export interface Orders {
  apiUrl: string;
  apiKeyFile: string;
  customers: Customers;
  perSecond: number;
  seconds: number;
  amountMinor: string;
  run: string;
}

/** What it says: that it is armed, how many it has posted, what came of them. */
export type Said =
  | { armed: true }
  | { failed: string }
  | { posted: number }
  | { accepted: number; refused: [string, number][]; seconds: number };

const TELL_INTERVAL_MS = 250;

const say = (said: Said) => process.send?.(said);

process.once("message", (orders: Orders) => {
  arm(orders).then(
    (apiKey) => {
      process.once("message", ({ at }: { at: number }) => void fire(orders, apiKey, at));
      say({ armed: true });
    },
    (error: unknown) => say({ failed: (error as Error).message }),
  );
});

/** Armed is who has the key, has reached the API, and may send. */
async function arm({ apiUrl, apiKeyFile }: Orders): Promise<string> {
  const apiKey = (await readFile(apiKeyFile, "utf8")).trim();
  const response = await fetch(new URL("/v1/banks", apiUrl), { headers: { authorization: `Bearer ${apiKey}` } }).catch(() => {
    throw new Error(`${apiUrl} does not answer. Start the system, or give its URL with --api.`);
  });
  if (response.status === 401) throw new Error(`The API does not know the key in ${apiKeyFile}.`);
  if (!response.ok) throw new Error(`${apiUrl} answered ${response.status}: ${await response.text()}`);
  await response.body?.cancel();
  return apiKey;
}

async function fire(
  { apiUrl, customers, perSecond, seconds, amountMinor, run }: Orders,
  apiKey: string,
  at: number,
): Promise<void> {
  await sleep(Math.max(at - Date.now(), 0));
  const began = performance.now();
  let told = 0;
  const rate = atRate(perSecond);
  const due = (elapsedSeconds: number, posted: number) => {
    if (elapsedSeconds * 1000 - told >= TELL_INTERVAL_MS) {
      told = elapsedSeconds * 1000;
      say({ posted });
    }
    return rate(elapsedSeconds, posted);
  };
  try {
    const target = apiTarget({ url: apiUrl, apiKey, customers, amountMinor, run });
    const { accepted, refused } = await runLoad({ target, seconds, due, waitSeconds: 0 });
    say({ accepted, refused: [...refused], seconds: (performance.now() - began) / 1000 });
  } catch (error) {
    say({ failed: (error as Error).message });
  }
  process.disconnect();
}
