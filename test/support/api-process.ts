import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import process from "node:process";
import { inheritedEnvironment } from "../../src/config/config.js";
import { FUNCTION_SECRET_KEYS } from "../../tools/support/function-secrets.js";
import { until } from "../../tools/support/until.js";
import type { TestChain } from "./chain.js";
import { program } from "./programs.js";

/** The API as a process of its own. `apiKey`: its bootstrap key. */
export async function startApiProcess(testChain: TestChain, databaseUrl: string, overrides: Record<string, string> = {}) {
  const { secrets } = testChain;
  const apiKey = randomBytes(24).toString("base64url");
  const child: ChildProcess = spawn(process.execPath, [await program("src/bin/api.ts")], {
    env: {
      ...inheritedEnvironment(),
      PORT: "0",
      CHAIN_RPC_URL: testChain.url,
      DEPLOYMENT_FILE: testChain.deploymentFile,
      DATABASE_URL: databaseUrl,
      ORGANISATION: "demo",
      INITIATOR_PRIVATE_KEY: secrets.initiatorKey,
      ALIAS_KEY: secrets.aliasKey,
      JOURNAL_FIELD_KEY: secrets.journalFieldKey,
      BOOTSTRAP_API_KEY: apiKey,
      FUNCTION_SECRET_KEYS,
      ...overrides,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  await until("the API process listens", () => output.includes("Server listening") || child.exitCode !== null);
  const url = /Server listening at (http:[^"]+)/.exec(output)?.[1] ?? "";
  return {
    url,
    apiKey,
    output: () => output,
    exited,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    /** Asks with the bootstrap key, unless another is given. */
    get: async (path: string, key = apiKey) => {
      const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } });
      const body = (await response.json()) as Record<string, unknown>;
      return { status: response.status, body, retryAfter: response.headers.get("retry-after") };
    },
    kill: (signal: NodeJS.Signals) => void child.kill(signal),
    end: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
