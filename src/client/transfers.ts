import { NotFinalError } from "./errors.js";
import { allItems, collect } from "./pages.js";
import { pause } from "./pause.js";
import { answerOf, type CallOptions, preferWait, segment, type Transport, type WaitOptions } from "./transport.js";
import type {
  NewTransfer,
  SignedReceipt,
  Transfer,
  TransferEvent,
  TransferPage,
  TransferQuery,
  TransferRefusal,
} from "./types.js";

/**
 * How a transfer is started.
 *
 * - `idempotencyKey`: 1 to 255 visible ASCII characters. The same request under the same key is the same transfer, for ever. Give one
 *   that you keep, e.g. an order's number, and a start that a crash has interrupted can be asked for again. A random one without it.
 * - `waitSeconds`: the answer is held until the transfer is final, at most so long; from 0 to 60.
 */
export interface CreateOptions extends WaitOptions {
  idempotencyKey?: string | undefined;
}

/** Transfers: the caller's own, or everybody's for a key with the scope `transfers:read-any`. */
export interface Transfers {
  /**
   * Starts a transfer. It is durable once this resolves; whether money has moved, its `state` says.
   * @throws ApiError `invalid-phone`, `invalid-amount`, `invalid-currency`, `invalid-transfer`, `not-found`, `idempotency-key-reused`, …
   * @throws ConnectionError Then it may have been started: ask again with the error's `idempotencyKey`.
   */
  create(transfer: NewTransfer, options?: CreateOptions): Promise<Transfer>;
  /** @param id 0x and 64 hex digits. @throws ApiError `not-found`, … */
  get(id: string, options?: CallOptions): Promise<Transfer>;
  /** All transfers, newest first. `limit`: the most in one page, from 1 to 100. */
  list(query?: TransferQuery, options?: CallOptions): AsyncGenerator<Transfer, void, undefined>;
  /** One page of them; `next` as `cursor` asks for the next. */
  listPage(query?: TransferQuery, options?: CallOptions): Promise<TransferPage>;
  /** What has happened to a transfer, in the order of the chain. */
  events(id: string, options?: CallOptions): Promise<TransferEvent[]>;
  /** Reports about a transfer that the contract refused, in the order of the chain: they changed nothing. */
  refusals(id: string, options?: CallOptions): Promise<TransferRefusal[]>;
  /** The signed receipt of a transfer that is COMPLETED. @throws ApiError `conflict` while it is not, `not-found`, … */
  receipt(id: string, options?: CallOptions): Promise<SignedReceipt>;
  /**
   * Asks for a transfer until nothing can follow.
   * @param options.withinMs How long; a minute without it.
   * @throws NotFinalError It goes on, and can be waited for again.
   */
  waitUntilFinal(id: string, options?: CallOptions & { withinMs?: number | undefined }): Promise<Transfer>;
}

const KEY_BYTES = 16;
const WITHIN_MS = 60_000;
// A transfer takes a few blocks: often at first, and no more than every two seconds.
const POLL_FIRST_MS = 100;
const POLL_MAX_MS = 2_000;
const POLL_GROWTH = 1.5;

export function createTransfers({ api, call }: Transport): Transfers {
  const get = async (id: string, options?: CallOptions) =>
    await answerOf(api.GET("/v1/transfers/{id}", { params: { path: { id: segment("transfer", id) } }, ...call(options) }));
  const listPage = async (query: TransferQuery = {}, options?: CallOptions) =>
    await answerOf(api.GET("/v1/transfers", { params: { query }, ...call(options) }));

  return {
    async create(body, options = {}) {
      const { idempotencyKey = randomKey(), waitSeconds } = options;
      const header = { "idempotency-key": idempotencyKey, ...preferWait(waitSeconds) };
      return await answerOf(api.POST("/v1/transfers", { params: { header }, body, ...call(options) }), idempotencyKey);
    },
    get,
    list: (query, options) =>
      allItems(async (cursor) => {
        const page = await listPage({ ...query, ...(cursor !== undefined && { cursor }) }, options);
        return { items: page.transfers, next: page.next };
      }, query?.cursor),
    listPage,
    events: async (id, options) =>
      await collect(async (after) => {
        const params = { path: { id: segment("transfer", id) }, query: after === undefined ? {} : { after } };
        const page = await answerOf(api.GET("/v1/transfers/{id}/events", { params, ...call(options) }));
        return { items: page.events, next: page.next };
      }),
    refusals: async (id, options) =>
      await collect(async (after) => {
        const params = { path: { id: segment("transfer", id) }, query: after === undefined ? {} : { after } };
        const page = await answerOf(api.GET("/v1/transfers/{id}/refusals", { params, ...call(options) }));
        return { items: page.refusals, next: page.next };
      }),
    async receipt(id, options) {
      const params = { path: { id: segment("transfer", id) } };
      // Whoever does not ask for the PDF gets JSON.
      return (await answerOf(api.GET("/v1/transfers/{id}/receipt", { params, ...call(options) }))) as SignedReceipt;
    },
    async waitUntilFinal(id, { withinMs = WITHIN_MS, ...options } = {}) {
      const endMs = performance.now() + withinMs;
      for (let pollMs = POLL_FIRST_MS; ; pollMs = Math.min(pollMs * POLL_GROWTH, POLL_MAX_MS)) {
        const transfer = await get(id, options);
        // A replaced chain makes no more events.
        if (transfer.final || transfer.earlierChain !== undefined) return transfer;
        const leftMs = endMs - performance.now();
        if (leftMs <= 0) throw new NotFinalError(transfer);
        await pause(Math.min(pollMs, leftMs), options.signal);
      }
    },
  };
}

function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(KEY_BYTES)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
