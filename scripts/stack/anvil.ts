import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import process from "node:process";

/** Anvil's program, in its package for this platform; undefined where that is not installed. */
export function anvilPath(): string | undefined {
  const platform = `${process.platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
  try {
    const manifest = createRequire(import.meta.url).resolve(`@foundry-rs/anvil-${platform}/package.json`);
    return join(dirname(manifest), "bin", "anvil");
  } catch {
    return undefined;
  }
}

/** The command that runs Anvil with the rules of a fork, a block for each transaction; undefined where there is no Anvil. */
export function anvilOfFork(port: number, options: { hardfork: string; accounts: number }): string[] | undefined {
  const path = anvilPath();
  const named = { port, host: "127.0.0.1", ...options };
  const args = Object.entries(named).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return path === undefined ? undefined : [path, "--silent", ...args];
}

// Mined at once, Anvil leaves ready transactions unmined when sending stops; its own limit of a block's gas keeps a backlog waiting.
const BLOCK_SECONDS = "0.05";
const BLOCK_GAS = "300000000";
const ACCOUNTS = "20";

/**
 * The command that runs Anvil as the stack's chain. Throws where there is no Anvil for this platform.
 * @param cacheFolder Where it keeps the states of its blocks, which are many and large; left to it, they stay in the user's home.
 */
export function anvilCommand(port: number, cacheFolder: string): string[] {
  const path = anvilPath();
  if (path === undefined) throw new Error("There is no Anvil for this platform in the installed packages; use the Hardhat node.");
  const options = { port: String(port), host: "127.0.0.1", hardfork: "osaka", accounts: ACCOUNTS, "gas-limit": BLOCK_GAS };
  const named = Object.entries({ ...options, "block-time": BLOCK_SECONDS, "cache-path": cacheFolder }).flatMap(
    ([name, value]) => [`--${name}`, value],
  );
  return [path, "--silent", ...named];
}
