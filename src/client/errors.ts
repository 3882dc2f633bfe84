import type { Problem, Transfer } from "./types.js";

const PROBLEM_TYPES = "https://eventmachine.dev/problems/";
const REQUEST_ID_PREFIX = "urn:uuid:";

/** Whatever this client throws by itself. What a caller's AbortSignal gives as its reason is thrown as it is. */
export class EventMachineError extends Error {
  override readonly name: string = "EventMachineError";
}

/** What an {@link ApiError} knows. */
export interface ApiErrorDetails {
  status: number;
  problem?: Partial<Problem> | undefined;
  retryAfterSeconds?: number | undefined;
  idempotencyKey?: string | undefined;
}

/** The API has answered, and it is a no. */
export class ApiError extends EventMachineError {
  override readonly name = "ApiError";
  /** The HTTP status. */
  readonly status: number;
  /** What is wrong, as docs/errors.md lists it, e.g. `invalid-phone`; `http-<status>` where the answer is not the API's own. */
  readonly code: string;
  /** The same for every error of this code. */
  readonly title: string | undefined;
  /** What to do about it. */
  readonly detail: string | undefined;
  /** Names this answer; the operator's log has it too. */
  readonly requestId: string | undefined;
  /** JSON pointer: which field it is about. */
  readonly field: string | undefined;
  /** What is wrong with the request, field by field. */
  readonly errors: readonly { pointer: string; detail: string }[];
  /** Not to be asked again before, in seconds. */
  readonly retryAfterSeconds: number | undefined;
  /** The key that the request was made under: the same request under the same key is the same transfer. */
  readonly idempotencyKey: string | undefined;

  constructor({ status, problem = {}, retryAfterSeconds, idempotencyKey }: ApiErrorDetails) {
    super(problem.detail ?? problem.title ?? `The API answered with the status ${status}.`);
    this.status = status;
    this.code = problem.type?.startsWith(PROBLEM_TYPES) ? problem.type.slice(PROBLEM_TYPES.length) : `http-${status}`;
    this.title = problem.title;
    this.detail = problem.detail;
    this.requestId = problem.instance?.startsWith(REQUEST_ID_PREFIX)
      ? problem.instance.slice(REQUEST_ID_PREFIX.length)
      : problem.instance;
    this.field = problem.field;
    this.errors = problem.errors ?? [];
    this.retryAfterSeconds = retryAfterSeconds;
    this.idempotencyKey = idempotencyKey;
  }
}

/**
 * No answer came, or none that can be understood: the connection failed or was cut, or it took too long (`isTimeout`). Whether a
 * request that changes something was carried out is not known then: ask again under the same key, or look.
 */
export class ConnectionError extends EventMachineError {
  override readonly name = "ConnectionError";
  readonly isTimeout: boolean;
  /** How often it was tried. */
  readonly attempts: number;
  readonly idempotencyKey: string | undefined;

  constructor(
    message: string,
    of: { attempts: number; cause?: unknown; isTimeout?: boolean; idempotencyKey?: string | undefined },
  ) {
    super(message, { cause: of.cause });
    this.isTimeout = of.isTimeout ?? false;
    this.attempts = of.attempts;
    this.idempotencyKey = of.idempotencyKey;
  }
}

/** A transfer was not final in the time that was given. It goes on; `transfer` is where it stood. */
export class NotFinalError extends EventMachineError {
  override readonly name = "NotFinalError";
  readonly transfer: Transfer;

  constructor(transfer: Transfer) {
    super(`The transfer ${transfer.id} is ${transfer.state}, and not final yet. It goes on: ask for it again.`);
    this.transfer = transfer;
  }
}
