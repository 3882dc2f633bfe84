import { collect } from "./pages.js";
import { answerOf, type CallOptions, segment, type Transport } from "./transport.js";
import type { Bank } from "./types.js";

/** The member banks. */
export interface Banks {
  list(options?: CallOptions): Promise<Bank[]>;
  /** @param bank A BIC8 (ISO 9362:2014). @throws ApiError `not-found`, … */
  get(bank: string, options?: CallOptions): Promise<Bank>;
}

export function createBanks({ api, call }: Transport): Banks {
  return {
    list: async (options) =>
      await collect(async (cursor) => {
        const params = { query: cursor === undefined ? {} : { cursor } };
        const page = await answerOf(api.GET("/v1/banks", { params, ...call(options) }));
        return { items: page.banks, next: page.next };
      }),
    get: async (bank, options) =>
      await answerOf(api.GET("/v1/banks/{bank}", { params: { path: { bank: segment("bank", bank) } }, ...call(options) })),
  };
}
