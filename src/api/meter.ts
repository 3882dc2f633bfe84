import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../domain/app-error.js";
import type { ApiInstance } from "./api-instance.js";

/** A hook that refuses requests beyond a number a minute. */
export type Meter = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

const MINUTE_MS = 60_000;

/**
 * Meters requests by `keyOf`, at most `max` a minute and key. Needs `@fastify/rate-limit`, whose own hooks are no use here: of
 * several on one request it runs the first only, and we meter by address before authentication and by principal after it.
 */
export function createMeter(app: ApiInstance, max: number, keyOf: (request: FastifyRequest) => string): Meter {
  const count = app.createRateLimit({ max, timeWindow: MINUTE_MS, keyGenerator: keyOf });
  return async (request, reply) => {
    const result = await count(request);
    if (result.isAllowed || !result.isExceeded) return;
    reply.header("retry-after", String(result.ttlInSeconds));
    throw new AppError("too-many-requests", "Wait as long as Retry-After says.");
  };
}
