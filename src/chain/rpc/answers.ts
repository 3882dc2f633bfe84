import { isHexString, type JsonRpcError, type JsonRpcPayload, type JsonRpcResult } from "ethers";

// The fullest block range that we ask for is some megabytes; a node that sends more than this is broken, or asked for too much.
export const MAX_ANSWER_BYTES = 67_108_864;

/** The error of one JSON-RPC answer; `undefined` where the answer is a result, or no answer at all. */
export function refusalOf(answer: unknown): JsonRpcError["error"] | undefined {
  const error = typeof answer === "object" && answer !== null && "error" in answer ? answer.error : undefined;
  return typeof error === "object" && error !== null ? (error as JsonRpcError["error"]) : undefined;
}

/**
 * The answers to all calls of a message. A node that refuses a message whole answers once: without a number, or with that of the first
 * call. The refusal then stands for every call without an answer.
 * @throws Error where calls are left unanswered, and no refusal says why.
 */
export function completeAnswers(calls: readonly JsonRpcPayload[], answers: readonly unknown[]): JsonRpcResult[] {
  const byId = new Map((answers as ({ id?: unknown } | null)[]).map((answer) => [answer?.id, answer]));
  const refusal = answers.map(refusalOf).find((error) => error !== undefined);
  return calls.map(({ id }) => {
    const answer = byId.get(id);
    if (answer !== undefined) return answer as JsonRpcResult;
    if (refusal === undefined) throw new Error("the node left calls unanswered");
    return { id, error: refusal } as unknown as JsonRpcResult;
  });
}

/**
 * The answer with the data of a contract's refusal where ethers looks for it. Ganache gives that data in an object, as `result`; of a
 * transaction that was mined, `result` is its hash.
 */
export function withRefusalData(answer: JsonRpcError): JsonRpcError {
  const { data } = answer.error;
  const given = typeof data === "object" && data !== null && !isHexString(data.hash) ? data.result : undefined;
  return isHexString(given) ? { ...answer, error: { ...answer.error, data: given } } : answer;
}
