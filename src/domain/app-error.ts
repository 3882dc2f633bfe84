/**
 * Every error code of the system, with the HTTP status it becomes at the edge and whether trying again can help.
 * The code is the stable part: it is the last segment of the problem type (RFC 9457), and tests assert it.
 */
export const ERROR_CODES = {
  "invalid-request": { status: 400, retryable: false, title: "The request is malformed" },
  "idempotency-key-invalid": { status: 400, retryable: false, title: "The Idempotency-Key header is missing or malformed" },
  unauthorized: { status: 401, retryable: false, title: "No valid credentials" },
  forbidden: { status: 403, retryable: false, title: "The credentials do not allow this" },
  "not-found": { status: 404, retryable: false, title: "There is no such resource" },
  "method-not-allowed": { status: 405, retryable: false, title: "The resource does not know this method" },
  conflict: { status: 409, retryable: false, title: "The resource is in another state" },
  "body-too-large": { status: 413, retryable: false, title: "The body is too large" },
  "unsupported-media-type": { status: 415, retryable: false, title: "The body's media type is not supported" },
  "transfer-coding-unknown": { status: 501, retryable: false, title: "The body's transfer coding is not supported" },
  "invalid-phone": { status: 422, retryable: false, title: "Not a phone number in E.164 form" },
  "invalid-amount": { status: 422, retryable: false, title: "Not an amount that can be transferred" },
  "invalid-currency": { status: 422, retryable: false, title: "Not a currency that can be transferred" },
  "invalid-transfer": { status: 422, retryable: false, title: "Not a transfer that can be made" },
  "invalid-function": { status: 422, retryable: false, title: "Not a function that can be registered" },
  "upgrade-required": { status: 426, retryable: false, title: "The resource is a WebSocket" },
  "idempotency-key-reused": { status: 422, retryable: false, title: "The Idempotency-Key belongs to another request" },
  "too-many-requests": { status: 429, retryable: true, title: "Too many requests" },
  "bank-unreachable": { status: 503, retryable: true, title: "The bank cannot be reached; nothing was sent to it" },
  "bank-outcome-unknown": { status: 503, retryable: true, title: "The bank's answer is not known yet" },
  "bank-undecided": { status: 503, retryable: false, title: "The bank cannot tell what became of a posting; people must look" },
  "bank-protocol": { status: 502, retryable: true, title: "The bank's answer cannot be understood" },
  "cannot-open": { status: 503, retryable: true, title: "What is sealed cannot be opened" },
  "function-host-unavailable": { status: 503, retryable: true, title: "The host of functions' modules does not answer" },
  "chain-unavailable": { status: 503, retryable: true, title: "The chain cannot be reached" },
  "chain-unexpected": { status: 503, retryable: false, title: "The chain is not the one this deployment belongs to" },
  "chain-reverted": { status: 503, retryable: true, title: "The chain refused a transaction" },
  "chain-gap": { status: 503, retryable: true, title: "The chain node left events out" },
  "projection-corrected": { status: 503, retryable: true, title: "The projection was taken back to what the chain proves" },
  "catching-up": { status: 503, retryable: true, title: "The projection is still behind the chain" },
  "chain-reorg-too-deep": { status: 503, retryable: false, title: "The chain took back a block that was final" },
  "signer-unavailable": { status: 503, retryable: true, title: "The signer of this service's key does not answer" },
  "signer-refused": { status: 503, retryable: false, title: "The signer of this service's key did not sign" },
  "store-unavailable": { status: 503, retryable: true, title: "The store cannot be reached" },
  "store-foreign": { status: 503, retryable: false, title: "The store belongs to another chain" },
  "lease-lost": { status: 503, retryable: true, title: "Another replica has taken over" },
  "issuer-unavailable": { status: 503, retryable: true, title: "The issuer of access tokens cannot be reached" },
  "config-invalid": { status: 500, retryable: false, title: "The configuration is invalid" },
  internal: { status: 500, retryable: false, title: "Something went wrong" },
} as const satisfies Record<string, { status: number; retryable: boolean; title: string }>;

/** One of the codes in {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** The problem type (RFC 9457 section 3.1.1) of an error code: one for one code, whichever service says it. */
export function problemType(code: ErrorCode): string {
  return `https://eventmachine.dev/problems/${code}`;
}

/** The one error class of the system. `message` says what to do next and holds no secret, phone or account number. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  /** Further members for the problem details (RFC 9457 section 3.2), e.g. `{ field: "amount" }`. */
  readonly details: Readonly<Record<string, unknown>>;
  /** When it can succeed, where that is known. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; details?: Record<string, unknown>; retryAfterSeconds?: number } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "AppError";
    this.code = code;
    this.status = ERROR_CODES[code].status;
    this.retryable = ERROR_CODES[code].retryable;
    this.details = options.details ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
