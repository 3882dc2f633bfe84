import type { PostingOutcome } from "../../domain/posting.js";
import type { LedgerPosting } from "./ledger-posting.js";

/** Answers one request's postings once they are committed. */
export interface GroupCommit {
  post(postings: readonly LedgerPosting[]): Promise<PostingOutcome[]>;
}

interface Waiting {
  postings: readonly LedgerPosting[];
  resolve: (outcomes: PostingOutcome[]) => void;
  reject: (error: unknown) => void;
}

/**
 * Makes one transaction, and so one fsync, of the requests that arrive within a few milliseconds. A commit is synchronous, so
 * what arrives meanwhile becomes the next group; the queue never holds more than `maxPostings` and one request.
 *
 * @param dependencies.postMany commits all of it or throws
 * @param options.windowMs how long the first of a group waits for others; 0 takes those of the same turn of the event loop
 * @param options.maxPostings a group of so many postings is committed at once
 */
export function createGroupCommit(
  { postMany }: { postMany: (postings: readonly LedgerPosting[]) => PostingOutcome[] },
  { windowMs = 2, maxPostings = 1_000 }: { windowMs?: number; maxPostings?: number } = {},
): GroupCommit {
  let group: Waiting[] = [];
  let size = 0;
  let cancel: (() => void) | undefined;

  const flush = () => {
    cancel?.();
    const requests = group;
    group = [];
    size = 0;
    commit(postMany, requests);
  };

  return {
    post: (postings) =>
      new Promise((resolve, reject) => {
        group.push({ postings, resolve, reject });
        size += postings.length;
        if (size >= maxPostings) flush();
        else if (group.length === 1) cancel = schedule(flush, windowMs);
      }),
  };
}

function schedule(flush: () => void, windowMs: number): () => void {
  if (windowMs === 0) {
    const immediate = setImmediate(flush);
    return () => clearImmediate(immediate);
  }
  const timer = setTimeout(flush, windowMs);
  return () => clearTimeout(timer);
}

function commit(postMany: (postings: readonly LedgerPosting[]) => PostingOutcome[], requests: Waiting[]): void {
  try {
    const outcomes = postMany(requests.flatMap(({ postings }) => postings));
    let start = 0;
    for (const { postings, resolve } of requests) {
      resolve(outcomes.slice(start, start + postings.length));
      start += postings.length;
    }
  } catch (error) {
    const [only, ...others] = requests;
    if (only === undefined) return;
    if (others.length === 0) only.reject(error);
    // Nothing of the group was committed. Each request is tried by itself, so that one's error harms no other.
    else for (const request of requests) commit(postMany, [request]);
  }
}
