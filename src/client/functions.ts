import { allItems, collect } from "./pages.js";
import { answerOf, type CallOptions, preferWait, segment, type Transport, type WaitOptions } from "./transport.js";
import type {
  CreatedFunction,
  Delivery,
  DeliveryQuery,
  DeliveryRequest,
  FunctionChange,
  FunctionSource,
  Invocation,
  NewFunction,
  NewSecret,
  RegisteredFunction,
  Replay,
} from "./types.js";

/** Functions: who is woken by which events. `create`, `rotateSecret`, `replay`, `invoke` and `update` are not tried again by themselves. */
export interface Functions {
  /** Registers a URL or a TypeScript module. Its secret is shown this once. @throws ApiError `invalid-function`, `conflict`, … */
  create(registered: NewFunction, options?: CallOptions): Promise<CreatedFunction>;
  list(options?: CallOptions): Promise<RegisteredFunction[]>;
  get(name: string, options?: CallOptions): Promise<RegisteredFunction>;
  /** What is left out stays. */
  update(name: string, change: FunctionChange, options?: CallOptions): Promise<RegisteredFunction>;
  delete(name: string, options?: CallOptions): Promise<void>;
  source(name: string, options?: CallOptions): Promise<FunctionSource>;
  /** What waits for it or was given up. */
  deliveries(name: string, query?: DeliveryQuery, options?: CallOptions): AsyncGenerator<Delivery, void, undefined>;
  /** Its newest requests, at most 100. */
  requests(name: string, options?: CallOptions): Promise<DeliveryRequest[]>;
  /** Delivers what was given up again: one event by its sequence, or all. */
  replay(name: string, what?: { sequence?: string }, options?: CallOptions): Promise<Replay>;
  /** `overlapSeconds`: how long the old secret signs beside the new one, from 0 to 604800. */
  rotateSecret(name: string, rotation: { overlapSeconds: number }, options?: CallOptions): Promise<NewSecret>;
  /** Runs it on an input, any JSON. `waitSeconds`: the answer is held until it has ended, at most so long; from 0 to 60. */
  invoke(name: string, input: unknown, options?: WaitOptions): Promise<Invocation>;
  invocation(name: string, id: string, options?: CallOptions): Promise<Invocation>;
  /** Its newest invocations, at most 100. */
  invocations(name: string, options?: CallOptions): Promise<Invocation[]>;
}

export function createFunctions(transport: Transport): Functions {
  const { api, call } = transport;
  const of = (name: string) => ({ params: { path: { name: segment("function's name", name) } } });
  return {
    create: async (body, options) => await answerOf(api.POST("/v1/functions", { body, ...call(options) })),
    list: async (options) =>
      await collect(async (cursor) => {
        const params = { query: cursor === undefined ? {} : { cursor } };
        const page = await answerOf(api.GET("/v1/functions", { params, ...call(options) }));
        return { items: page.functions, next: page.next };
      }),
    get: async (name, options) => await answerOf(api.GET("/v1/functions/{name}", { ...of(name), ...call(options) })),
    update: async (name, body, options) =>
      await answerOf(api.PATCH("/v1/functions/{name}", { ...of(name), body, ...call(options) })),
    delete: async (name, options) => await answerOf(api.DELETE("/v1/functions/{name}", { ...of(name), ...call(options) })),
    source: async (name, options) => await answerOf(api.GET("/v1/functions/{name}/source", { ...of(name), ...call(options) })),
    replay: async (name, body = {}, options) =>
      await answerOf(api.POST("/v1/functions/{name}/replays", { ...of(name), body, ...call(options) })),
    rotateSecret: async (name, body, options) =>
      await answerOf(api.POST("/v1/functions/{name}/secret-rotations", { ...of(name), body, ...call(options) })),
    ...createDeliveries(transport),
    ...createInvocations(transport),
  };
}

function createDeliveries({ api, call }: Transport): Pick<Functions, "deliveries" | "requests"> {
  return {
    deliveries: (name, query, options) =>
      allItems(async (after) => {
        const params = {
          path: { name: segment("function's name", name) },
          query: { ...query, ...(after !== undefined && { after }) },
        };
        const page = await answerOf(api.GET("/v1/functions/{name}/deliveries", { params, ...call(options) }));
        return { items: page.deliveries, next: page.next };
      }, query?.after),
    async requests(name, options) {
      const params = { path: { name: segment("function's name", name) } };
      return (await answerOf(api.GET("/v1/functions/{name}/requests", { params, ...call(options) }))).requests;
    },
  };
}

function createInvocations({ api, call }: Transport): Pick<Functions, "invoke" | "invocation" | "invocations"> {
  return {
    async invoke(name, input, options = {}) {
      const params = { path: { name: segment("function's name", name) }, header: preferWait(options.waitSeconds) };
      return await answerOf(api.POST("/v1/functions/{name}/invocations", { params, body: { input }, ...call(options) }));
    },
    async invocation(name, id, options) {
      const params = { path: { name: segment("function's name", name), id: segment("invocation's id", id) } };
      return await answerOf(api.GET("/v1/functions/{name}/invocations/{id}", { params, ...call(options) }));
    },
    async invocations(name, options) {
      const params = { path: { name: segment("function's name", name) } };
      return (await answerOf(api.GET("/v1/functions/{name}/invocations", { params, ...call(options) }))).invocations;
    },
  };
}
