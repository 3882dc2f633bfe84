import { collect } from "./pages.js";
import { answerOf, type CallOptions, segment, type Transport } from "./transport.js";
import type { ApiKey, CreatedApiKey, NewApiKey } from "./types.js";

/** API keys. A key itself is shown once, when it is made; `create` and `rotate` are not tried again by themselves. */
export interface ApiKeys {
  /** @throws ApiError `forbidden` where the new key could do more than the caller's own, … */
  create(key: NewApiKey, options?: CallOptions): Promise<CreatedApiKey>;
  list(options?: CallOptions): Promise<ApiKey[]>;
  get(id: string, options?: CallOptions): Promise<ApiKey>;
  /** Another key of the same principal. `overlapSeconds`: how long the old one stays good, from 0 to 604800. */
  rotate(id: string, rotation: { overlapSeconds: number }, options?: CallOptions): Promise<CreatedApiKey>;
  /** Ends a key at once. */
  delete(id: string, options?: CallOptions): Promise<void>;
}

export function createApiKeys({ api, call }: Transport): ApiKeys {
  const of = (id: string) => ({ params: { path: { id: segment("API key's id", id) } } });
  return {
    create: async (body, options) => await answerOf(api.POST("/v1/api-keys", { body, ...call(options) })),
    list: async (options) =>
      await collect(async (cursor) => {
        const params = { query: cursor === undefined ? {} : { cursor } };
        const page = await answerOf(api.GET("/v1/api-keys", { params, ...call(options) }));
        return { items: page.apiKeys, next: page.next };
      }),
    get: async (id, options) => await answerOf(api.GET("/v1/api-keys/{id}", { ...of(id), ...call(options) })),
    rotate: async (id, body, options) =>
      await answerOf(api.POST("/v1/api-keys/{id}/rotations", { ...of(id), body, ...call(options) })),
    delete: async (id, options) => await answerOf(api.DELETE("/v1/api-keys/{id}", { ...of(id), ...call(options) })),
  };
}
