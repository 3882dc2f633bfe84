import { expect } from "chai";
import type { Response } from "light-my-request";
import { type ApiOptions, createApi } from "../../src/api/app.js";
import type { ErrorCode } from "../../src/domain/app-error.js";
import { createFakeDeps, type FakeDeps, PAYEE_PHONE, PAYER_PHONE } from "../../tools/api-fakes/fake-deps.js";

export type Api = ReturnType<typeof createApi>;

export const BODY = {
  payer: { phone: PAYER_PHONE },
  payee: { phone: PAYEE_PHONE },
  amount: { amount: "15000", currency: "THB" },
};

export interface TestApi {
  api: Api;
  deps: FakeDeps;
  /** Starts a transfer; `headers` come on top of a key and a content type, `undefined` takes one away. */
  start(body?: unknown, headers?: Record<string, string | undefined>): Promise<Response>;
  get(url: string, key?: string): Promise<Response>;
  /** Any other request; a body goes as JSON. */
  send(method: "POST" | "PUT" | "DELETE", url: string, body?: unknown, key?: string): Promise<Response>;
}

export async function createTestApi(options: Partial<ApiOptions> = {}): Promise<TestApi> {
  const deps = await createFakeDeps();
  const api = createApi(deps, options);
  await api.ready();
  return {
    api,
    deps,
    start: (body = BODY, headers = {}) => {
      const all = {
        authorization: "Bearer alice-key",
        "idempotency-key": "key-1",
        "content-type": "application/json",
        ...headers,
      };
      const given = Object.entries(all).filter((field): field is [string, string] => field[1] !== undefined);
      const payload = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      return api.inject({ method: "POST", url: "/v1/transfers", headers: Object.fromEntries(given), payload });
    },
    send: (method, url, body, key = "alice-key") => {
      const headers = { authorization: `Bearer ${key}`, ...(body !== undefined && { "content-type": "application/json" }) };
      return api.inject({ method, url, headers, ...(body !== undefined && { payload: JSON.stringify(body) }) });
    },
    get: (url, key = "alice-key") => api.inject({ method: "GET", url, headers: { authorization: `Bearer ${key}` } }),
  };
}

/** Asserts that an answer has the status; returns its body. */
export function expectJson<T>(response: Response, status = 200): T {
  expect(response.statusCode, response.body).to.equal(status);
  return response.json<T>();
}

/** Asserts problem details (RFC 9457) of the given status and code; returns them without what differs from answer to answer. */
export function expectProblem(response: Response, status: number, code: ErrorCode): Record<string, unknown> {
  expect(response.statusCode, response.body).to.equal(status);
  expect(response.headers["content-type"]).to.match(/^application\/problem\+json/);
  const { instance, ...problem } = response.json<Record<string, unknown>>();
  expect(instance).to.match(/^urn:uuid:[0-9a-f-]{36}$/);
  expect(problem.type).to.equal(`https://eventmachine.dev/problems/${code}`);
  expect(problem.status).to.equal(status);
  expect(problem.title).to.be.a("string");
  expect(problem.detail).to.be.a("string");
  expect(response.body).not.to.match(/\bat .*\.[jt]s:\d+|node_modules|"stack"/);
  if (status === 401) expect(response.headers["www-authenticate"]).to.match(/^Bearer/);
  if (status === 503 || status === 429) expect(Number(response.headers["retry-after"])).to.be.above(0);
  return problem;
}
