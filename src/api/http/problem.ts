import type { FastifyError, FastifyReply, FastifyRequest, FastifySchema } from "fastify";
import { AppError, ERROR_CODES, type ErrorCode, problemType } from "../../domain/app-error.js";
import { isConnectionError } from "../../store/store-errors.js";

/** The media type of RFC 9457. */
export const PROBLEM_MEDIA_TYPE = "application/problem+json";

const LISTED_MAX = 10; // More would help nobody.
const RETRY_AFTER_SECONDS = 5; // A block or two; clients are to add jitter.

// The codes of Fastify's own errors that a client can cause, by what they are to us.
const FRAMEWORK_CODES: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "body-too-large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported-media-type",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "invalid-request",
  FST_ERR_CTP_EMPTY_JSON_BODY: "invalid-request",
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: "unsupported-media-type",
  FST_ERR_BAD_URL: "invalid-request",
  FST_ERR_MAX_PARAM_LENGTH: "not-found",
  FST_ERR_NOT_FOUND: "not-found",
};

const FRAMEWORK_MESSAGES: Partial<Record<ErrorCode, string>> = {
  "body-too-large": "A body is at most 16 KiB.",
  "unsupported-media-type": "Send the body as application/json.",
  "invalid-request": "Check the URL, and the length and media type of the body.",
  "not-found": "There is no such resource.",
};

/**
 * The problem details (RFC 9457) of an error. `instance` is the request's id, which the log has too; a path could hold a phone number.
 * What went wrong inside (5xx) is for the log only.
 */
export function toProblem(error: AppError, requestId: string): Record<string, unknown> {
  const { title } = ERROR_CODES[error.code];
  return {
    ...(error.status < 500 ? error.details : {}),
    type: problemType(error.code),
    title,
    status: error.status,
    detail: error.status < 500 ? error.message : "Nothing is wrong with the request. If it goes on, report the instance.",
    instance: `urn:uuid:${requestId}`,
  };
}

/** The one error handler: whatever was thrown becomes problem details. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const known = toAppError(error, request.routeOptions.schema);
  if (known.status >= 500) request.log.error({ err: error, code: known.code }, "request failed");
  return sendProblem(known, request, reply);
}

/** Sends an error as problem details, with the header fields its status asks for. */
export function sendProblem(error: AppError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // RFC 9110 section 15.5.16: which content codings would have been taken.
  if (error.status === 415) reply.header("accept-encoding", "identity");
  if (error.status === 401) reply.header("www-authenticate", 'Bearer realm="eventmachine"');
  if ((error.status === 503 || error.status === 429) && !reply.hasHeader("retry-after")) {
    reply.header("retry-after", String(error.retryAfterSeconds ?? RETRY_AFTER_SECONDS));
  }
  reply.code(error.status).header("cache-control", "no-store").type(PROBLEM_MEDIA_TYPE);
  // As text: the response schemas are for what routes send.
  return reply.serializer(String).send(JSON.stringify(toProblem(error, request.id)));
}

function toAppError(error: unknown, schema: FastifySchema | undefined): AppError {
  if (error instanceof AppError) return error;
  const { code = "", validation, validationContext } = (error ?? {}) as Partial<FastifyError>;
  if (validation !== undefined) return fromValidation(validation, validationContext, schema);
  const known = FRAMEWORK_CODES[code];
  if (isConnectionError(error)) return new AppError("store-unavailable", "The store gave no answer.", { cause: error });
  if (known === undefined) return new AppError("internal", "Unexpected error.", { cause: error });
  return new AppError(known, FRAMEWORK_MESSAGES[known] ?? ERROR_CODES[known].title);
}

function fromValidation(
  errors: NonNullable<FastifyError["validation"]>,
  context: string | undefined,
  schema: FastifySchema | undefined,
): AppError {
  if (context === "headers") {
    return new AppError("idempotency-key-invalid", "Send an Idempotency-Key of 1 to 255 visible ASCII characters.");
  }
  const listed = errors
    // Of a field too many TypeBox says two things; the one that names it is enough.
    .filter(({ keyword }) => keyword !== "additionalProperties")
    .slice(0, LISTED_MAX)
    .map(({ instancePath, keyword, schemaPath, message }) => ({
      pointer: safePointer(instancePath),
      detail:
        keyword === "boolean"
          ? "is no field of this resource"
          : keyword === "pattern"
            ? formOf(schema?.[context as keyof FastifySchema], schemaPath)
            : (message ?? "is invalid"),
    }));
  return new AppError("invalid-request", "The request does not match its schema.", { details: { errors: listed } });
}

/** The form of a field, in its schema's words: a regular expression tells a client little. */
function formOf(schema: unknown, schemaPath: string): string {
  let part: unknown = schema;
  for (const name of schemaPath.split("/").slice(1)) {
    part = typeof part === "object" && part !== null ? (part as Record<string, unknown>)[name] : undefined;
  }
  const description = (part as { description?: unknown } | undefined)?.description;
  return typeof description === "string"
    ? `does not have the form of this field: ${description}`
    : "does not have the form of this field";
}

// A name that the client made up could be anything, a phone number as well; only what looks like a field's name is repeated.
function safePointer(pointer: string): string {
  return pointer
    .split("/")
    .map((segment) => (/^[A-Za-z]{0,30}$/.test(segment) ? segment : "?"))
    .join("/");
}
