import { type JsonRpcPayload, JsonRpcProvider, type JsonRpcResult, Network } from "ethers";
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
import { createEndpointPool, type EndpointPool, type EndpointPoolOptions } from "./endpoint-pool.js";
import { identityCalls, judgeIdentity } from "./node-identity.js";
import { describeRpcError } from "./rpc-error.js";
import { createRpcTransport } from "./rpc-transport.js";

/** A connection to the chain a deployment lives on. */
export interface Chain {
  readonly provider: JsonRpcProvider;
  /** The nodes behind the provider, where there are several. */
  readonly pool: EndpointPool | undefined;
  readonly deployment: Deployment;
  readonly banks: BankRepo;
  readonly phoneAccounts: PhoneAccountRepo;
  readonly transfers: TransferStateRepo;
  close(): void;
}

// A node that has not answered by then will not; the caller decides whether to ask again.
const RPC_TIMEOUT_MS = 20_000;
// Ethers gathers calls made in one tick into one JSON-RPC batch; more than this and nodes start to refuse.
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
    urls.length > 1 ? createEndpointPool({ transport, logger, clock: Date.now }, urls, deployment, options.pool) : undefined;
  const [url = ""] = urls;
  const send: Send = (payload) => pool?.send(payload) ?? transport.ask(url, payload, RPC_TIMEOUT_MS);
  const provider = new NodeProvider(Network.from(BigInt(deployment.chainId)), send);
  return {
    provider,
    pool,
    deployment,
    banks: BankRepo__factory.connect(deployment.contracts.bankRepo, provider),
    phoneAccounts: PhoneAccountRepo__factory.connect(deployment.contracts.phoneAccountRepo, provider),
    transfers: TransferStateRepo__factory.connect(deployment.contracts.transferStateRepo, provider),
    close: () => {
      provider.destroy();
      transport.close();
    },
  };
}

type Send = (payload: JsonRpcPayload | JsonRpcPayload[]) => Promise<JsonRpcResult[]>;

/** Ethers' provider, with another way to the node, or the nodes. */
class NodeProvider extends JsonRpcProvider {
  readonly #send: Send;

  constructor(network: Network, send: Send) {
    super(undefined, network, {
      staticNetwork: network,
      batchMaxCount: RPC_BATCH_MAX_CALLS,
      batchStallTime: 0,
      cacheTimeout: -1,
    });
    this.#send = send;
  }

  override _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<JsonRpcResult[]> {
    return this.#send(payload);
  }
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
