import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { AppError } from "../domain/app-error.js";
import { type ExpectedPosting, type PostingOutcome, transferIdOfReference } from "../domain/posting.js";
import type { BankConnector } from "./bank-connector.js";

/** How often an answer is looked for before the reference is closed: a request still under way gets this chance to finish. */
const FIND_TRIES = 3;

/** TimeoutInstructedAgent (ISO 20022): the reason of a refusal made by closing. */
const CLOSE_REASON = "AB06";

/**
 * Makes an unknown outcome definite: looks for the bank's answer, and when there is none closes the reference, so that a request
 * that arrives later is refused. The bank's 'not found' is never a no by itself.
 *
 * @param options.delayMs between the first two tries; doubles
 * @throws AppError `bank-outcome-unknown` when neither can be had
 */
export async function settlePosting(
  { find, close, logger }: Pick<BankConnector, "find" | "close"> & { logger: Pick<Logger, "warn"> },
  reference: string,
  { delayMs, expected }: { delayMs: number; expected?: ExpectedPosting },
): Promise<PostingOutcome> {
  const transferId = transferIdOfReference(reference);
  logger.warn({ transferId, reference }, "Settling an unknown outcome");
  for (let attempt = 0; attempt < FIND_TRIES; attempt++) {
    if (attempt > 0) await delay(delayMs * 2 ** (attempt - 1));
    const found = await bankErrorAsUndefined(find(reference, expected));
    if (found !== undefined) return found;
  }
  try {
    const closed = await close(reference, CLOSE_REASON, expected);
    logger.warn({ transferId, reference, status: closed.status }, "Closed a reference that the bank had not answered");
    return closed;
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    throw new AppError("bank-outcome-unknown", "The bank neither tells nor settles the outcome; try again", { cause });
  }
}

/** An error of the bank is one failed try, since closing decides; any other error is a defect and goes up. */
async function bankErrorAsUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}
