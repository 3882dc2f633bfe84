import fc from "fast-check";
import { type Dispatcher, Pool } from "undici";
import type { Dictionary } from "./arbitraries.js";
import { judge } from "./judge.js";
import { type Keys, makeKeys } from "./keys.js";
import { createKnown } from "./known.js";
import { type Operation, readOperations } from "./operations.js";
import { type PlannedRequest, requestsOf } from "./requests.js";
import { talk } from "./socket.js";
import type { Answer, FuzzOptions } from "./types.js";

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
const POST_WEIGHT = 4;
// Most of what can be read is about transfers, and few of the bodies that are made up are good.
const START_WEIGHT = 16;
const TIMEOUT_MS = 30_000;
/**
 * Asks an API for what its own OpenAPI document says it can be asked for, and for what it must refuse. What answers tell (ids, cursors,
 * keys of idempotency) goes into later requests, so that they follow each other as a client's would.
 */
export async function fuzzApi(options: FuzzOptions): Promise<FuzzResult> {
  const pool = new Pool(options.url, { connections: options.concurrency, headersTimeout: TIMEOUT_MS });
  const byStatus = new Map<number, number>();
  const succeeded = new Set<string>();
  const failures: string[] = [];
  const isOver = () => failures.length >= FAILURES_MAX || failures.some((failure) => options.isEnough?.(failure));
  try {
    const document = await (await pool.request({ method: "GET", path: "/v1/openapi.json" })).body.json();
    const operations = readOperations(document as Parameters<typeof readOperations>[0]);
    const keys = await makeKeys(pool, options, operations);
    const known = createKnown(options);
    let done = 0;
    for (let round = 0; done < options.requests && !isOver(); round += 1) {
      const planned = plan(operations, known.dictionary(), {
        seed: options.seed + round,
        count: Math.min(ROUND_REQUESTS, options.requests - done),
      });
      await inParallel(planned, options.concurrency, async (request) => {
        if (isOver()) return;
        done += 1;
        // A connection can be closed while a request is on its way; twice in a row it is the server's fault.
        const answer = await send(options.url, pool, request, keys).catch(() => send(options.url, pool, request, keys));
        byStatus.set(answer.status, (byStatus.get(answer.status) ?? 0) + 1);
        if (answer.status < 300) succeeded.add(request.operation.id);
        known.learn(request, answer.body);
        const wrong = judge(request, answer);
        if (wrong !== undefined)
          failures.push(`seed ${options.seed + round}: ${wrong}\n  ${describe(request)}\n  ${answer.text}`);
      });
      options.report?.(done, byStatus);
    }
    return { requests: done, byStatus, succeeded, operations: operations.map(({ id }) => id), failures };
  } finally {
    await pool.destroy();
  }
}

async function send(url: string, pool: Pool, request: PlannedRequest, keys: Keys): Promise<Answer> {
  const { method, path, body, key, message } = request;
  const token = keys[key];
  const headers = { ...request.headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) };
  if (message !== undefined) return await talk(`${url}${path}`, headers, message);
  const answer = await pool.request({
    ...{ method: method as Dispatcher.HttpMethod, path },
    headers,
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
