import type { JsonRpcPayload, JsonRpcResult } from "ethers";
import { type RawData, WebSocket } from "ws";
import { withTimeLimit } from "../../domain/time-limit.js";
import { MAX_ANSWER_BYTES, refusalOf } from "./answers.js";
import { conditionOf } from "./node-dialects.js";
import { rpcTarget } from "./target.js";
import type { RpcTransport } from "./transport.js";

/** A connection to one node, with what is asked over it. */
interface Connection {
  /** Resolves once messages can be sent; rejects if it comes to nothing. */
  ready: Promise<void>;
  ask(calls: readonly JsonRpcPayload[], asBatch: boolean, signal: AbortSignal): Promise<JsonRpcResult[]>;
  end(): void;
}

/** A message of ours that is not answered in full yet. `missing`: our numbers of calls, with the callers' own. */
interface Question {
  missing: Map<number, JsonRpcPayload["id"]>;
  answers: JsonRpcResult[];
  resolve(answers: JsonRpcResult[]): void;
  reject(error: Error): void;
}

const MAX_REASON_CHARACTERS = 300;

/**
 * JSON-RPC over one WebSocket to each node, opened when it is first needed and again after it was lost. A question costs a message each
 * way, with no headers to write and to read: that is most of what a short one costs. What was asked when a connection ends is rejected:
 * the node may have done it.
 */
export function createRpcSockets(): RpcTransport {
  const connections = new Map<string, Connection>();
  let closed = false;

  async function ask(url: string, payload: JsonRpcPayload | JsonRpcPayload[], timeoutMs: number): Promise<JsonRpcResult[]> {
    if (closed) throw new Error("the connections to the chain's nodes have been closed");
    return await withTimeLimit(timeoutMs, async (signal) => {
      const connection = connections.get(url) ?? open(url, timeoutMs);
      await connection.ready;
      return await connection.ask([payload].flat(), Array.isArray(payload), signal);
    });
  }

  function open(url: string, timeoutMs: number): Connection {
    const connection = connect(url, timeoutMs, () => {
      // By now there may be another.
      if (connections.get(url) === connection) connections.delete(url);
    });
    connections.set(url, connection);
    return connection;
  }

  return {
    ask,
    close() {
      closed = true;
      for (const connection of connections.values()) connection.end();
    },
  };
}

function connect(url: string, timeoutMs: number, onEnd: () => void): Connection {
  const { url: address, headers } = rpcTarget(url);
  const socket = new WebSocket(address, {
    headers,
    handshakeTimeout: timeoutMs,
    maxPayload: MAX_ANSWER_BYTES,
    perMessageDeflate: false,
  });
  const questions = new Map<number, Question>();
  let nextId = 1;
  let heardAtMs = Number.NEGATIVE_INFINITY;
  let lastError: Error | undefined;

  const ready = new Promise<void>((resolve, reject) => {
    socket.on("open", resolve);
    socket.on("error", (error) => {
      lastError = error;
    });
    socket.on("close", (code) => {
      onEnd();
      const error = new Error("the connection to the node has ended", { cause: lastError ?? `close code ${code}` });
      rejectAll(error);
      reject(lastError ?? error);
    });
  });
  // Whoever asks waits for it; with nobody left to, its failure is no news.
  ready.catch(() => undefined);
  socket.on("message", (data) => {
    heardAtMs = performance.now();
    const answers = parseAnswers(data);
    if (answers === undefined) end();
    else for (const answer of answers) take(answer);
  });

  function end(): void {
    onEnd();
    socket.terminate();
  }

  function take(answer: JsonRpcResult): void {
    const question = questions.get(answer.id);
    if (question === undefined) return void refuse(answer);
    if (refusesBatch(answer)) return void refuseAll(question, answer);
    questions.delete(answer.id);
    question.answers.push({ ...answer, id: question.missing.get(answer.id) as number });
    question.missing.delete(answer.id);
    if (question.missing.size === 0) question.resolve(question.answers);
  }

  /** A node that refuses a batch for its size answers the first call alone. */
  function refuseAll(question: Question, answer: JsonRpcResult): void {
    question.answers.push(...[...question.missing.values()].map((id) => ({ ...answer, id: id as number })));
    question.resolve(question.answers);
  }

  /** Where a node cannot read, or will not take, a message it knows no number: that may be any of ours. Other answers are just late. */
  function refuse({ id, error }: { id: unknown; error?: unknown }): void {
    if (id !== null || error === undefined) return;
    const cause = error as { message?: unknown } | null;
    rejectAll(
      new Error(`the node refuses a message: ${String(cause?.message ?? "without a reason").slice(0, MAX_REASON_CHARACTERS)}`),
    );
  }

  function rejectAll(error: Error): void {
    for (const question of new Set(questions.values())) question.reject(error);
  }

  function ask(calls: readonly JsonRpcPayload[], asBatch: boolean, signal: AbortSignal): Promise<JsonRpcResult[]> {
    const askedAtMs = performance.now();
    const numbered = calls.map((call) => ({ ...call, id: nextId++ }));
    const missing = new Map(numbered.map(({ id }, index) => [id, (calls[index] as JsonRpcPayload).id]));
    return new Promise<JsonRpcResult[]>((resolve, reject) => {
      const question = { missing, answers: [], resolve, reject };
      for (const { id } of numbered) questions.set(id, question);
      signal.addEventListener("abort", () => {
        reject(signal.reason);
        // Nothing at all since then: the other end may be gone, and nobody has said so.
        if (heardAtMs < askedAtMs) end();
      });
      socket.send(JSON.stringify(asBatch ? numbered : numbered[0]), (error) => error && reject(error));
    }).finally(() => {
      for (const id of missing.keys()) questions.delete(id);
    });
  }

  return { ready, ask, end };
}

function refusesBatch(answer: JsonRpcResult): boolean {
  const refusal = refusalOf(answer);
  return refusal !== undefined && conditionOf(refusal) === "batch-too-large";
}

/** `undefined` for what is no answer of JSON-RPC: such a node is not to be trusted with the rest of the conversation. */
function parseAnswers(data: RawData): JsonRpcResult[] | undefined {
  try {
    const parsed: unknown = JSON.parse(data.toString());
    const answers = [parsed].flat();
    return answers.every((answer) => typeof answer === "object" && answer !== null) ? (answers as JsonRpcResult[]) : undefined;
  } catch {
    return undefined;
  }
}
