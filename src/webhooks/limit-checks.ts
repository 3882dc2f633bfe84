import { AppError } from "../domain/app-error.js";

// A check takes five seconds at most; nobody registers more functions at once by hand.
export const CHECKS_PER_PRINCIPAL = 4;

/** Bounds how many checks of URLs a principal has under way: each opens a connection to an address that the principal chose. */
export function createCheckLimit(): <T>(principal: string, check: () => Promise<T>) => Promise<T> {
  const underWay = new Map<string, number>();
  return async (principal, check) => {
    const count = underWay.get(principal) ?? 0;
    if (count >= CHECKS_PER_PRINCIPAL) {
      throw new AppError(
        "too-many-requests",
        "Too many URLs are being checked for you at once; register them one after another.",
      );
    }
    underWay.set(principal, count + 1);
    try {
      return await check();
    } finally {
      const left = (underWay.get(principal) ?? 1) - 1;
      if (left === 0) underWay.delete(principal);
      else underWay.set(principal, left);
    }
  };
}
