import { type ApiKeys, createApiKeys } from "./api-keys.js";
import { type Banks, createBanks } from "./banks.js";
import { createEvents, type Events } from "./events.js";
import { createFunctions, type Functions } from "./functions.js";
import type { Backoff } from "./pause.js";
import { createPhoneAccounts, type PhoneAccounts } from "./phone-accounts.js";
import type { Fetch } from "./send.js";
import { createSuspendedTransfers, type SuspendedTransfers } from "./suspended-transfers.js";
import { createTransfers, type Transfers } from "./transfers.js";
import { answerOf, type CallOptions, createTransport } from "./transport.js";
import type { Root, Stats } from "./types.js";

export { ApiError, ConnectionError, EventMachineError, NotFinalError } from "./errors.js";
export type { FollowOptions, StreamItem } from "./event-stream.js";
export type { CreateOptions } from "./transfers.js";
export type * from "./types.js";
// What is published as `event-machine/client`: this module, its errors and its types.
export type { ApiKeys, Banks, CallOptions, Events, Fetch, Functions, PhoneAccounts, SuspendedTransfers, Transfers };

/**
 * How a client is made.
 *
 * - `url`: of the API, e.g. `http://127.0.0.1:8080`.
 * - `apiKey`: an API key, or an access token. It is sent to that URL only, and no redirect is followed.
 * - `timeoutMs`: for each try of a call; 30 seconds without it. What is held by `waitSeconds` has that time besides.
 * - `maxRetries`: tries after the first, of what may be repeated: what reads, replaces or deletes, and the start of a transfer. 4 without it.
 * - `backoff`: the pauses between tries, with full jitter; `Retry-After` comes on top. From 200 ms to 5 seconds without it.
 * - `maxRetryAfterMs`: who asks for a longer pause than this is not asked again; a minute without it.
 * - `fetch`: another `fetch` than the runtime's.
 */
export interface ClientOptions {
  url: string;
  apiKey?: string | undefined;
  timeoutMs?: number | undefined;
  maxRetries?: number | undefined;
  backoff?: Backoff | undefined;
  maxRetryAfterMs?: number | undefined;
  fetch?: Fetch | undefined;
}

/** A client of the API. Every call throws ApiError where the answer is a no, and ConnectionError where there is none. */
export interface EventMachineClient {
  readonly transfers: Transfers;
  readonly phoneAccounts: PhoneAccounts;
  readonly banks: Banks;
  readonly events: Events;
  readonly suspendedTransfers: SuspendedTransfers;
  readonly functions: Functions;
  readonly apiKeys: ApiKeys;
  /** The network, and where things are. Needs no key. */
  root(options?: CallOptions): Promise<Root>;
  /** What is open, what waits, how fast it goes; for keys with the scope `stats:read`. */
  stats(options?: CallOptions): Promise<Stats>;
}

const TIMEOUT_MS = 30_000;
const MAX_RETRIES = 4;
const BACKOFF: Backoff = { firstMs: 200, maxMs: 5_000 };
const MAX_RETRY_AFTER_MS = 60_000;

/**
 * Makes a client of the API. It runs where there is `fetch`: Node.js 20 or newer, browsers.
 * @throws TypeError The URL is none of http or https.
 */
export function createClient(options: ClientOptions): EventMachineClient {
  const transport = createTransport({
    url: parseUrl(options.url),
    apiKey: options.apiKey,
    fetch: options.fetch ?? ((url, init) => fetch(url, init)),
    rules: {
      timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
      maxRetries: options.maxRetries ?? MAX_RETRIES,
      backoff: options.backoff ?? BACKOFF,
      maxRetryAfterMs: options.maxRetryAfterMs ?? MAX_RETRY_AFTER_MS,
    },
  });
  const { api, call } = transport;
  return {
    transfers: createTransfers(transport),
    phoneAccounts: createPhoneAccounts(transport),
    banks: createBanks(transport),
    events: createEvents(transport),
    suspendedTransfers: createSuspendedTransfers(transport),
    functions: createFunctions(transport),
    apiKeys: createApiKeys(transport),
    root: async (given) => await answerOf(api.GET("/", call(given))),
    stats: async (given) => await answerOf(api.GET("/v1/stats", call(given))),
  };
}

function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === "" && url.search === "" && url.hash === "";
  if (url === undefined || !isPlain || !/^https?:$/.test(url.protocol)) {
    throw new TypeError("`url` is the URL of the API: with http or https, without a user, and with nothing after its path.");
  }
  return url.href.replace(/\/+$/, "");
}
