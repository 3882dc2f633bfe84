import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { AppError, ERROR_CODES, type ErrorCode, problemType } from "../../domain/app-error.js";

/** The codes of what Fastify itself refuses; any other 4xx of it is `invalid-request`. */
const CODE_BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  404: "not-found",
  413: "body-too-large",
  415: "unsupported-media-type",
};

/**
 * Answers an error as problem details (RFC 9457). Neither the answer nor the log repeats what the client sent: bodies and
 * paths hold account numbers, and so do the messages of some parsers.
 */
export function sendBankProblem(error: FastifyError | AppError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const code = problemCode(error);
  const { status, title } = ERROR_CODES[code];
  if (status >= 500) request.log.error({ err: error, code }, "A request failed");
  const detail = error instanceof AppError && status < 500 ? { detail: error.message } : {};
  if (status === 401) reply.header("www-authenticate", "Bearer");
  return reply
    .code(status)
    .type("application/problem+json")
    .serializer(JSON.stringify)
    .send({ type: problemType(code), title, status, ...detail, ...invalidFields(error) });
}

function problemCode(error: FastifyError | AppError): ErrorCode {
  if (error instanceof AppError) return error.code;
  const status = error.statusCode ?? 500;
  if (status >= 500) return "internal";
  return CODE_BY_STATUS[status] ?? "invalid-request";
}

function invalidFields(error: FastifyError | AppError): { fields?: string[] } {
  if (error instanceof AppError || error.validation === undefined) return {};
  return { fields: [...new Set(error.validation.map(({ instancePath }) => instancePath))] };
}
