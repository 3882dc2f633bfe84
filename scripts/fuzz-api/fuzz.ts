import fc from "fast-check";
import { type Dispatcher, Pool } from "undici";
import type { Dictionary } from "./arbitraries.js";
import { judge } from "./judge.js";
import { type Operation, readOperations } from "./operations.js";
import { type PlannedRequest, requestsOf } from "./requests.js";

/**
 * - `key`: an API key that may make others; the run uses one of a principal of its own.
 * - `withoutScopes`: what the run's own key is not to be able to do.
 * - `phones`, `banks`: what the requests are about.
 * - `concurrency`: requests at once.
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
  report?: (done: number, byStatus: ReadonlyMap<number, number>) => void;
}

/** What was found. `failures` say what was wrong and how to ask for it again. */
export interface FuzzResult {
  requests: number;
  byStatus: ReadonlyMap<number, number>;
  /** Operations that were answered well at least once. */
  succeeded: ReadonlySet<string>;
  operations: readonly string[];
  failures: readonly string[];
}

// A run that finds so much has found enough.
const FAILURES_MAX = 25;
const ROUND_REQUESTS = 500;
const KNOWN_MAX = 200;
const POST_WEIGHT = 4;
// Most of what can be read is about transfers, and few of the bodies that are made up are good.
const START_WEIGHT = 16;
const TIMEOUT_MS = 30_000;
const ACCOUNTS = ["0000000001", "1234567890", "TH00ABCD"];
// What is changed under the run's feet would end it: keys that it did not make, functions that the system needs.
const UNTOUCHED = new Set(["bootstrap"]);

/**
 * Asks an API for what its own OpenAPI document says it can be asked for, and for what it must refuse. What answers tell (ids, cursors,
 * keys of idempotency) goes into later requests, so that they follow each other as a client's would.
 */
export async function fuzzApi(options: FuzzOptions): Promise<FuzzResult> {
  const pool = new Pool(options.url, { connections: options.concurrency, headersTimeout: TIMEOUT_MS });
  const byStatus = new Map<number, number>();
  const succeeded = new Set<string>();
  const failures: string[] = [];
  try {
    const document = await (await pool.request({ method: "GET", path: "/v1/openapi.json" })).body.json();
    const operations = readOperations(document as Parameters<typeof readOperations>[0]);
    const keys = await makeKeys(pool, options, scopesOf(operations));
    const known = createKnown(options);
    let done = 0;
    for (let round = 0; done < options.requests && failures.length < FAILURES_MAX; round += 1) {
      const planned = plan(operations, known.dictionary(), {
        seed: options.seed + round,
        count: Math.min(ROUND_REQUESTS, options.requests - done),
      });
      await inParallel(planned, options.concurrency, async (request) => {
        // A connection can be closed while a request is on its way; twice in a row it is the server's fault.
        const answer = await send(pool, request, keys).catch(() => send(pool, request, keys));
        byStatus.set(answer.status, (byStatus.get(answer.status) ?? 0) + 1);
        if (answer.status < 300) succeeded.add(request.operation.id);
        known.learn(request, answer.body);
        const wrong = judge(request, answer);
        if (wrong !== undefined)
          failures.push(`seed ${options.seed + round}: ${wrong}\n  ${describe(request)}\n  ${answer.text}`);
      });
      done += planned.length;
      options.report?.(done, byStatus);
    }
    return { requests: done, byStatus, succeeded, operations: operations.map(({ id }) => id), failures };
  } finally {
    await pool.destroy();
  }
}

/** An answer; `body` where it is JSON. */
export interface Answer {
  status: number;
  mediaType: string;
  headers: Record<string, unknown>;
  text: string;
  body: unknown;
}

type Keys = Record<PlannedRequest["key"], string | undefined>;

/** All scopes that there are, by what the document says a key can be made with. */
function scopesOf(operations: readonly Operation[]): readonly string[] {
  const { scopes } = operations.find(({ id }) => id === "createApiKey")?.body?.properties ?? {};
  return (scopes?.items?.enum ?? []).map(String);
}

async function makeKeys(pool: Pool, { key, withoutScopes = [] }: FuzzOptions, all: readonly string[]): Promise<Keys> {
  const make = async (scopes: readonly string[], payers: unknown) => {
    const body = JSON.stringify({ principal: "fuzz", scopes, payers });
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    const answer = await pool.request({ method: "POST", path: "/v1/api-keys", headers, body });
    const made = (await answer.body.json()) as { key?: string };
    if (made.key === undefined) throw new Error(`No API key for the run: ${answer.statusCode}`);
    return made.key;
  };
  const good = await make(
    all.filter((scope) => !withoutScopes.includes(scope)),
    "any",
  );
  return { good, narrow: await make(["stats:read"], {}), forged: "em_forged", none: undefined };
}

async function send(pool: Pool, { method, path, headers, body, key }: PlannedRequest, keys: Keys): Promise<Answer> {
  const token = keys[key];
  const answer = await pool.request({
    ...{ method: method as Dispatcher.HttpMethod, path },
    headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    ...(body !== undefined && { body }),
  });
  const mediaType = String(answer.headers["content-type"] ?? "").split(";", 1)[0] ?? "";
  const isStream = mediaType === "text/event-stream";
  if (isStream) answer.body.on("error", () => undefined).destroy();
  const text = isStream ? "" : await answer.body.text();
  return {
    status: answer.statusCode,
    mediaType,
    headers: answer.headers,
    text,
    body: mediaType.endsWith("json") ? JSON.parse(text) : undefined,
  };
}

function plan(
  operations: readonly Operation[],
  dictionary: Dictionary,
  { seed, count }: { seed: number; count: number },
): PlannedRequest[] {
  // What makes something more often than what reads it or takes it away, so that there is something.
  const weighted = operations.map((operation) => ({
    ...{ weight: weightOf(operation), arbitrary: requestsOf(operation, dictionary) },
  }));
  return fc.sample(fc.oneof(...weighted), { seed, numRuns: count });
}

function weightOf({ id, method }: Operation): number {
  if (id === "startTransfer") return START_WEIGHT;
  return method === "POST" ? POST_WEIGHT : 1;
}

/** What the run knows of the system, by the name of the member or parameter that it can stand in. */
function createKnown({ phones, banks }: FuzzOptions) {
  const ids = [`0x${"00".repeat(32)}`];
  const keys = ["key-1", "key-2", "key-3"];
  const cursors = ["0"];
  const remember = (list: string[], value: unknown) => {
    if (typeof value !== "string" || UNTOUCHED.has(value) || list.includes(value)) return;
    list.push(value);
    if (list.length > KNOWN_MAX) list.shift();
  };
  return {
    dictionary: (): Dictionary => ({
      ...{ phone: phones, bank: banks, banks, phones, account: ACCOUNTS, principal: ["fuzz"] },
      ...{ amount: ["1", "100", "99999999999999999", "0"], currency: ["THB", "USD", "JPY"], reason: ["AB08", "AC04"] },
      ...{
        day: [new Date().toISOString().slice(0, 10)],
        deadline: soon(),
        expiresAt: soon(),
        from: soon(-1),
        to: soon(1),
        message: ["hello"],
        prefer: ["wait=0", "respond-async"],
      },
      ...{ id: ids, transfer: ids, "idempotency-key": keys, cursor: cursors, after: cursors, "last-event-id": cursors },
    }),
    learn: ({ operation, headers }: PlannedRequest, body: unknown) => {
      if (body === null || typeof body !== "object") return;
      const { id, next, transfers } = body as { id?: unknown; next?: unknown; transfers?: unknown };
      if (operation.method === "POST") {
        remember(ids, id);
        remember(keys, headers["idempotency-key"]);
      }
      remember(cursors, next);
      for (const one of Array.isArray(transfers) ? transfers.slice(0, 3) : []) remember(ids, one.id);
    },
  };
}

function soon(hours = 1): string[] {
  return [new Date(Date.now() + hours * 3_600_000).toISOString()];
}

async function inParallel<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: limit }, async () => {
      for (const item of iterator) await work(item);
    }),
  );
}

function describe({ method, path, headers, body, key }: PlannedRequest): string {
  return `${method} ${path} ${JSON.stringify(headers)} key ${key} ${body?.slice(0, 500) ?? ""}`;
}
