import { type Interface, Wallet } from "ethers";
import type { World } from "./world.js";

const FEES = { gasLimit: 500_000n, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 10n, type: 2 };

/** Reads and writes contracts as people do, beside every process: by the node itself, and without its lies. */
export function createHand({ node, base }: Pick<World, "node" | "base">) {
  const wallets = new Map<string, Wallet>();

  /** Sends a call. It may be refused, dropped or taken back; the sender looks again later. */
  async function send(key: string, to: string, data: string): Promise<void> {
    const wallet = wallets.get(key) ?? new Wallet(key);
    wallets.set(key, wallet);
    const nonce = Number(await node.request("eth_getTransactionCount", wallet.address, "pending"));
    const chainId = BigInt(base.deployment.chainId);
    await node.submit(await wallet.signTransaction({ ...FEES, to, data, nonce, chainId }));
  }

  /** The first result of a view, at the newest block. */
  async function read<T>(to: string, contract: Interface, name: string, args: unknown[]): Promise<T> {
    const data = contract.encodeFunctionData(name, args);
    const answer = String(await node.request("eth_call", { to, data }, "latest"));
    return contract.decodeFunctionResult(name, answer)[0] as T;
  }

  return { send, read };
}
