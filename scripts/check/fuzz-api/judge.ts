import type { PlannedRequest } from "./requests.js";
import type { Answer } from "./types.js";

const LONG_PATH = 100;

/** What is wrong with an answer; `undefined` where nothing is. */
export function judge({ operation, path, mustFail, key }: PlannedRequest, answer: Answer): string | undefined {
  const { status, mediaType, body, text, headers } = answer;
  if (status >= 500) return `${operation.id} answered ${status}`;
  if (!operation.answers.has(status)) return `${operation.id} answered ${status}, which is not documented`;
  if (mustFail !== undefined && status < 400) return `${operation.id} answered ${status} although ${mustFail}`;
  // A path that is too long is none of ours, and nobody is asked for a key there.
  if (path.length > LONG_PATH && status === 404) return undefined;
  if ((key === "forged" || key === "none") && status !== 401 && status !== 429)
    return `${operation.id} answered ${status} without a good key`;
  if (status === 401 && headers["www-authenticate"] === undefined) return `${operation.id} answered 401 without WWW-Authenticate`;
  if (status === 429 && headers["retry-after"] === undefined) return `${operation.id} answered 429 without Retry-After`;
  const expected = operation.answers.get(status);
  if (expected === undefined) return text === "" ? undefined : `${operation.id} answered ${status} with a body`;
  if (mediaType !== expected.mediaType) return `${operation.id} answered ${status} as ${mediaType}, not ${expected.mediaType}`;
  if (mediaType === "text/event-stream" || expected.check()(body)) return undefined;
  const [first] = expected.check().errors ?? [];
  return `${operation.id} answered ${status} with what breaks its schema: ${first?.instancePath} ${first?.message} ${JSON.stringify(first?.params)}`;
}
