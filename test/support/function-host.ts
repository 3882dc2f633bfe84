import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { Agent } from "undici";
import { inheritedEnvironment } from "../../src/config/config.js";
import { digestOfModule } from "../../src/store/functions/function-registry.js";
import { createModuleHost } from "../../src/webhooks/module-host.js";
import type { WebhookResult } from "../../src/webhooks/send-webhook.js";
import { until } from "../../tools/support/until.js";
import { program } from "./programs.js";

export const HOST_TOKEN = "a token that is the host's and its callers' alone";

/** What an invocation came to. */
export interface Ran {
  output?: unknown;
  error?: string;
  logs: string[];
}

const SOMEBODY = "somebody";
// As in a container without rights: root in name, without any capability, so that it can make neither users nor namespaces.
const WITHOUT_RIGHTS = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"];

/** The function host as a process of its own, and its client. */
export async function startFunctionHost(environment: Record<string, string> = {}, { withoutRights = false } = {}) {
  const [command = "", ...args] = [...(withoutRights ? WITHOUT_RIGHTS : []), process.execPath];
  const child: ChildProcess = spawn(command, [...args, await program("src/bin/function-host.ts")], {
    env: {
      ...inheritedEnvironment(),
      FUNCTION_ISOLATION: "engine",
      PORT: "0",
      FUNCTION_HOST_TOKEN: HOST_TOKEN,
      CANARY: "of the host",
      ...environment,
    },
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
  async function compile(source: string, principal = SOMEBODY): Promise<{ digest: string; on: string[] }> {
    const { code, on, error } = answerOf<{ code?: string; on?: string[]; error?: string }>(await client.read(principal, source));
    if (code === undefined) throw new Error(error);
    const digest = digestOfModule({ code });
    codes.set(digest, code);
    return { digest, on: on ?? [] };
  }

  return {
    url,
    pid: child.pid,
    client,
    compile,
    /** What the host has logged. */
    output: () => output,
    exitCode: () => child.exitCode,
    /** Makes a module known that is JavaScript already; its digest. */
    know(code: string): string {
      const digest = digestOfModule({ code });
      codes.set(digest, code);
      return digest;
    },
    /** Has a module that is compiled handle an input. */
    async invoke(name: string, digest: string, data: unknown = null, principal = SOMEBODY): Promise<Ran> {
      return answerOf(await client.invoke({ name, principal, digest }, { id: "1", ...{ data } }));
    },
    /** Has a module that is compiled handle events; those that failed. */
    async deliver(name: string, digest: string, events: readonly object[]): Promise<{ id: string; error: string }[]> {
      const message = { id: "m", contentType: "application/json", body: JSON.stringify(events) };
      const result = await client.deliver({ name, principal: SOMEBODY, digest }, message);
      return answerOf<{ failed: { id: string; error: string }[] }>(result).failed;
    },
    /** Runs a module under a name, on an input. */
    async run(name: string, source: string, data: unknown = null, principal = SOMEBODY): Promise<Ran> {
      const { digest } = await compile(source, principal);
      return await this.invoke(name, digest, data, principal);
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
