import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { AppError } from "../domain/app-error.js";
import type { ExpectedPosting, Posting, PostingOutcome } from "../domain/posting.js";
import type { BankConnector } from "./bank-connector.js";
import { type BankReply, createBankHttp, successJson } from "./bank-http.js";
import { type ExpectedReceipt, parseOutcome, parseOutcomes, parseStatement, postingJson } from "./bank-wire.js";
import { settlePosting } from "./settle-posting.js";

/** A close is safe to repeat, and it is the last word, so it gets a second chance. */
const CLOSE_TRIES = 2;

/** Answers that turn down a whole request for something in it; a smaller request may do. */
const SPLIT_STATUSES: readonly unknown[] = [400, 413, 422];

/**
 * A bank behind the HTTP API of this repository's simulators. An outcome that a posting leaves unknown (no answer, 5xx, an answer
 * that cannot be read or leaves it out, a receipt that says something else than the posting) is settled before it is reported, so at worst a posting takes six times `timeoutMs`.
 *
 * @param options.bank BIC8 that every receipt must name; absent: not compared
 * @param options.baseUrl the bank's API without `/v1`
 * @param options.timeoutMs for one HTTP request
 * @param options.maxBatch postings in one request, 1 to 1000
 * @param options.maxConcurrency HTTP requests at once
 * @param options.settleDelayMs between the first two tries to find an answer; doubles
 */
export function createRestConnector(options: {
  baseUrl: string;
  token: string;
  bank?: string;
  timeoutMs: number;
  logger: Pick<Logger, "warn">;
  maxBatch?: number;
  maxConcurrency?: number;
  settleDelayMs?: number;
}): BankConnector {
  const { baseUrl, token, bank, timeoutMs, logger, maxBatch = 200, maxConcurrency = 8, settleDelayMs = 100 } = options;
  const http = createBankHttp({ baseUrl, token, timeoutMs, maxConcurrency });

  const receiptOf = (posting: ExpectedPosting): ExpectedReceipt => (bank === undefined ? posting : { ...posting, bank });

  const find: BankConnector["find"] = async (reference, expected = {}) => {
    const reply = await http.request("GET", postingPath(reference));
    return reply.status === 404 ? undefined : readOutcome(reply, reference, receiptOf(expected));
  };

  const close: BankConnector["close"] = (reference, reason, expected = {}) =>
    retryUnknown(settleDelayMs, async () => {
      const reply = await http.request("POST", `${postingPath(reference)}/close`, { reason });
      return readOutcome(reply, reference, receiptOf(expected));
    });

  const settle = (expected: Posting) =>
    settlePosting({ find, close, logger }, expected.reference, { delayMs: settleDelayMs, expected });

  const postChunk = async (chunk: readonly Posting[]): Promise<PromiseSettledResult<PostingOutcome>[]> => {
    try {
      const reply = await http.request("POST", "/v1/postings", { postings: chunk.map(postingJson) });
      const outcomes = parseOutcomes(successJson(reply));
      const answerTo = (posting: Posting) => parseOutcome(outcomes.get(posting.reference), receiptOf(posting));
      return await Promise.allSettled(chunk.map(async (posting) => answerTo(posting) ?? settle(posting)));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.code === "bank-outcome-unknown") return Promise.allSettled(chunk.map(settle));
      if (chunk.length === 1 || !SPLIT_STATUSES.includes(error.details.bankStatus)) {
        return chunk.map(() => ({ status: "rejected", reason: error }));
      }
      // Nothing of it was posted. In halves, so that the one posting the bank cannot take holds up no other.
      const middle = Math.ceil(chunk.length / 2);
      return (await Promise.all([postChunk(chunk.slice(0, middle)), postChunk(chunk.slice(middle))])).flat();
    }
  };

  return {
    postMany: async (postings) => (await Promise.all(chunksOf(postings, maxBatch).map(postChunk))).flat(),
    find,
    close,
    statement: async (of) => {
      const query = new URLSearchParams({ ...of });
      const page = parseStatement(successJson(await http.request("GET", `/v1/statement?${query}`)));
      if (page !== undefined) return page;
      throw new AppError("bank-protocol", "The bank's answer is no statement");
    },
    shutdown: () => http.shutdown(),
  };
}

/** References hold colons; whatever else a bank's references come to hold, they are one segment of the path. */
function postingPath(reference: string): string {
  return `/v1/postings/${encodeURIComponent(reference)}`;
}

function readOutcome(reply: BankReply, reference: string, expected: ExpectedReceipt): PostingOutcome {
  const outcome = parseOutcome(successJson(reply), expected);
  if (outcome?.reference === reference) return outcome;
  throw new AppError("bank-protocol", "The bank's answer is no outcome of the posting asked about");
}

/** The first error is the one reported: 'nothing was sent' would be untrue of a second try. */
async function retryUnknown<T>(delayMs: number, attempt: () => Promise<T>): Promise<T> {
  let first: unknown;
  for (let tries = 0; tries < CLOSE_TRIES; tries++) {
    if (tries > 0) await delay(delayMs);
    try {
      return await attempt();
    } catch (error) {
      first ??= error;
      if (!(error instanceof AppError) || error.code !== "bank-outcome-unknown") break;
    }
  }
  throw first;
}

function chunksOf<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}
