import { AppError } from "../../domain/app-error.js";

/** The page is there, and is not the one that is known. `what`: what was looked for, in the page's own terms. */
export function pageChanged(page: string, what: string): AppError {
  return new AppError(
    "bank-protocol",
    `The bank's page "${page}" has changed: it lacks ${what}. Compare it with what the pages' driver expects.`,
    { details: { page } },
  );
}

/** The page did not load, or shows an error. */
export function pageUnavailable(page: string, why: string): AppError {
  return new AppError("bank-unreachable", `The bank's page "${page}" is not to be had (${why}); nothing was booked`, {
    details: { page },
  });
}

/**
 * What the browser says, as one of ours. Its own words are left out: they repeat what was typed, account numbers among them.
 */
export function browserError(page: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const name = error instanceof Error ? error.name : "unknown";
  const network = /net::(ERR_[A-Z_]+)/.exec(error instanceof Error ? error.message : "")?.[1];
  return pageUnavailable(page, network ?? name);
}
