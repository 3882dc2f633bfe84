import { Pool } from "undici";
import { AppError } from "../domain/app-error.js";
import { retryAfterMs } from "../domain/retry-after.js";
import { withTimeLimit } from "../domain/time-limit.js";
import { parseJson } from "./bank-wire.js";
import { createLimiter } from "./limiter.js";

/** An answer of the bank, whatever it says. `json` is `undefined` where the body is no JSON. */
export interface BankReply {
  status: number;
  json: unknown;
}

/** One bank's HTTP API, over connections that stay open. */
export interface BankHttp {
  /** Throws AppError `bank-unreachable` if surely nothing was sent, else `bank-outcome-unknown` if no answer came. */
  request(method: "GET" | "POST", path: string, body?: unknown): Promise<BankReply>;
  shutdown(): Promise<void>;
}

/** A thousand receipts, escaped, with space to spare; in bytes. */
const MAX_REPLY_BYTES = 33_554_432;

/** Answers that may carry `Retry-After` (RFC 9110 section 10.2.3): nothing is sent to the bank before then. */
const PATIENCE_STATUSES: readonly number[] = [429, 503];

/** Transfers wait meanwhile: a bank that asks for more is asked again anyway. */
const MAX_PATIENCE_MS = 300_000;

/** What fails before a connection stands, so before anything of the request is sent (node:net, node:dns, undici). */
const NOT_SENT_CODES: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

/**
 * @param options.baseUrl the API without `/v1`
 * @param options.timeoutMs for one request from connecting to the last byte of the answer; queueing here is not in it
 * @param options.maxConcurrency connections, each with one request at a time
 */
export function createBankHttp(options: { baseUrl: string; token: string; timeoutMs: number; maxConcurrency: number }): BankHttp {
  const { baseUrl, token, timeoutMs, maxConcurrency } = options;
  const { origin, pathname } = new URL(baseUrl);
  const prefix = pathname.replace(/\/$/, "");
  const pool = new Pool(origin, {
    connections: maxConcurrency,
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxResponseSize: MAX_REPLY_BYTES,
    // Half, so that a connection that is never made is told apart from an answer that never comes.
    connect: { timeout: Math.ceil(timeoutMs / 2) },
  });
  const limit = createLimiter(maxConcurrency);
  let notBefore = 0;
  const send = async (method: "GET" | "POST", path: string, body: unknown): Promise<BankReply> => {
    if (performance.now() < notBefore) {
      throw new AppError("bank-unreachable", "The bank asked to be left alone for a while (Retry-After); nothing was sent");
    }
    try {
      return await withTimeLimit(timeoutMs, async (signal) => {
        const reply = await pool.request({
          method,
          path: `${prefix}${path}`,
          headers: {
            authorization: `Bearer ${token}`,
            accept: "application/json",
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          body: body === undefined ? null : JSON.stringify(body),
          signal,
        });
        if (PATIENCE_STATUSES.includes(reply.statusCode)) {
          const pauseMs = retryAfterMs(reply.headers["retry-after"], Date.now(), MAX_PATIENCE_MS) ?? 0;
          notBefore = Math.max(notBefore, performance.now() + pauseMs);
        }
        return { status: reply.statusCode, json: parseJson(await reply.body.text()) };
      });
    } catch (cause) {
      if (wasNotSent(cause))
        throw new AppError("bank-unreachable", "The bank cannot be connected to; nothing was sent", { cause });
      throw new AppError("bank-outcome-unknown", "The request may have reached the bank, but no answer came back", { cause });
    }
  };
  return {
    request: (method, path, body) => limit(() => send(method, path, body)),
    shutdown: () => pool.close(),
  };
}

/**
 * The JSON of a success.
 *
 * @throws AppError `bank-protocol` when the bank turns the request itself down (3xx, 4xx), which says nothing of a posting;
 * `bank-outcome-unknown` for a 5xx, or a success that cannot be read
 */
export function successJson({ status, json }: BankReply): unknown {
  if (status === 200 && json !== undefined) return json;
  if (status >= 300 && status < 500) {
    throw new AppError("bank-protocol", "The bank does not take the request", { details: { bankStatus: status } });
  }
  throw new AppError("bank-outcome-unknown", "The bank's answer does not say what happened", { details: { bankStatus: status } });
}

function wasNotSent(error: unknown): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && NOT_SENT_CODES.has(error.code);
}
