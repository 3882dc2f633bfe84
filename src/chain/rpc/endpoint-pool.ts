import type { JsonRpcPayload, JsonRpcResult } from "ethers";
import type { Logger } from "pino";
import { AppError } from "../../domain/app-error.js";
import type { Deployment } from "../deployment.js";
import { refusalOf } from "./answers.js";
import { describeRpcError } from "./error.js";
import { conditionOf, mayAnotherAnswer, type NodeCondition } from "./node-dialects.js";
import { identityCalls, isQuantity, judgeIdentity } from "./node-identity.js";
import type { RpcTransport } from "./transport.js";

/**
 * - `requestTimeoutMs`: a node that has not answered by then is left for the next.
 * - `checkTimeoutMs`, `checkIntervalMs`: of the checks of every node.
 * - `lagMs`: a node is behind if it lacks a block that another had so long ago. Less than `checkIntervalMs`.
 * - `coolDownMs`: how long a node that failed is left alone, while there is another.
 * - `distrustMs`: how long a node that was proven wrong is left alone, while there is another.
 */
export interface EndpointPoolOptions {
  requestTimeoutMs: number;
  checkTimeoutMs: number;
  checkIntervalMs: number;
  lagMs: number;
  coolDownMs: number;
  distrustMs: number;
}

export const DEFAULT_POOL_OPTIONS: EndpointPoolOptions = {
  requestTimeoutMs: 8_000,
  checkTimeoutMs: 3_000,
  checkIntervalMs: 5_000,
  lagMs: 4_000,
  coolDownMs: 30_000,
  // A node that gave a wrong answer mostly gives it again: its index or its database is damaged, or it lies.
  distrustMs: 300_000,
};

/** Several nodes of one chain, asked as if they were one. */
export interface EndpointPool {
  /** @throws AppError `chain-unexpected` where every node serves another chain, `chain-unavailable` where none answers. */
  send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]>;
  /** Checks every node now. Throws as `send` does where none is good. */
  checkAll(): Promise<void>;
  /** The good nodes, the preferred first, to be asked one by one. Throws as `send` does where none is good. */
  nodes(): Promise<readonly PoolNode[]>;
}

/** One of the nodes; the same object for the same node. `name`: for logs. */
export interface PoolNode {
  readonly name: string;
  /** Asks this node alone. */
  ask(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]>;
  /** Leaves the node for the next, for a while and as long as there is another; for longer where it was proven wrong. */
  leave(error: unknown, why: "failed" | "proven wrong"): void;
}

interface Endpoint {
  readonly url: string;
  /** For logs: the path and the query of a URL may hold a key. */
  readonly name: string;
  state: "unchecked" | "good" | "failing" | "foreign";
  checkAt: number;
  checking: Promise<void> | undefined;
  /** The newest blocks at the last checks, and when that was. */
  heads: { number: number; at: number }[];
  lastError: unknown;
  node: PoolNode;
}

const HEADS_KEPT = 2;
// A node that refuses, refuses every call of its kind: one line a minute says it.
const REFUSAL_LOG_INTERVAL_MS = 60_000;
const MAX_REFUSALS_REMEMBERED = 200;

/**
 * The first node in the list that is good answers. A call that it cannot answer for a reason of its own goes to the next one, and so does
 * a call that it refuses in unknown words; where every node refuses, the first known reason counts. All nodes are checked now and then:
 * which chain they serve, and whether they keep up. One that fails, lags or serves another chain is left for the next, and is used again once a check after its cool-down is good. Sending
 * the same signed transaction to a second node is harmless: it has the same hash.
 */
export function createEndpointPool(
  deps: { transport: RpcTransport; logger: Pick<Logger, "info" | "warn" | "error"> | undefined; clock: () => number },
  urls: readonly string[],
  deployment: Deployment,
  options: EndpointPoolOptions = DEFAULT_POOL_OPTIONS,
): EndpointPool {
  const { transport, logger, clock } = deps;
  const refusals = new Map<string, number>();
  const endpoints = urls.map((url): Endpoint => {
    const name = new URL(url).host;
    const endpoint: Endpoint = {
      url,
      name,
      state: "unchecked",
      checkAt: 0,
      checking: undefined,
      heads: [],
      lastError: undefined,
      node: {
        name,
        ask: (payload) => askOne(endpoint, payload),
        leave(error, why) {
          if (!isAnotherGood(endpoint)) return;
          leave(endpoint, "failing", error, why === "proven wrong" ? options.distrustMs : options.coolDownMs);
        },
      },
    };
    return endpoint;
  });

  async function send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    const calls = [payload].flat();
    const answers = new Map<number, JsonRpcResult>();
    let open = calls;
    let hasFailed = false;
    for (const endpoint of await goodEndpoints()) {
      try {
        const asked = Array.isArray(payload) ? open : payload;
        const given = await transport.ask(endpoint.url, asked, options.requestTimeoutMs);
        open = open.filter((call) => !isSettled(endpoint, call, given, answers));
      } catch (error) {
        hasFailed = true;
        leave(endpoint, "failing", error);
      }
      if (open.length === 0) break;
    }
    // A node that fails may have taken a transaction: a refusal by the others alone is no answer.
    const isUnsure = hasFailed && open.some(({ method }) => method === "eth_sendRawTransaction");
    if (isUnsure || calls.some(({ id }) => !answers.has(id))) throw noneLeft();
    return calls.map(({ id }) => answers.get(id) as JsonRpcResult);
  }

  /** Keeps a node's answer to a call, unless an earlier node gave a better one; says whether the call needs no other node. */
  function isSettled(
    endpoint: Endpoint,
    { id, method }: JsonRpcPayload,
    given: readonly JsonRpcResult[],
    answers: Map<number, JsonRpcResult>,
  ): boolean {
    const answer = given.find((one) => one.id === id);
    if (answer === undefined) return false;
    const refusal = refusalOf(answer);
    const condition = refusal && conditionOf(refusal);
    const settled = refusal === undefined || !mayAnotherAnswer(condition);
    const earlier = refusalOf(answers.get(id));
    const better = settled || earlier === undefined || (condition !== undefined && conditionOf(earlier) === undefined);
    if (better) answers.set(id, answer);
    if (!settled) noteRefusal(endpoint, { method, condition, said: String(refusal?.message).slice(0, 300) });
    return settled;
  }

  function noteRefusal(
    endpoint: Endpoint,
    refusal: { method: string; condition: NodeCondition | undefined; said: string },
  ): void {
    const key = `${endpoint.url} ${refusal.method} ${refusal.condition ?? refusal.said}`;
    const last = refusals.get(key);
    if (last !== undefined && clock() - last < REFUSAL_LOG_INTERVAL_MS) return;
    if (refusals.size >= MAX_REFUSALS_REMEMBERED) refusals.clear();
    refusals.set(key, clock());
    logger?.warn({ endpoint: endpoint.name, ...refusal }, "an RPC endpoint cannot answer a call; asking the next");
  }

  async function askOne(endpoint: Endpoint, payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    try {
      return await transport.ask(endpoint.url, payload, options.requestTimeoutMs);
    } catch (error) {
      leave(endpoint, "failing", error);
      throw error;
    }
  }

  async function nodes(): Promise<PoolNode[]> {
    const good = await goodEndpoints();
    if (good.length === 0) throw noneLeft();
    return good.map(({ node }) => node);
  }

  async function goodEndpoints(): Promise<Endpoint[]> {
    const checks = endpoints.filter((endpoint) => endpoint.checkAt <= clock()).map(check);
    const good = () => endpoints.filter(({ state }) => state === "good");
    if (good().length === 0) await Promise.all([...checks, ...endpoints.map(check)]);
    return good();
  }

  async function checkAll(): Promise<void> {
    // A check that is under way may have asked before whatever made the caller doubt.
    await Promise.all(endpoints.map(({ checking }) => checking));
    await Promise.all(endpoints.map(check));
    if (!endpoints.some(({ state }) => state === "good")) throw noneLeft();
  }

  function check(endpoint: Endpoint): Promise<void> {
    endpoint.checking ??= checkNow(endpoint).finally(() => {
      endpoint.checking = undefined;
    });
    return endpoint.checking;
  }

  async function checkNow(endpoint: Endpoint): Promise<void> {
    try {
      const { wrong, head } = await examine(transport, endpoint.url, deployment, options.checkTimeoutMs);
      if (wrong !== undefined) return leave(endpoint, "foreign", wrong);
      endpoint.heads = [{ number: head, at: clock() }, ...endpoint.heads].slice(0, HEADS_KEPT);
      if (isBehind(endpoint, head)) {
        return leave(endpoint, "failing", new AppError("chain-unavailable", `The node is behind others, at block ${head}.`));
      }
      // A good check does not shorten a cool-down: a node that lags or lies passes some of them.
      if (endpoint.state === "failing" && endpoint.checkAt > clock() && isAnotherGood(endpoint)) return;
      if (endpoint.state !== "good" && endpoint.state !== "unchecked") {
        logger?.info({ endpoint: endpoint.name }, "an RPC endpoint is good again");
      }
      endpoint.state = "good";
      endpoint.checkAt = clock() + options.checkIntervalMs;
    } catch (error) {
      leave(endpoint, "failing", error);
    }
  }

  function isAnotherGood(endpoint: Endpoint): boolean {
    return endpoints.some((other) => other !== endpoint && other.state === "good");
  }

  function isBehind(endpoint: Endpoint, head: number): boolean {
    const longAgo = clock() - options.lagMs;
    return endpoints.some(
      (other) =>
        other.state === "good" && other !== endpoint && other.heads.some(({ number, at }) => number > head && at <= longAgo),
    );
  }

  function leave(endpoint: Endpoint, state: "failing" | "foreign", error: unknown, coolDownMs = options.coolDownMs): void {
    const fields = { endpoint: endpoint.name, error: describeRpcError(error), coolDownMs };
    if (state === "foreign") logger?.error(fields, "an RPC endpoint serves another chain; it is not used");
    else if (endpoint.state !== "failing") logger?.warn(fields, "an RPC endpoint failed; using the next");
    endpoint.state = state;
    endpoint.lastError = error;
    endpoint.checkAt = Math.max(endpoint.checkAt, clock() + coolDownMs);
  }

  function noneLeft(): AppError {
    const all = endpoints.map(({ name, lastError }) => `${name}: ${describeRpcError(lastError)}`).join("; ");
    if (endpoints.every(({ state }) => state === "foreign")) {
      return new AppError(
        "chain-unexpected",
        `Every node of CHAIN_RPC_URL serves another chain. Point it at the right ones. ${all}`,
      );
    }
    return new AppError("chain-unavailable", `No node of CHAIN_RPC_URL gave a usable answer. ${all}`);
  }

  return { send, checkAll, nodes };
}

/** Which chain a node serves, and how far it has come. */
async function examine(
  transport: RpcTransport,
  url: string,
  deployment: Deployment,
  timeoutMs: number,
): Promise<{ wrong: AppError | undefined; head: number }> {
  const calls = [...identityCalls(deployment), { method: "eth_blockNumber", params: [] }];
  const payload = calls.map((call, id) => ({ jsonrpc: "2.0" as const, id, ...call }));
  const answers = await transport.ask(url, payload, timeoutMs);
  const results = payload.map(({ id, method }) => {
    const answer = answers.find((one) => one.id === id);
    if (answer === undefined || refusalOf(answer) !== undefined) throw new Error(`the node answers ${method} with an error`);
    return answer.result as unknown;
  });
  const head = results.at(-1);
  if (!isQuantity(head)) throw new Error("the node has no number of the newest block");
  return { wrong: judgeIdentity(deployment, results), head: Number(head) };
}
