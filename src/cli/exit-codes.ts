import { CommanderError } from "commander";
import { ApiError, ConnectionError, NotFinalError } from "../client/client.js";
import { AppError } from "../domain/app-error.js";

/** What a command ends with. */
export const EXIT = {
  done: 0,
  unexpected: 1,
  usage: 2,
  notAllowed: 3,
  notFound: 4,
  refused: 5,
  unavailable: 6,
  notCompleted: 7,
  notFinal: 8,
  notGood: 9,
  interrupted: 130,
} as const;

export const EXIT_CODES_HELP = `
Exit codes:
  0    done; --follow, too, that Ctrl-C has ended
  1    something unexpected
  2    wrong arguments, or no API key
  3    the API key is not good, or not for this
  4    there is no such thing
  5    the API refuses it
  6    the API (or a chain's node) does not answer, or asks to come later
  7    the transfer has ended, and the payee has no money: REJECTED or REVERSED
  8    the transfer is not final yet, or the function has not ended
  9    the receipt is not good
  130  Ctrl-C
`;

/** Thrown for what is wrong with the arguments. Its message repeats no phone number. */
export class UsageError extends Error {}

/** Thrown where something other than the API does not answer. */
export class UnavailableError extends Error {}

/** An error as a command's exit code, and as what is told of it. */
export interface Failure {
  exitCode: number;
  code: string;
  message: string;
  /** What more the API has said. */
  details?: Record<string, unknown>;
}

export function toFailure(error: unknown): Failure {
  if (error instanceof ApiError) return fromApi(error);
  if (error instanceof ConnectionError) {
    const message = `${error.message} Is EVENT_MACHINE_URL right, and the system running?`;
    return { exitCode: EXIT.unavailable, code: error.isTimeout ? "timeout" : "no-answer", message, ...keyOf(error) };
  }
  if (error instanceof NotFinalError) return { exitCode: EXIT.notFinal, code: "not-final", message: error.message };
  if (error instanceof UnavailableError) return { exitCode: EXIT.unavailable, code: "no-answer", message: error.message };
  if (error instanceof UsageError || error instanceof TypeError) {
    return { exitCode: EXIT.usage, code: "usage", message: error.message };
  }
  if (error instanceof AppError && error.code === "config-invalid") {
    return { exitCode: EXIT.usage, code: error.code, message: error.message };
  }
  // It has told by itself.
  if (error instanceof CommanderError)
    return { exitCode: error.exitCode === 0 ? EXIT.done : EXIT.usage, code: "usage", message: "" };
  return { exitCode: EXIT.unexpected, code: "unexpected", message: error instanceof Error ? error.message : String(error) };
}

function fromApi(error: ApiError): Failure {
  const { code, status, requestId, field, errors } = error;
  const listed = errors.map(({ pointer, detail }) => `\n  ${pointer} ${detail}`).join("");
  return {
    exitCode: exitCodeOf(status),
    code,
    message: `${error.message}${listed}`,
    details: {
      ...{ status, requestId, field },
      ...(errors.length > 0 && { errors }),
      ...keyOf(error).details,
    },
  };
}

/** Under the same key the same command is the same transfer. */
function keyOf({ idempotencyKey }: { idempotencyKey: string | undefined }): Pick<Failure, "details"> {
  return idempotencyKey === undefined ? {} : { details: { idempotencyKey } };
}

function exitCodeOf(status: number): number {
  if (status === 401 || status === 403) return EXIT.notAllowed;
  if (status === 404) return EXIT.notFound;
  return status === 429 || status >= 500 ? EXIT.unavailable : EXIT.refused;
}
