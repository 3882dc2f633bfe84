import { type JsonRpcError, type JsonRpcPayload, JsonRpcProvider, type JsonRpcResult, Network } from "ethers";
import type { Logger } from "pino";
import {
  type BankRepo,
  BankRepo__factory,
  type PhoneAccountRepo,
  PhoneAccountRepo__factory,
  type TransferStateRepo,
  TransferStateRepo__factory,
} from "../../types/ethers-contracts/index.js";
import { AppError } from "../domain/app-error.js";
import type { Deployment } from "./deployment.js";
import { refusalOf, withRefusalData } from "./rpc/answers.js";
import { type BlockRange, createBlockRange } from "./rpc/block-range.js";
import { createEndpointPool, type EndpointPool, type EndpointPoolOptions } from "./rpc/endpoint-pool.js";
import { describeRpcError } from "./rpc/error.js";
import { conditionOf } from "./rpc/node-dialects.js";
import { identityCalls, judgeIdentity } from "./rpc/node-identity.js";
import { createRpcTransport } from "./rpc/open-transport.js";

/** A connection to the chain a deployment lives on. */
export interface Chain {
  readonly provider: JsonRpcProvider;
  /** The nodes behind the provider, where there are several. */
  readonly pool: EndpointPool | undefined;
  readonly deployment: Deployment;
  /** How many blocks a request for starts asks for: what the nodes have taken. */
  readonly startsRange: BlockRange;
  readonly banks: BankRepo;
  readonly phoneAccounts: PhoneAccountRepo;
  readonly transfers: TransferStateRepo;
  close(): void;
}

// Providers commonly refuse wider ranges.
const STARTS_RANGE_BLOCKS = 5_000;
// A node that has not answered by then will not; the caller decides whether to ask again.
const RPC_TIMEOUT_MS = 20_000;
// Calls in one JSON-RPC batch at first. A node that refuses a batch for its size gets batches of half as many from then on.
const RPC_BATCH_MAX_CALLS = 50;

/**
 * Connects without asking the nodes anything yet; call {@link assertExpectedChain} before trusting them.
 * @param rpcUrls HTTP JSON-RPC endpoints of the chain's nodes, the preferred first; where there are several, one that fails, lags or
 * serves another chain is left for the next.
 * @param options.logger Is told when a node is left, and when it is good again.
 */
export function connectChain(
  rpcUrls: string | readonly string[],
  deployment: Deployment,
  options: { logger?: Pick<Logger, "info" | "warn" | "error">; pool?: EndpointPoolOptions } = {},
): Chain {
  const urls = [rpcUrls].flat();
  const { logger } = options;
  const transport = createRpcTransport();
  const pool =
    urls.length > 1
      ? createEndpointPool({ transport, logger, clock: () => performance.now() }, urls, deployment, options.pool)
      : undefined;
  const [url = ""] = urls;
  const send: Send = (payload) => pool?.send(payload) ?? transport.ask(url, payload, RPC_TIMEOUT_MS);
  const chain = chainOver(send, deployment);
  return {
    ...chain,
    pool,
    close: () => {
      chain.close();
      transport.close();
    },
  };
}

/** The chain that answers by `send`. */
export function chainOver(send: Send, deployment: Deployment): Chain {
  const provider = new NodeProvider(Network.from(BigInt(deployment.chainId)), send);
  return {
    provider,
    pool: undefined,
    deployment,
    startsRange: createBlockRange({ first: STARTS_RANGE_BLOCKS, max: STARTS_RANGE_BLOCKS }),
    banks: BankRepo__factory.connect(deployment.contracts.bankRepo, provider),
    phoneAccounts: PhoneAccountRepo__factory.connect(deployment.contracts.phoneAccountRepo, provider),
    transfers: TransferStateRepo__factory.connect(deployment.contracts.transferStateRepo, provider),
    close: () => provider.destroy(),
  };
}

type Send = (payload: JsonRpcPayload | JsonRpcPayload[]) => Promise<JsonRpcResult[]>;

interface WaitingCall {
  payload: JsonRpcPayload;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/**
 * Ethers' provider, with another way to the node, or the nodes: calls made in one turn of the event loop go as one JSON-RPC batch. Its
 * own waits for a timer first, and measures each batch by writing it out as often as there are calls in it.
 */
class NodeProvider extends JsonRpcProvider {
  readonly #ask: Send;
  #waiting: WaitingCall[] = [];
  #nextId = 1;
  #batchMaxCalls = RPC_BATCH_MAX_CALLS;

  constructor(network: Network, ask: Send) {
    super(undefined, network, { staticNetwork: network, cacheTimeout: -1 });
    this.#ask = ask;
    this._start();
  }

  // biome-ignore lint/suspicious/noExplicitAny: as ethers declares it.
  override send(method: string, params: any[] | Record<string, any>): Promise<any> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) setImmediate(() => this.#flush());
      this.#waiting.push({ payload: { jsonrpc: "2.0", id: this.#nextId++, method, params }, resolve, reject });
    });
  }

  override _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    return this.#ask(payload);
  }

  #flush(): void {
    const calls = this.#waiting;
    this.#waiting = [];
    this.#settleAll(calls);
  }

  #settleAll(calls: readonly WaitingCall[]): void {
    for (let at = 0; at < calls.length; ) {
      const part = calls.slice(at, at + this.#batchMaxCalls);
      at += part.length;
      void this.#settle(part);
    }
  }

  async #settle(calls: readonly WaitingCall[]): Promise<void> {
    const payloads = calls.map(({ payload }) => payload);
    try {
      const answers = await this.#ask(payloads.length === 1 ? (payloads[0] as JsonRpcPayload) : payloads);
      if (calls.length > 1 && answers.every(isTooLarge)) {
        this.#batchMaxCalls = Math.min(this.#batchMaxCalls, Math.ceil(calls.length / 2));
        return this.#settleAll(calls);
      }
      const byId = new Map(answers.map((answer) => [answer.id, answer]));
      for (const { payload, resolve, reject } of calls) {
        const answer = byId.get(payload.id) as JsonRpcResult | JsonRpcError | undefined;
        if (answer === undefined) reject(new Error(`the node left ${payload.method} unanswered`));
        else if ("error" in answer) reject(this.getRpcError(payload, withRefusalData(answer)));
        else resolve(answer.result);
      }
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
  }
}

/** A node refuses a batch whole: for the number of its calls, or for its length in bytes. */
function isTooLarge(answer: JsonRpcResult): boolean {
  const refusal = refusalOf(answer);
  const condition = refusal && conditionOf(refusal);
  return condition === "batch-too-large" || condition === "transaction-too-large";
}

/**
 * Asks the node whether it serves the chain that the deployment file describes, contracts included; of several, one will do, and the
 * others are left.
 * @throws AppError `chain-unexpected` where it does not, `chain-unavailable` where it does not answer.
 */
export async function assertExpectedChain({ deployment, pool, provider }: Chain): Promise<void> {
  if (pool !== undefined) return await pool.checkAll();
  const calls = identityCalls(deployment);
  const answers = await onChain(() => Promise.all(calls.map(({ method, params }) => provider.send(method, params))));
  const wrong = judgeIdentity(deployment, answers);
  if (wrong !== undefined) throw wrong;
}

/** Runs a call to the node; every failure to answer becomes `chain-unavailable`. */
export async function onChain<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    throw new AppError("chain-unavailable", `The chain node gave no usable answer: ${describeRpcError(cause)}`, { cause });
  }
}
