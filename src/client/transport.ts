import createOpenApiClient, { type Client } from "openapi-fetch";
import { ApiError, ConnectionError } from "./errors.js";
import type { paths } from "./openapi.js";
import { retryAfterSeconds } from "./pause.js";
import { type Fetch, type SendRules, send } from "./send.js";
import type { Problem } from "./types.js";

/**
 * What a single call may say otherwise than the client.
 *
 * - `signal`: ends the call; its reason is thrown.
 * - `timeoutMs`: for each try.
 * - `maxRetries`: tries after the first, for what may be repeated.
 */
export interface CallOptions {
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
  maxRetries?: number | undefined;
}

/** How an answer is awaited: `heldSeconds` is how long the server may hold it (`Prefer: wait`). */
export interface WaitOptions extends CallOptions {
  waitSeconds?: number | undefined;
}

export interface Transport {
  /** The operations of the API, typed by its OpenAPI document. */
  readonly api: Client<paths>;
  readonly url: string;
  readonly fetch: Fetch;
  readonly rules: Omit<SendRules, "signal">;
  readonly authorization: Record<string, string>;
  /** What an operation is given besides its parameters. */
  call(options: WaitOptions | undefined): { fetch: (request: Request) => Promise<Response> };
}

export function createTransport(of: {
  url: string;
  apiKey: string | undefined;
  fetch: Fetch;
  rules: Omit<SendRules, "signal">;
}): Transport {
  const authorization: Record<string, string> = of.apiKey === undefined ? {} : { authorization: `Bearer ${of.apiKey}` };
  const api = createOpenApiClient<paths>({ baseUrl: of.url, headers: authorization });
  return {
    ...{ api, url: of.url, fetch: of.fetch, rules: of.rules, authorization },
    call: ({ signal, timeoutMs = of.rules.timeoutMs, maxRetries = of.rules.maxRetries, waitSeconds = 0 } = {}) => ({
      fetch: (request) =>
        send(of.fetch, request, { ...of.rules, signal, maxRetries, timeoutMs: timeoutMs + waitSeconds * 1_000 }),
    }),
  };
}

/** What an operation has answered. */
interface Result<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** The answer of an operation. @throws ApiError, ConnectionError */
export async function answerOf<Data>(operation: Promise<Result<Data>>, idempotencyKey?: string): Promise<Data> {
  let result: Result<Data>;
  try {
    result = await operation;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new ConnectionError("The answer is no JSON. Is this the URL of the API?", { attempts: 1, cause, idempotencyKey });
  }
  const { data, error, response } = result;
  if (!response.ok) throw apiError(response, error, idempotencyKey);
  return data as Data;
}

/** An error of what the API has answered. */
export function apiError(response: Response, body: unknown, idempotencyKey?: string): ApiError {
  const problem = typeof body === "object" && body !== null ? (body as Partial<Problem>) : undefined;
  const { status, headers } = response;
  return new ApiError({ status, problem, retryAfterSeconds: retryAfterSeconds(headers), idempotencyKey });
}

/** A part of a path. @throws TypeError Where it would make another path. */
export function segment(name: string, value: string): string {
  if (value === "" || value === "." || value === "..") throw new TypeError(`This is no ${name}.`);
  return value;
}

/** The header field that has the server hold its answer for some seconds (RFC 7240). */
export function preferWait(seconds: number | undefined): { prefer?: string } {
  if (seconds === undefined) return {};
  if (!Number.isInteger(seconds) || seconds < 0) throw new TypeError("`waitSeconds` is a whole number of seconds, 0 or more.");
  return { prefer: `wait=${seconds}` };
}
