import { request } from "undici";
import { AppError } from "../domain/app-error.js";
import type { TargetGuard } from "./target-guard.js";

const TIMEOUT_MS = 5_000;

/**
 * Sees whether something answers at a URL, whatever it says: OPTIONS asks it to do nothing. A redirect is no answer: it is not followed.
 * @throws AppError `invalid-function`
 */
export async function checkReachable(guard: TargetGuard, owner: string, url: string): Promise<void> {
  guard.checkUrl(url);
  const status = await request(url, {
    dispatcher: guard.dispatcherOf(owner),
    method: "OPTIONS",
    headersTimeout: TIMEOUT_MS,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).then(
    async ({ statusCode, body }) => {
      await body.dump({ limit: 1_024 }).catch(() => undefined);
      return statusCode;
    },
    (error: unknown) => {
      if (error instanceof AppError) throw error;
      throw invalid(`Nothing answers at the URL (${codeOf(error)}). Start it first.`, error);
    },
  );
  if (status >= 300 && status < 400) throw invalid("The URL redirects, which is not followed. Give the URL that it leads to.");
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError("invalid-function", message, { cause, details: { field: "/url" } });
}

/** What kind of failure it is; a message could tell of what else is in our network. */
function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^[A-Z_]{3,40}$/.test(code) ? code : "no answer";
}
