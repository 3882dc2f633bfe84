import { randomUUID } from "node:crypto";
import type { Static } from "typebox";
import type { TransferBody, TransferResource } from "../../src/api/http/schemas.js";
import type { TransferEventsSchema } from "../../src/api/transfers/history-schemas.js";

/** One event of a transfer, as the API tells it. */
export type ApiEvent = Static<typeof TransferEventsSchema>["events"][number];

/** An answer of the API; `body` is what its status stands for. */
export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

/** Problem details (RFC 9457), with the members that tests look at. */
export interface Problem {
  type: string;
  field?: string;
}

/** Answers that promise a transfer: it must become final. */
const ACCEPTED_STATUSES: readonly number[] = [200, 202];

/** A client of the API. `accepted` has the id of every transfer that it was ever promised. */
export function createApiClient(url: string, apiKey: string) {
  const accepted = new Set<string>();

  async function call<Body>(path: string, init: RequestInit = {}): Promise<Answer<Body>> {
    const response = await fetch(`${url}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${apiKey}`, ...init.headers },
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text === "" ? undefined : JSON.parse(text)) as Body };
  }

  /** Asks for a transfer. `key`: the Idempotency-Key, a new one by default. `waitSeconds`: `Prefer: wait`. */
  async function post<Body = TransferResource>(
    body: TransferBody,
    { key = randomUUID(), waitSeconds }: { key?: string; waitSeconds?: number } = {},
  ): Promise<Answer<Body>> {
    const prefer: Record<string, string> = waitSeconds === undefined ? {} : { prefer: `wait=${waitSeconds}` };
    const answer = await call<Body>("/v1/transfers", {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": key, ...prefer },
      body: JSON.stringify(body),
    });
    if (ACCEPTED_STATUSES.includes(answer.status)) accepted.add((answer.body as TransferResource).id);
    return answer;
  }

  return {
    accepted: accepted as ReadonlySet<string>,
    /** Takes transfers in that another client was promised. */
    adopt: (ids: Iterable<string>) => {
      for (const id of ids) accepted.add(id);
    },
    call,
    post,
    transfer: async (id: string) => (await call<TransferResource>(`/v1/transfers/${id}`)).body,
    events: async (id: string) => (await call<{ events: ApiEvent[] }>(`/v1/transfers/${id}/events`)).body.events,
    statusOf: async (path: string) => (await call(path)).status,
  };
}

export type ApiClient = ReturnType<typeof createApiClient>;
