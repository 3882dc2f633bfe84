import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { Agent } from "undici";
import { inheritedEnvironment } from "../../src/config/config.js";
import { digestOfModule } from "../../src/store/function-registry.js";
import { createModuleHost } from "../../src/webhooks/module-host.js";
import type { WebhookResult } from "../../src/webhooks/send-webhook.js";
import { program } from "./programs.js";
import { until } from "./until.js";

export const HOST_TOKEN = "a token that is the host's and its callers' alone";

/** What an invocation came to. */
export interface Ran {
  output?: unknown;
  error?: string;
  logs: string[];
}

/** The function host as a process of its own, and its client. */
export async function startFunctionHost(environment: Record<string, string> = {}) {
  const child: ChildProcess = spawn(process.execPath, [await program("src/bin/function-host.ts")], {
    env: { ...inheritedEnvironment(), PORT: "0", FUNCTION_HOST_TOKEN: HOST_TOKEN, CANARY: "of the host", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  await until("the function host listens", () => {
    if (child.exitCode !== null) throw new Error(`The function host has ended:\n${output}`);
    return output.includes("Server listening");
  });
  const url = /Server listening at (http:[^"]+)/.exec(output)?.[1] ?? "";
  const dispatcher = new Agent();
  const codes = new Map<string, string>();
  const client = createModuleHost(
    { dispatcher, clock: Date.now, codeOf: async (digest) => codes.get(digest) },
    { url, token: HOST_TOKEN },
  );

  /** Compiles a module; throws with what is wrong with it. */
  async function compile(source: string): Promise<{ digest: string; on: string[] }> {
    const { code, on, error } = answerOf<{ code?: string; on?: string[]; error?: string }>(await client.read(source));
    if (code === undefined) throw new Error(error);
    const digest = digestOfModule({ code });
    codes.set(digest, code);
    return { digest, on: on ?? [] };
  }

  return {
    url,
    client,
    compile,
    exitCode: () => child.exitCode,
    /** Runs a module under a name, on an input. */
    async run(fn: string, source: string, data: unknown = null): Promise<Ran> {
      const { digest } = await compile(source);
      return answerOf(await client.invoke(fn, digest, { id: "1", ...{ data } }));
    },
    processes: async () => ((await (await fetch(`${url}/healthz`)).json()) as { processes: number }).processes,
    async stop() {
      child.kill("SIGTERM");
      await exited;
      await dispatcher.close();
    },
  };
}

export function answerOf<T>(result: WebhookResult): T {
  if (result.kind !== "answered") throw new Error(`The host did not answer: ${JSON.stringify(result)}`);
  return JSON.parse(result.text) as T;
}
