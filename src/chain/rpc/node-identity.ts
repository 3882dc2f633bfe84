import { TransferStateRepo__factory } from "../../../types/ethers-contracts/index.js";
import { AppError } from "../../domain/app-error.js";
import type { Deployment } from "../deployment.js";

/** The JSON-RPC calls that tell which chain a node serves. */
export function identityCalls({ contracts }: Deployment): { method: string; params: unknown[] }[] {
  const data = TransferStateRepo__factory.createInterface().encodeFunctionData("domain");
  return [
    { method: "eth_chainId", params: [] },
    { method: "eth_getBlockByNumber", params: ["0x0", false] },
    { method: "eth_call", params: [{ to: contracts.transferStateRepo, data }, "latest"] },
  ];
}

/**
 * Judges the answers to {@link identityCalls}.
 * @returns what is wrong, as an AppError `chain-unexpected`, or nothing.
 */
export function judgeIdentity(deployment: Deployment, answers: readonly unknown[]): AppError | undefined {
  const [chainId, genesis, domain] = answers;
  const genesisHash = (genesis as { hash?: unknown } | null)?.hash;
  if (!isQuantity(chainId) || BigInt(chainId) !== BigInt(deployment.chainId) || genesisHash !== deployment.genesisHash) {
    return new AppError(
      "chain-unexpected",
      `The node serves another chain than the deployment file describes (chain ${String(chainId)}, genesis ${String(genesisHash)}; ` +
        `expected ${deployment.chainId}, ${deployment.genesisHash}). Point CHAIN_RPC_URL at the right node, or deploy again.`,
    );
  }
  if (domain === deployment.domain) return undefined;
  const found = domain === "0x" ? "none" : String(domain);
  return new AppError(
    "chain-unexpected",
    `The chain does not hold this deployment's contracts (domain ${found}, expected ${deployment.domain}). Deploy again.`,
  );
}

/** A number as JSON-RPC writes it. */
export function isQuantity(value: unknown): value is string {
  return typeof value === "string" && /^0x[0-9a-fA-F]{1,64}$/.test(value);
}
