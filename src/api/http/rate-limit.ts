// What the plugin adds to an instance.
import type {} from "@fastify/rate-limit";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../domain/app-error.js";
import type { ApiInstance } from "./api-instance.js";

/** A hook that refuses requests beyond a number a minute. */
export type Meter = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

const MINUTE_MS = 60_000;

/**
 * Meters requests by `keyOf`, at most `max` a minute and key. Needs `@fastify/rate-limit`, whose own hooks are no use here: of
 * several on one request it runs the first only, and we meter by address before authentication and by principal after it.
 */
export function createMeter(
  app: ApiInstance,
  { name, max }: { name: string; max: number },
  keyOf: (request: FastifyRequest) => string,
): Meter {
  const count = app.createRateLimit({ max, timeWindow: MINUTE_MS, keyGenerator: keyOf });
  return async (request, reply) => {
    const result = await count(request);
    if (result.isAllowed) return;
    // Of the limits that a request is under, each is an item of the list (draft-ietf-httpapi-ratelimit-headers).
    append(reply, "ratelimit-policy", `"${name}";q=${max};w=${MINUTE_MS / 1000}`);
    append(reply, "ratelimit", `"${name}";r=${result.remaining};t=${result.ttlInSeconds}`);
    if (!result.isExceeded) return;
    throw new AppError("too-many-requests", "Wait as long as Retry-After says.", { retryAfterSeconds: result.ttlInSeconds });
  };
}

function append(reply: FastifyReply, field: string, item: string): void {
  const before = reply.getHeader(field);
  reply.header(field, before === undefined ? item : `${before}, ${item}`);
}
