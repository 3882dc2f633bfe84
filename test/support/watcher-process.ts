import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { inheritedEnvironment } from "../../src/config/config.js";
import type { ConfiguredFunction } from "../../src/store/functions/retries.js";
import { FUNCTION_SECRET_KEYS } from "../../tools/support/function-secrets.js";
import { until } from "../../tools/support/until.js";
import type { TestChain } from "./chain.js";
import { program } from "./programs.js";

/** The watcher as a process of its own, to be killed and stopped. */
export async function startWatcherProcess(
  testChain: TestChain,
  databaseUrl: string,
  fn: ConfiguredFunction,
  rpcUrl = testChain.url,
  nodeOptions: readonly string[] = [],
  overrides: Record<string, string> = {},
) {
  const { payerBank: _payer, payeeBank: _payee, ...settings } = fn;
  const child: ChildProcess = spawn(process.execPath, [...nodeOptions, await program("src/bin/watcher.ts")], {
    env: {
      ...inheritedEnvironment(),
      PORT: "0",
      CHAIN_RPC_URL: rpcUrl,
      DEPLOYMENT_FILE: testChain.deploymentFile,
      DATABASE_URL: databaseUrl,
      POLL_INTERVAL_MS: "20",
      FUNCTION_SECRET_KEYS,
      FUNCTIONS: JSON.stringify([settings]),
      ...overrides,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  await until("the watcher process listens", () => output.includes("Server listening") || child.exitCode !== null);
  const address = () => /Server listening at (http:[^"]+)/.exec(output)?.[1] ?? "";
  return {
    output: () => output,
    /** The answer of `/readyz`. */
    ready: async () => {
      const response = await fetch(`${address()}/readyz`);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    said: (text: string) => output.includes(text),
    exited,
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    end: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
