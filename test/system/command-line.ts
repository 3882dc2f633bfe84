import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import process from "node:process";
import { inheritedEnvironment } from "../../src/config/config.js";
import type { System } from "../../tools/system/stack.js";
import { waitFor } from "../../tools/system/wait-for.js";

/** A command that runs. */
export interface Running {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  /** Waits until it has printed something. */
  printed(text: string | RegExp): Promise<void>;
  readonly exited: Promise<{ code: number | null; signal: string | null }>;
}

/** What a command's environment says of a system. */
export function environmentOf({ stack }: System): Record<string, string> {
  return { EVENT_MACHINE_URL: stack.apiUrl, EVENT_MACHINE_API_KEY_FILE: join(stack.dataDir, "api-key") };
}

/** Starts `eventmachine` as npx does. `folder`: from where. */
export function startCommand(environment: Record<string, string>, args: readonly string[], folder = "."): Running {
  const child = spawn(process.execPath, [resolve("bin/eventmachine.mjs"), ...args], {
    cwd: folder,
    env: { ...inheritedEnvironment(), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk;
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk;
  });
  const exited = once(child, "close").then(([code, signal]) => ({ code, signal }));
  return {
    child,
    out: () => out,
    err: () => err,
    exited,
    printed: async (text) => {
      await waitFor(`eventmachine prints ${text}`, () => (typeof text === "string" ? out.includes(text) : text.test(out)));
    },
  };
}

/** Runs a command to its end; its standard output as JSON, an object a line. */
export async function runCommand(environment: Record<string, string>, args: readonly string[], folder?: string) {
  const running = startCommand(environment, [...args, "--json"], folder);
  const { code } = await running.exited;
  const lines = running.out().split("\n");
  const json = lines.filter((line) => line !== "").map((line): Record<string, unknown> => JSON.parse(line));
  return { code, json, err: running.err() };
}
