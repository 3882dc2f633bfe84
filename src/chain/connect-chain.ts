import { FetchRequest, isError, JsonRpcProvider, Network } from "ethers";
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

/** A connection to the chain a deployment lives on. */
export interface Chain {
  readonly provider: JsonRpcProvider;
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
 * Connects without asking the node anything yet; call {@link assertExpectedChain} before trusting it.
 * @param rpcUrl HTTP JSON-RPC endpoint.
 */
export function connectChain(rpcUrl: string, deployment: Deployment): Chain {
  const request = new FetchRequest(rpcUrl);
  request.timeout = RPC_TIMEOUT_MS;
  const network = Network.from(BigInt(deployment.chainId));
  const provider = new JsonRpcProvider(request, network, {
    staticNetwork: network,
    batchMaxCount: RPC_BATCH_MAX_CALLS,
    batchStallTime: 0,
    cacheTimeout: -1,
  });
  return {
    provider,
    deployment,
    banks: BankRepo__factory.connect(deployment.contracts.bankRepo, provider),
    phoneAccounts: PhoneAccountRepo__factory.connect(deployment.contracts.phoneAccountRepo, provider),
    transfers: TransferStateRepo__factory.connect(deployment.contracts.transferStateRepo, provider),
    close: () => provider.destroy(),
  };
}

/**
 * Asks the node whether it serves the chain that the deployment file describes, contracts included.
 * @throws AppError `chain-unexpected` where it does not, `chain-unavailable` where it does not answer.
 */
export async function assertExpectedChain(chain: Chain): Promise<void> {
  const { deployment, provider, transfers } = chain;
  const [chainId, genesis, code] = await onChain(() =>
    Promise.all([
      provider.send("eth_chainId", []) as Promise<unknown>,
      provider.send("eth_getBlockByNumber", ["0x0", false]) as Promise<unknown>,
      provider.getCode(deployment.contracts.transferStateRepo),
    ]),
  );
  const genesisHash = (genesis as { hash?: unknown } | null)?.hash;
  if (!isQuantity(chainId) || BigInt(chainId) !== BigInt(deployment.chainId) || genesisHash !== deployment.genesisHash) {
    throw new AppError(
      "chain-unexpected",
      `The node serves another chain than the deployment file describes (chain ${String(chainId)}, genesis ${String(genesisHash)}; ` +
        `expected ${deployment.chainId}, ${deployment.genesisHash}). Point CHAIN_RPC_URL at the right node, or deploy again.`,
    );
  }
  const domain = code === "0x" ? "none" : await onChain(() => transfers.domain());
  if (domain !== deployment.domain) {
    throw new AppError(
      "chain-unexpected",
      `The chain does not hold this deployment's contracts (domain ${domain}, expected ${deployment.domain}). Deploy again.`,
    );
  }
}

/** A number as JSON-RPC writes it. */
function isQuantity(value: unknown): value is string {
  return typeof value === "string" && /^0x[0-9a-fA-F]{1,64}$/.test(value);
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

/** One line about an error of ethers or of a node, without the request's body. */
export function describeRpcError(error: unknown): string {
  if (isError(error, "CALL_EXCEPTION")) return `reverted (${error.revert?.name ?? error.data ?? error.shortMessage})`;
  // What ethers has no name for: the node's own words say more than "could not coalesce error".
  const told = error instanceof Error && "error" in error ? (error.error as { message?: unknown } | null)?.message : undefined;
  if (typeof told === "string") return told.slice(0, 300);
  if (error instanceof Error) return ("shortMessage" in error ? String(error.shortMessage) : error.message).slice(0, 300);
  return String(error).slice(0, 300);
}
