import { join } from "node:path";
import process from "node:process";
import { anvilCommand } from "./anvil.js";
import { setChainClock } from "./chain-clock.js";
import { waitForHttp } from "./child.js";
import type { Service } from "./supervisor.js";

const READY_TIMEOUT_MS = 60_000;
const NO_LOGGING_REQUEST = '{"jsonrpc":"2.0","id":1,"method":"hardhat_setLoggingEnabled","params":[false]}';
const CHAIN_ID_REQUEST = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}';

/**
 * The stack's chain: a node that keeps its blocks in memory, and that is fresh each time it starts.
 * @param options.cacheFolder Where Anvil keeps the states of its blocks.
 * @param options.command Runs another node at a port, in place of `chain`.
 */
export function chainService(options: {
  root: string;
  port: number;
  chain: "hardhat" | "anvil" | undefined;
  cacheFolder: string;
  command?: ((port: number) => string[]) | undefined;
}): Service {
  const { root, port, chain, cacheFolder, command } = options;
  const isHardhat = chain !== "anvil" && command === undefined;
  const hardhat = join(root, "node_modules/hardhat/dist/src/cli.js");
  const url = `http://127.0.0.1:${port}`;
  // It would listen on every interface where it believes itself in a container.
  const where = ["--hostname", "127.0.0.1", "--port", String(port)];
  const hardhatCommand = [process.execPath, hardhat, "node", "--network", "localchain", ...where];
  const request = { method: "POST", headers: { "content-type": "application/json" }, body: CHAIN_ID_REQUEST };
  return {
    name: "chain",
    command: command?.(port) ?? (isHardhat ? hardhatCommand : anvilCommand(port, cacheFolder)),
    // Its allocator would give memory back after 10 ms, and ask for it anew for the next block.
    env: { MIMALLOC_PURGE_DELAY: "10000" },
    ready: async (child) => {
      await waitForHttp(child, url, READY_TIMEOUT_MS, request);
      await setChainClock(url);
      // It would print every call, some hundred a second: that takes longer than to answer them.
      if (isHardhat) await fetch(url, { ...request, body: NO_LOGGING_REQUEST });
    },
  };
}
