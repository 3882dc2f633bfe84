import type { Dictionary } from "./arbitraries.js";
import type { PlannedRequest } from "./requests.js";
import type { FuzzOptions } from "./types.js";

const KNOWN_MAX = 200;
const ACCOUNTS = ["0000000001", "1234567890", "TH00ABCD"];
// What is changed under the run's feet would end it: keys that it did not make, functions that the system needs.
const UNTOUCHED = new Set(["bootstrap"]);
const FUNCTION_NAMES = ["fuzz-1", "fuzz-2", "fuzz-3", "fuzz-4"];

const MODULES = [
  `import { defineFunction } from "event-machine/function";
export default defineFunction({ on: ["eventmachine.transfer.reversed"], handle: (event) => event.data });`,
  `import { defineFunction } from "event-machine/function";
export default defineFunction({ on: ["eventmachine.transfer.suspended"], handle() { throw new Error("never"); } });`,
];

/**
 * What the run knows of the system, by the name of the member or parameter that it can stand in; by the collection's name and its where
 * the same name means something else in each (`api-keys.id`).
 */
export function createKnown({ url, phones, banks, suspended = [] }: FuzzOptions) {
  const ids = [`0x${"00".repeat(32)}`];
  const keys = ["key-1", "key-2", "key-3"];
  const cursors = ["0"];
  const apiKeys: string[] = [];
  const invocations: string[] = [];
  const byCollection: Readonly<Record<string, string[]>> = { transfers: ids, "api-keys": apiKeys, functions: invocations };
  return {
    dictionary: (): Dictionary => ({
      ...{ phone: phones, bank: banks, banks, phones, account: ACCOUNTS, principal: ["fuzz"] },
      ...{ amount: ["1", "100", "99999999999999999", "0"], currency: ["THB", "USD", "JPY"], reason: ["AB08", "AC04"] },
      ...{ day: [new Date().toISOString().slice(0, 10)], deadline: soon(), expiresAt: soon(), from: soon(-1), to: soon(1) },
      ...{ message: ["hello"], prefer: ["wait=0", "respond-async"], name: FUNCTION_NAMES, source: MODULES },
      // It answers, whatever it says to events.
      ...{ url: [`${url}/healthz`] },
      ...{ id: ids, transfer: ids, "idempotency-key": keys, cursor: cursors, after: cursors, "last-event-id": cursors },
      ...{ "api-keys.id": apiKeys, "functions.id": invocations, "suspended-transfers.id": suspended },
      // Only what a transfer was suspended from is allowed.
      ...{ "suspended-transfers.to": ["REVERSING"] },
    }),
    learn: ({ operation, headers }: PlannedRequest, body: unknown) => {
      if (body === null || typeof body !== "object") return;
      const { id, next, transfers } = body as { id?: unknown; next?: unknown; transfers?: unknown };
      if (operation.method === "POST") {
        remember(byCollection[operation.collection], id);
        remember(keys, headers["idempotency-key"]);
      }
      remember(cursors, next);
      for (const one of Array.isArray(transfers) ? transfers.slice(0, 3) : []) remember(ids, one.id);
    },
  };
}

function remember(list: string[] | undefined, value: unknown): void {
  if (list === undefined || typeof value !== "string" || UNTOUCHED.has(value) || list.includes(value)) return;
  list.push(value);
  if (list.length > KNOWN_MAX) list.shift();
}

function soon(hours = 1): string[] {
  return [new Date(Date.now() + hours * 3_600_000).toISOString()];
}
