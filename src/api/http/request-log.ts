import type { FastifyBaseLogger, FastifyInstance } from "fastify";
import { maskPhone } from "../../domain/phone.js";

// A phone number in E.164 form, its plus perhaps percent-encoded.
const PHONE_PATTERN = /(?:\+|%2b)[1-9][0-9]{6,14}/gi;

/**
 * A logger for Fastify that never sees a URL, header or body: a path may hold a phone number. Of an error it writes message and
 * stack, with phone numbers masked should one have got into them.
 */
export function withoutPersonalData(logger: FastifyBaseLogger): FastifyBaseLogger {
  return logger.child({}, { serializers: { req: () => undefined, res: () => undefined, err: serializeError } });
}

/** Writes one line a request: method, route pattern, status, duration in milliseconds. */
export function logRequests(app: FastifyInstance): void {
  app.addHook("onResponse", async (request, reply) => {
    const fields = {
      method: request.method,
      route: request.is404 ? "unknown" : request.routeOptions.url,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
      principal: request.principal?.id,
      ...(request.transferId !== null && { transferId: request.transferId }),
    };
    request.log.info(fields, "request answered");
  });
}

function serializeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: maskPhones(String(error)) };
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: maskPhones(error.message),
    stack: maskPhones(error.stack ?? ""),
    ...(code === undefined ? {} : { code: maskPhones(String(code)) }),
    ...(error.cause === undefined ? {} : { cause: maskPhones(String(error.cause)) }),
  };
}

function maskPhones(text: string): string {
  return text.replaceAll(PHONE_PATTERN, maskPhone);
}
