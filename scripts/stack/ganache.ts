import { execFile } from "node:child_process";
import process from "node:process";
import { promisify } from "node:util";

/** Its last version. npm fetches it when a test asks for it: it has 180 MB, is no longer kept up, and nothing else runs it. */
export const GANACHE_VERSION = "7.9.2";
const FETCH_TIMEOUT_MS = 180_000;
const BLOCK_GAS = "30000000";
// As much as Hardhat's node and Anvil give; a stack funds some twenty keys from one account.
const BALANCE_ETHER = "10000";

const run = promisify(execFile);

/** Ganache's program, which npm fetches the first time; undefined where it cannot be had. */
export async function ganachePath(): Promise<string | undefined> {
  const args = ["--yes", `--package=ganache@${GANACHE_VERSION}`, "-c", "command -v ganache"];
  try {
    const { stdout } = await run("npx", args, { timeout: FETCH_TIMEOUT_MS });
    return stdout.trim().split("\n").at(-1) || undefined;
  } catch {
    return undefined;
  }
}

/**
 * The command that runs Ganache with the rules of The Merge, the oldest that the contracts are compiled for.
 *
 * @param path As {@link ganachePath} has it.
 * @param options.accounts How many accounts have ether and are signed for.
 * @param options.stepped For tests of single calls: each block is one second later than the one before, and the answer to a transaction
 * that fails is an error.
 */
export function ganacheCommand(path: string, options: { port: number; accounts: number; stepped?: boolean }): string[] {
  const { port, accounts, stepped = false } = options;
  const named = {
    "server.host": "127.0.0.1",
    "server.port": String(port),
    "chain.hardfork": "merge",
    "wallet.totalAccounts": String(accounts),
    "wallet.defaultBalance": BALANCE_ETHER,
    "miner.blockGasLimit": BLOCK_GAS,
    ...(stepped && { "miner.timestampIncrement": "1", "chain.vmErrorsOnRPCResponse": "true" }),
  };
  const args = Object.entries(named).flatMap(([name, value]) => [`--${name}`, value]);
  return [process.execPath, path, "--logging.quiet", ...args];
}
